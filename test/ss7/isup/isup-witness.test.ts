import { describe, expect, it } from 'vitest';
import { signalsText } from '../../../src/ss7/digits.ts';
import { createIsup, readIsup, readIsupBody } from '../../../src/ss7/isup/isup.ts';
import { type Isup, Ss7Variant } from '../../../src/ss7/message.ts';
import { type Layer, tsharkLayers } from '../../support/layers.ts';
import { sharedCapture } from '../../support/shared.ts';
import { withCapture } from '../../support/ss7.ts';

/** Fields compared, as tshark names them: what it says of the layer, and what we say of the message. */
const FIELDS: readonly [field: string, ours: (isup: Isup) => string | null][] = [
  ['isup.message_type', (isup) => String(isup.type)],
  ['isup.called', (isup) => signalsText(isup.called)],
  ['isup.calling', (isup) => signalsText(isup.calling)],
  ['isup.redirecting', (isup) => signalsText(isup.redirecting)],
  ['isup.original_called_number', (isup) => signalsText(isup.originalCalled)],
  ['isup.generic_number', (isup) => signalsText(isup.generic)],
  ['isup.connected_number', (isup) => signalsText(isup.connected)],
  ['isup.subsequent_number', (isup) => signalsText(isup.subsequent)],
  [
    'isup.called_party_nature_of_address_indicator',
    (isup) => (isup.called.count > 0 ? String(isup.called.nature) : null),
  ],
  [
    'isup.calling_party_nature_of_address_indicator',
    // tshark uses the field for each number that has calling party number's layout: the first one is compared.
    (isup) => (isup.calling.count > 0 ? String(isup.calling.nature) : null),
  ],
  ['isup.cause_indicator', (isup) => number(isup.cause)],
  ['q931.cause_location', (isup) => number(isup.causeLocation)],
  ['isup.calling_partys_category', (isup) => number(isup.category)],
  ['isup.event_ind', (isup) => number(isup.event)],
  ['isup.called_partys_status_indicator', (isup) => number(isup.calledStatus)],
  ['isup.suspend_resume_indicator', (isup) => number(isup.suspendByNetwork)],
  ['isup.range_indicator', (isup) => (isup.range < 0 ? null : String(isup.range + 1))],
];

/** tshark leaves the end of pulsing in the digits as F. */
function witness(layer: Layer, field: string): string | null {
  const [text] = layer.values(field);
  if (text === undefined || text === '') return null;
  if (/called$|calling$|redirecting$|number$/.test(field)) return text.replace(/F$/, '') || null;
  return String(Number(text));
}

function number(value: number): string | null {
  return value < 0 ? null : String(value);
}

/** Compares every message; gives how many there were and how many fields of them had a value on either side. */
function compare(
  layers: readonly Layer[],
  cicField: string | null,
): { messages: number; fields: number; wrong: string[] } {
  const isup = createIsup();
  const wrong: string[] = [];
  let fields = 0;
  for (const layer of layers) {
    const { bytes } = layer;
    const stop =
      cicField === null
        ? readIsupBody(bytes, 0, bytes.length, Ss7Variant.itu, isup)
        : readIsup(bytes, 0, bytes.length, Ss7Variant.itu, cicField === 'bicc.cic', isup);
    const unknown = layer.values('isup.message_type.unknown').length > 0 && stop?.reason === 'unknown message type';
    if (stop !== null && !unknown) wrong.push(`frame ${layer.frame}: ${JSON.stringify(stop)}`);
    const rows = cicField === null ? FIELDS : [[cicField, () => String(isup.cic)] as const, ...FIELDS];
    for (const [field, ours] of rows) {
      const expected = witness(layer, field);
      const got = ours(isup);
      if (expected !== null || got !== null) fields++;
      if (expected !== got) wrong.push(`frame ${layer.frame}: ${field} ${expected}, here ${got}`);
    }
  }
  return { messages: layers.length, fields, wrong };
}

describe('ISUP and BICC as tshark reads them', () => {
  it.each([
    ['ajbanjara+Wireshark', 'isup_load_generator.pcap', 'isup', 5265],
    ['ajbanjara+Wireshark', 'm3ua_isup.cap', 'isup', 423],
    ['ajbanjara+Wireshark', 'bicc.pcap', 'bicc', 1],
    ['the-tcpdump-group+libpcap', 'isup_load_generator.pcap', 'isup', 10],
    ['arkime+arkime', 'm3ua_synthetic.pcap', 'isup', 4],
  ])('%s %s: %s', (folder, name, layer, least) => {
    const layers = tsharkLayers(sharedCapture('ss7', folder, name), layer, layer);
    const { messages, fields, wrong } = compare(layers, `${layer}.cic`);
    console.info(`${name}: ${fields} fields of ${messages} messages compared`);
    expect(wrong).toEqual([]);
    expect(messages).toBeGreaterThanOrEqual(least);
    expect(fields).toBeGreaterThan(messages);
  });

  it('M3UA of a draft, whose parameter is a whole signal unit of MTP3', () => {
    const frames = tsharkLayers(sharedCapture('ss7', 'ajbanjara+Wireshark', 'isup.cap'), 'm3ua', 'm3ua');
    const units = frames.map(({ bytes }) => bytes.subarray(12, 8 + bytes.readUInt16BE(10)));
    const layers = withCapture(141, units, (file) => tsharkLayers(file, 'isup', 'isup'));
    const { messages, fields, wrong } = compare(layers, 'isup.cic');
    expect(wrong).toEqual([]);
    expect([messages, fields > 20]).toEqual([6, true]);
  });

  it('an ISUP body of a SIP message, which has no CIC', () => {
    const layers = tsharkLayers(sharedCapture('ss7', 'negbie+heplify', 'sip_sctp.pcap'), 'isup', 'isup');
    const { messages, fields, wrong } = compare(layers, null);
    expect(wrong).toEqual([]);
    expect([messages, fields > 5]).toEqual([1, true]);
  });
});
