import { encodeDigits } from '../digits.ts';
import { Ss7Variant, type Ss7VariantId } from '../message.ts';
import { type OptionalParameter, writeParameters } from '../parameters.ts';
import { ANSI_ISUP_MESSAGES, ISUP_MESSAGES, IsupParameter, IsupType, type IsupTypeName } from './isup-messages.ts';

/** A number to be written; what is left out is that of an international number that may be shown. */
export interface IsupNumber {
  /** `0` to `9`, `*`, `#`, `a`, `b`, `c` for the codes 10 to 14, `f` for the end of pulsing (ST). */
  digits: string;
  /** Nature of address (Q.763 §3.9): 3 national, 4 international. */
  nature?: number;
  /** Numbering plan: 1 E.164. */
  plan?: number;
  /** Presentation (Q.763 §3.10). */
  presentation?: number;
  /** Screening (Q.763 §3.10): 1 given by the user and verified, 3 given by the network. */
  screening?: number;
}

/** An ISUP or BICC message to be written. */
export interface IsupFields {
  type: IsupTypeName;
  /** Circuit identification code, BICC: call instance code; null in a SIP body, which has none. */
  cic: number | null;
  variant?: Ss7VariantId;
  bicc?: boolean;
  calling?: IsupNumber;
  called?: IsupNumber;
  originalCalled?: IsupNumber;
  redirecting?: IsupNumber;
  generic?: IsupNumber & { qualifier: number };
  /** Charge number. */
  charge?: IsupNumber;
  /** Called directory number. */
  dialled?: IsupNumber;
  /** Connected number of ANM and CON. */
  connected?: IsupNumber;
  /** Redirection number: whom the call was forwarded to. */
  redirection?: IsupNumber;
  /** Call diversion information: the redirecting reason. */
  diversion?: number;
  /** Generic notification: 0x7b the call is diverting. */
  notification?: number;
  /** Digits of a SAM. */
  subsequent?: string;
  /** Calling party's category: 10 ordinary, 13 test call, 15 payphone. */
  category?: number;
  /** Q.850 cause value and location. */
  cause?: number;
  causeLocation?: number;
  suspendByNetwork?: boolean;
  /** Event information of a CPG: 1 alerting, 2 progress, 3 in-band information, 4 to 6 forwarded on busy, on no reply, unconditionally. */
  event?: number;
  /** Called party's status: 1 subscriber free. */
  calledStatus?: number;
  /** Of a COT: 1 the check succeeded; 0 where left out. */
  continuity?: number;
  /** Why circuits are blocked: 0 maintenance, 1 hardware failure. */
  supervision?: number;
  /** Circuits of a group message, less one. */
  range?: number;
  /** What a PAM passes along: a message without a circuit identification code. */
  passed?: IsupFields & { cic: null };
}

const P = IsupParameter;

/** Parameters that are optional where the message's mandatory part has them not, in the order written. */
const OPTIONAL = [
  P.calling,
  P.backwardCall,
  P.cause,
  P.event,
  P.category,
  P.originalCalled,
  P.redirecting,
  P.dialled,
  P.generic,
  P.charge,
  P.connected,
  P.redirection,
  P.notification,
  P.diversion,
] as const;

/**
 * One message of ISUP (Q.763) or BICC (Q.1902.3), from its circuit identification code on.
 *
 * @throws RangeError where a field does not fit its parameter
 */
export function encodeIsup(fields: IsupFields): Buffer {
  const formats = fields.variant === Ss7Variant.ansi ? ANSI_ISUP_MESSAGES : ISUP_MESSAGES;
  const type = IsupType[fields.type];
  const format = formats[type]!;
  const fixed: Buffer[] = [];
  const mandatory = new Set<number>(format.variable);
  for (let index = 0; index < format.fixed.length; index += 2) {
    mandatory.add(format.fixed[index]!);
    fixed.push(required(format.fixed[index]!, fields));
  }
  const variable = format.variable.map((code) => required(code, fields));
  const optional: OptionalParameter[] = [];
  for (const code of OPTIONAL) {
    const value = mandatory.has(code) ? null : given(code, fields);
    if (value !== null) optional.push({ code, value });
  }
  const parameters = writeParameters(format, type, Buffer.concat(fixed), variable, optional, -1);
  const message = fields.passed === undefined ? parameters : Buffer.concat([parameters, encodeIsup(fields.passed)]);
  return fields.cic === null ? message : Buffer.concat([cicBytes(fields.cic, fields.bicc === true), message]);
}

function cicBytes(cic: number, bicc: boolean): Buffer {
  const bytes = Buffer.alloc(bicc ? 4 : 2);
  bytes.writeUIntLE(cic, 0, bytes.length);
  return bytes;
}

/** A parameter as the fields give it; null where they do not. */
function given(code: number, fields: IsupFields): Buffer | null {
  switch (code) {
    case P.calling:
      return fields.calling === undefined ? null : numberBytes(fields.calling, true);
    case P.originalCalled:
      return fields.originalCalled === undefined ? null : numberBytes(fields.originalCalled, true, 0);
    case P.redirecting:
      return fields.redirecting === undefined ? null : numberBytes(fields.redirecting, true, 0);
    case P.dialled:
      return fields.dialled === undefined ? null : numberBytes(fields.dialled, false);
    case P.connected:
      return fields.connected === undefined ? null : numberBytes(fields.connected, true);
    case P.redirection:
      return fields.redirection === undefined ? null : numberBytes(fields.redirection, false);
    case P.notification:
      return fields.notification === undefined ? null : Buffer.of(0x80 | fields.notification);
    case P.diversion:
      // The caller may be told, with the number (Q.763 §3.6, bits C to A).
      return fields.diversion === undefined ? null : Buffer.of(2 | (fields.diversion << 3));
    case P.charge:
      return fields.charge === undefined ? null : numberBytes(fields.charge, true);
    case P.generic:
      if (fields.generic === undefined) return null;
      return Buffer.concat([Buffer.of(fields.generic.qualifier), numberBytes(fields.generic, true)]);
    case P.category:
      return fields.category === undefined ? null : Buffer.of(fields.category);
    case P.cause:
      // ITU-T coding, no recommendation, no diagnostic.
      return fields.cause === undefined ? null : Buffer.of(0x80 | (fields.causeLocation ?? 0), 0x80 | fields.cause);
    case P.continuity:
      return fields.continuity === undefined ? null : Buffer.of(fields.continuity);
    case P.groupSupervision:
      return fields.supervision === undefined ? null : Buffer.of(fields.supervision);
    case P.event:
      return fields.event === undefined ? null : Buffer.of(fields.event);
    case P.backwardCall:
      // Charge, called status, ordinary subscriber; ISDN user part used all the way.
      return fields.calledStatus === undefined ? null : Buffer.of(0x12 | (fields.calledStatus << 2), 0x04);
    default:
      return null;
  }
}

/** A mandatory parameter: as given, else one that says nothing in particular. */
function required(code: number, fields: IsupFields): Buffer {
  const value = given(code, fields);
  if (value !== null) return value;
  const circuits = (fields.range ?? 0) + 1;
  switch (code) {
    case P.called:
      return numberBytes(fields.called ?? { digits: '' }, false);
    case P.subsequent: {
      const digits = fields.subsequent ?? '';
      return Buffer.concat([Buffer.of((digits.length & 1) << 7), encodeDigits(digits, 0)]);
    }
    case P.range:
      // A reset names circuits only; the other group messages have a status bit for each (Q.763 §3.43).
      if (fields.type === 'GRS' || fields.type === 'CQM' || fields.type === 'CQR') return Buffer.of(circuits - 1);
      return Buffer.concat([Buffer.of(circuits - 1), Buffer.alloc(Math.ceil(circuits / 8), 0xff)]);
    case P.circuitState:
      return Buffer.alloc(circuits);
    case P.suspendResume:
      return Buffer.of(fields.suspendByNetwork === true ? 1 : 0);
    case P.forwardCall:
      // ISDN user part used and preferred all the way, access ISDN (Q.763 §3.23).
      return Buffer.of(0x20, 0x01);
    case P.category:
      return Buffer.of(10);
    case P.backwardCall:
      return Buffer.of(0x12, 0x04);
    case P.event:
      return Buffer.of(2);
    case P.cause:
      return Buffer.of(0x80, 0x80 | 16);
    case P.userService:
      // Speech, 64 kbit/s, layer 1 by G.711 mu-law (Q.931 §4.5.5).
      return Buffer.of(0x80, 0x90, 0xa2);
    case P.informationRequest:
    case P.information:
      return Buffer.alloc(2);
    default:
      return Buffer.alloc(1);
  }
}

export function numberBytes(number: IsupNumber, presentation: boolean, screening = 3): Buffer {
  const { digits, nature = 4, plan = 1 } = number;
  const shown = presentation ? ((number.presentation ?? 0) << 2) | (number.screening ?? screening) : 0;
  return Buffer.concat([Buffer.of(((digits.length & 1) << 7) | nature, (plan << 4) | shown), encodeDigits(digits, 0)]);
}
