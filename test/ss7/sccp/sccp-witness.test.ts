import { describe, expect, it } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { type Digits, digitsText } from '../../../src/ss7/digits.ts';
import { type Sccp, type SccpAddress, Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { createSccp, SccpReader } from '../../../src/ss7/sccp/sccp.ts';
import { type Layer, tsharkLayers } from '../../support/layers.ts';
import { sharedCapture } from '../../support/shared.ts';
import { msu, standardOf } from '../../support/ss7.ts';

/** Fields compared, as tshark names them, of one end's address. */
function addressFields(end: 'called' | 'calling'): [field: string, ours: (sccp: Sccp) => string | null][] {
  const of = (pick: (address: SccpAddress) => string | null) => (sccp: Sccp) => pick(sccp[end]);
  return [
    [`sccp.${end}.ssn`, of((address) => number(address.ssn))],
    [`sccp.${end}.digits`, of((address) => digits(address.title))],
    [`sccp.${end}.tt`, of((address) => number(address.translationType))],
    [`sccp.${end}.nai`, of(({ title }) => (title.nature > 0 ? String(title.nature) : null))],
    [`sccp.${end}.np`, of(({ title }) => (title.plan > 0 ? String(title.plan) : null))],
  ];
}

const FIELDS: readonly [field: string, ours: (sccp: Sccp) => string | null][] = [
  ['sccp.message_type', (sccp) => String(sccp.type)],
  ...addressFields('called'),
  ...addressFields('calling'),
  ['sccp.slr', (sccp) => number(sccp.sourceReference)],
  ['sccp.dlr', (sccp) => number(sccp.destinationReference)],
];
const CAUSES = ['release', 'refusal', 'return', 'reset', 'error'].map((kind) => `sccp.${kind}_cause`);
/** Addresses of ANSI that lack the national bit, five octets long: tshark reads a point code of ITU, then 0. Answers are called by 8. */
const NO_NATIONAL_BIT = 'sccp.calling.ssn 0, here 8';
const POINT_CODES = { [Ss7Variant.ansi]: 'ansi_pc', [Ss7Variant.china]: 'chinese_pc' } as Record<number, string>;

function digits(view: Digits): string | null {
  return digitsText(view);
}

function number(value: number): string | null {
  return value < 0 ? null : String(value);
}

/** Compares every message; gives how many there were and how many fields had a value on either side. */
function compare(
  layers: readonly Layer[],
  variant: Ss7VariantId,
): { messages: number; fields: number; wrong: string[] } {
  const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
  const sccp = createSccp();
  const wrong: string[] = [];
  let fields = 0;
  for (const layer of layers) {
    const stop = reader.read(msu(layer.bytes, { variant }), layer.seconds, sccp);
    if (stop !== null) wrong.push(`frame ${layer.frame}: ${JSON.stringify(stop)}`);
    const check = (field: string, expected: string | null, got: string | null): void => {
      if (expected !== null || got !== null) fields++;
      const difference = `${field} ${expected}, here ${got}`;
      if (variant === Ss7Variant.ansi && difference === NO_NATIONAL_BIT) return;
      if (expected !== got) wrong.push(`frame ${layer.frame}: ${difference}`);
    };
    for (const [field, ours] of FIELDS) {
      const text = layer.values(field)[0];
      const got = ours(sccp);
      if (text === undefined || text === '') check(field, null, got);
      else check(field, /digits/.test(field) ? text : String(Number(text)), got);
    }
    const cause = CAUSES.flatMap((field) => layer.values(field))[0];
    check('cause', cause === undefined ? null : String(Number(cause)), number(sccp.cause));
    for (const end of ['called', 'calling'] as const) {
      const code = layer.values(`sccp.${end}.${POINT_CODES[variant] ?? 'pc'}`)[0];
      if (POINT_CODES[variant] === undefined) {
        check(`${end} pc`, code === undefined ? null : String(Number(code)), number(sccp[end].pointCode));
      }
    }
  }
  return { messages: layers.length, fields, wrong };
}

const OSMOCOM = ['a-interface-main-msc', 'a-interface-main-bsc1', 'a-interface-main-bsc2'].map(
  (name) => ['osmocom-virtual', `${name}.pcap`, Ss7Variant.itu] as const,
);
const OTHERS = [
  'GSM_BCC.pcap',
  'GSM_GCC.pcapng',
  'Mobile-Originating-Call(AMR).pcap',
  'SMLC-Calflow---PLRS-without-TA.pcap',
  'camel.pcap',
  'gsm_map_with_ussd_string.pcap',
  'idp.pcap',
].map((name) => ['ajbanjara+Wireshark', name, Ss7Variant.itu] as const);

describe('SCCP as tshark reads it', () => {
  it.each([
    ...OSMOCOM,
    ...OTHERS,
    ['ajbanjara+Wireshark', 'japan_tcap_over_m2pa.pcap', Ss7Variant.japan],
    ['ajbanjara+Wireshark', 'attachment_sample.pcap', Ss7Variant.china],
    ['ajbanjara+Wireshark', 'ansi_map_win.pcap', Ss7Variant.ansi],
    ['ajbanjara+Wireshark', 'ansi_map_ota.pcap', Ss7Variant.itu],
    ['ajbanjara+Wireshark', 'ansi_tcap_over_itu_sccp_over_mtp3_over_mtp2.pcap', Ss7Variant.itu],
    ['OISF+suricata-verify', 'input.pcap', Ss7Variant.itu],
    ['araditc+sigtran.net', 'end-to-end-20260724T085858Z.pcap', Ss7Variant.itu],
    ['araditc+sigtran.net', 'performance-20260724T093659Z.pcap.gz', Ss7Variant.itu],
    ['arkime+arkime', 'm3ua_synthetic.pcap', Ss7Variant.itu],
  ] as const)('%s %s', (folder, name, variant) => {
    const extra = [...standardOf(variant), ...(name.endsWith('.gz') ? ['-c', '2000'] : [])];
    const layers = tsharkLayers(sharedCapture('ss7', folder, name), 'sccp', 'sccp', extra);
    const { messages, fields, wrong } = compare(layers, variant);
    console.info(`${name}: ${fields} fields of ${messages} messages compared`);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(messages).toBeGreaterThan(0);
    expect(fields).toBeGreaterThan(messages);
  });
});
