import type { Stop } from '../../base/stop.ts';
import { E164, E212, setAddressString } from '../location.ts';
import type { Tcap } from '../message.ts';
import { readInteger } from './ber.ts';
import { type Field, field, inside, readFields } from './fields.ts';

/** What the arcs before context and version of an application context say: see {@link Tcap.contextArc}. */
export const ContextArc = { map: 0, cap3: 21, cap4: 23, inap: 1001 } as const;

/**
 * Object identifiers that contexts stand under, as octets (X.690 §8.19): 0.4.0.0.1 (ETSI mobile domain: MAP of 3GPP TS 29.002 §17.1.6,
 * CAP of 29.078 §4.4), 0.4.0.1.1 (ETSI core INAP, ETS 300 374-1 and EN 301 140-1), 0.0.17.1218, .1228, .1238 and .1248 (capability sets 1
 * to 4 of ITU-T).
 */
const MOBILE = [4, 0, 0, 1] as const;
const CORE_INAP = [4, 0, 1, 1] as const;
const INAP_RECOMMENDATIONS = [
  [0, 17, 0x89, 0x42],
  [0, 17, 0x89, 0x4c],
  [0, 17, 0x89, 0x56],
  [0, 17, 0x89, 0x60],
] as const;

/** Application context names are that of the version agreed on: the answer's takes the place of the request's. */
const CONTEXT_NAME = inside<Tcap>(0xa1, field(0x06, readContext));

/**
 * User information of MAP: MAP-OpenInfo (3GPP TS 29.002 §17.4) with the destination reference. Exchanges of Ericsson put two elements of
 * their own behind the references: the number of the subscriber [2], and that of the VLR [3].
 */
const MAP_OPEN = inside<Tcap>(
  0xbe,
  inside<Tcap>(
    0x28,
    inside(
      0xa0,
      inside(
        0xa0,
        field(0x80, (data, start, end, out) => setAddressString(out.reference, data, start, end)),
        field(0x82, (data, start, end, out) => {
          setAddressString(out.referenceNumber, data, start, end);
          takeBareImsi(out);
        }),
        field(0x83, (_data, _start, _end, out) => {
          if (out.referenceNumber.count === 0) takeBareImsi(out);
        }),
      ),
    ),
  ),
);

/** Diagnostic (Q.773 §3.2.2) of the user: the context's name is not supported, and of the provider: no common dialogue portion. */
const NOT_SUPPORTED = 2;
const readDiagnostic = field<Tcap>(0x02, (data, start, end, out) => {
  out.refused = readInteger(data, start, end) === NOT_SUPPORTED;
});
const DIAGNOSTIC = inside<Tcap>(0xa3, inside(0xa1, readDiagnostic), inside(0xa2, readDiagnostic));

/** DialoguePortion (Q.773 §3.2): EXTERNAL with one dialogue PDU (Q.773 §3.2.2: AARQ 60, AARE 61, ABRT 64). */
const DIALOGUE: Field<Tcap>[] = [
  inside<Tcap>(0x28, inside(0xa0, inside(0x60, CONTEXT_NAME, MAP_OPEN), inside(0x61, CONTEXT_NAME, DIAGNOSTIC))),
];

/** Reads the application context out of the contents of a dialogue portion. */
export function readDialogue(data: Buffer, start: number, end: number, base: number, out: Tcap): Stop | null {
  return readFields(data, start, end, DIALOGUE, out, 'tcap', base);
}

function readContext(data: Buffer, start: number, end: number, out: Tcap): void {
  if (end - start < 7) return;
  const context = data[end - 2]!;
  const version = data[end - 1]!;
  if (context > 0x7f || version > 0x7f) return;
  if (startsWith(data, start, MOBILE)) {
    if (end - start !== 7) return;
    out.contextArc = data[start + 4]!;
  } else if (
    startsWith(data, start, CORE_INAP) ||
    INAP_RECOMMENDATIONS.some((octets) => startsWith(data, start, octets))
  ) {
    out.contextArc = ContextArc.inap;
  } else return;
  out.context = context;
  out.contextVersion = version;
}

/**
 * With elements of their own, exchanges of Ericsson have the IMSI by itself for the destination reference: digits where an AddressString
 * has type of number and plan. That octet has bit 8 set and one of two plans, as the first two digits of no IMSI that ITU-T E.212 assigned do.
 */
function takeBareImsi({ reference }: Tcap): void {
  if (reference.count === 0) return;
  const first = reference.data[(reference.nibble >> 1) - 1]!;
  if (first >= 0x80 && (reference.plan === E164 || reference.plan === E212)) return;
  reference.nibble -= 2;
  reference.count += 2;
  reference.nature = 0;
  reference.plan = E212;
}

function startsWith(data: Buffer, at: number, octets: readonly number[]): boolean {
  for (let i = 0; i < octets.length; i++) if (data[at + i] !== octets[i]) return false;
  return true;
}
