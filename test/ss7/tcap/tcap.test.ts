import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { setDigits } from '../../../src/ss7/digits.ts';
import type { Sccp } from '../../../src/ss7/message.ts';
import { createSccp } from '../../../src/ss7/sccp/sccp.ts';
import { encodeSccp } from '../../../src/ss7/sccp/sccp-encode.ts';
import {
  encodeError,
  encodeInvoke,
  encodeReject,
  encodeResult,
  encodeTcap,
  type TcapText,
} from '../../../src/ss7/tcap/tcap-encode.ts';
import { tsharkLayers } from '../../support/layers.ts';
import { sharedCapture } from '../../support/shared.ts';
import { hex, withCapture } from '../../support/ss7.ts';
import { indefinite, randomBytes, type Seen, TcapScene, tlv } from '../../support/tcap.ts';
import { tsharkFields } from '../../support/tshark.ts';

const ARGUMENT = tlv(0x30, tlv(0x04, '21436587'));
const UP = { context: 1, version: 3 };

const begin = (originating: number, over: Partial<TcapText> = {}) =>
  encodeTcap({ type: 'begin', originating, components: [encodeInvoke(1, 2, ARGUMENT)], ...over });
const end = (destination: number, ...components: Buffer[]) => encodeTcap({ type: 'end', destination, components });
/** A result with nothing in it, so that it has no operation code (Q.773 §3.3). */
const RESULT = encodeResult(1, 0);

describe('messages of Q.773', () => {
  it('have a type, transaction identifiers and components', () => {
    const scene = new TcapScene();
    const rows = [
      begin(0x0a0b0c0d),
      encodeTcap({
        type: 'continue',
        originating: 1,
        destination: 0x0a0b0c0d,
        components: [encodeInvoke(2, 7, ARGUMENT)],
      }),
      end(1, encodeResult(2, 7, ARGUMENT)),
      encodeTcap({ type: 'unidirectional', components: [encodeInvoke(3, 9)] }),
      encodeTcap({ type: 'abort', destination: 9, abortCause: 4 }),
    ].map((bytes) => scene.read(bytes).seen[0]!);
    expect(rows.map(({ type, otid, dtid, index, opcode }) => [type, otid, dtid, index, opcode])).toEqual([
      ['begin', '0a0b0c0d', '', 0, 2],
      ['continue', '00000001', '0a0b0c0d', 0, 7],
      ['end', '', '00000001', 0, 7],
      ['unidirectional', '', '', 0, 9],
      ['abort', '', '00000009', -1, -1],
    ]);
  });

  it('have transaction identifiers of one to four octets', () => {
    const scene = new TcapScene();
    for (const id of ['01', '0102', '010203', '01020304']) {
      const { seen } = scene.read(tlv(0x64, tlv(0x49, id), tlv(0x6c, RESULT)));
      expect(seen[0]!.dtid).toBe(id);
    }
  });

  it('have components of five kinds', () => {
    const { seen, stop } = new TcapScene().read(
      encodeTcap({
        type: 'continue',
        originating: 1,
        destination: 2,
        components: [
          encodeInvoke(5, 59, ARGUMENT, 4),
          encodeInvoke(-1, 29),
          encodeResult(6, 45, ARGUMENT),
          encodeResult(7, 56, ARGUMENT, false),
          encodeError(8, 27, ARGUMENT),
          encodeError(9, 34),
          encodeReject(10, 1, 1),
          // Of what could not be read, a reject has NULL for the identifier.
          tlv(0xa4, tlv(0x05), tlv(0x80, '01')),
          // A global operation code is no one's here.
          tlv(0xa1, tlv(0x02, '0b'), tlv(0x06, '2a03'), ARGUMENT),
        ],
      }),
    );
    const parameter = ARGUMENT.toString('hex');
    expect(stop).toBe(null);
    expect(seen.map((s) => [s.index, s.component, s.invokeId, s.linkedId, s.opcode, s.error, s.parameter])).toEqual([
      [0, 1, 5, 4, 59, -1, parameter],
      [1, 1, -1, null, 29, -1, ''],
      [2, 2, 6, null, 45, -1, parameter],
      [3, 7, 7, null, 56, -1, parameter],
      [4, 3, 8, null, -1, 27, parameter],
      [5, 3, 9, null, -1, 34, ''],
      [6, 4, 10, null, -1, -1, '810101'],
      [7, 4, null, null, -1, -1, '800101'],
      [8, 1, 11, null, -1, -1, parameter],
    ]);
  });

  it('are read with indefinite lengths at every level', () => {
    const invoke = indefinite(0xa1, tlv(0x02, '01'), tlv(0x02, '2d'), indefinite(0x30, tlv(0x80, '9121436587')));
    const bytes = indefinite(0x62, tlv(0x48, '01020304'), indefinite(0x6c, invoke));
    const { seen, stop } = new TcapScene().read(bytes);
    expect(stop).toBe(null);
    expect(seen[0]).toMatchObject({ otid: '01020304', opcode: 45, operation: { msisdn: '12345678' } });
  });

  it('are not what begins with another tag', () => {
    for (const bytes of ['', '00', '30 02 0500', '63 00', '00 0e 57']) {
      const { seen, stop } = new TcapScene().read(hex(bytes));
      expect(seen).toEqual([]);
      expect(stop).toMatchObject({ layer: 'tcap' });
    }
  });

  it('with a component of no kind say so, and the others are read', () => {
    const scene = new TcapScene();
    const { seen, stop } = scene.read(end(1, tlv(0xa9, '00'), RESULT));
    expect(seen.map(({ component, invokeId }) => [component, invokeId])).toEqual([
      [-1, null],
      [2, 1],
    ]);
    expect(stop).toMatchObject({ layer: 'tcap', reason: 'component type' });
    expect(scene.counters.anomalies.get('tcap component type')).toBe(1);
  });
});

describe('the dialogue portion', () => {
  it('names the application context, and all messages of the transaction have it', () => {
    const scene = new TcapScene();
    const contexts = [
      begin(1, { context: UP }),
      encodeTcap({ type: 'continue', originating: 2, destination: 1, components: [RESULT] }),
      encodeTcap({ type: 'continue', originating: 1, destination: 2, components: [RESULT] }),
      end(2, RESULT),
      end(1, RESULT),
      end(3, RESULT),
    ].map((bytes) => scene.read(bytes).seen[0]!.context);
    expect(contexts).toEqual(['0.1.3', '0.1.3', '0.1.3', '0.1.3', '0.1.3', '']);
  });

  it('of an answer takes the place of the one asked for', () => {
    const scene = new TcapScene();
    scene.read(begin(1, { context: UP }));
    const answer = encodeTcap({
      type: 'continue',
      originating: 2,
      destination: 1,
      context: { context: 1, version: 2 },
    });
    expect(scene.read(answer).seen[0]!.context).toBe('0.1.2');
    expect(scene.read(end(2, RESULT)).seen[0]!.context).toBe('0.1.2');
  });

  it('names CAP and INAP by the arc before', () => {
    const of = (oid: string) => {
      const name = tlv(0x60, tlv(0xa1, tlv(0x06, oid)));
      const dialogue = tlv(0x6b, tlv(0x28, tlv(0x06, '00118605010101'), tlv(0xa0, name)));
      return new TcapScene().read(tlv(0x62, tlv(0x48, '01'), dialogue)).seen[0]!.context;
    };
    expect(of('04000001003201')).toBe('0.50.1');
    expect(of('04000001150304')).toBe('21.3.4');
    expect(of('04000001170304')).toBe('23.3.4');
    expect(of('04000101010000')).toBe('1001.0.0');
    expect(of('00118942010000')).toBe('1001.0.0');
    expect(of('2a0304050607')).toBe('');
    expect(of('2a030405060708')).toBe('');
    expect(of('0400000100018203')).toBe('');
    expect(of('04000001008203')).toBe('');
  });

  it('is forgotten when the identifier is used again without one', () => {
    const scene = new TcapScene();
    scene.read(begin(1, { context: UP }));
    scene.read(begin(1));
    expect(scene.read(end(1, RESULT)).seen[0]!.context).toBe('');
  });
});

/** An SCCP message from one title to another. */
function between(calling: string, called: string): Sccp {
  const sccp = createSccp();
  setDigits(sccp.calling.title, Buffer.from(calling, 'hex'), 0, calling.length / 2, 0, calling.length);
  setDigits(sccp.called.title, Buffer.from(called, 'hex'), 0, called.length / 2, 0, called.length);
  return sccp;
}

describe('an invoke', () => {
  it('gives its operation to the result, error and reject that answer it', () => {
    for (const answer of [RESULT, encodeError(1, 27), encodeReject(1, 1, 0)]) {
      const scene = new TcapScene();
      scene.read(begin(1));
      expect(scene.read(end(1, answer)).seen[0]!.opcode).toBe(2);
    }
  });

  it('gives it in both directions, to copies too, and to a last result after one that is not', () => {
    const scene = new TcapScene();
    scene.read(begin(1));
    scene.read(encodeTcap({ type: 'continue', originating: 2, destination: 1, components: [encodeInvoke(1, 7)] }));
    const back = encodeTcap({ type: 'continue', originating: 1, destination: 2, components: [RESULT] });
    expect(scene.read(back).seen[0]!.opcode).toBe(7);
    expect(scene.read(back).seen[0]!.opcode).toBe(7);
    const notLast = tlv(0xa7, tlv(0x02, '01'));
    expect(
      scene.read(encodeTcap({ type: 'continue', originating: 2, destination: 1, components: [notLast] })).seen[0]!
        .opcode,
    ).toBe(2);
    expect(scene.read(end(1, RESULT)).seen[0]!.opcode).toBe(2);
  });

  it('is that of the answer: same identifiers of other nodes, other invokes and lengths apart', () => {
    const scene = new TcapScene();
    scene.read(begin(1, { components: [encodeInvoke(1, 2), encodeInvoke(2, 43)] }), { sccp: between('6831', '6832') });
    scene.read(begin(1, { components: [encodeInvoke(1, 45)] }), { sccp: between('6833', '6832') });
    scene.read(begin(1, { components: [encodeInvoke(1, 22)] }), { opc: 7, dpc: 9 });
    scene.read(begin(1, { components: [encodeInvoke(1, 4)] }), { opc: 8, dpc: 9 });
    const opcodeOf = (fields: Parameters<TcapScene['read']>[1], answer = RESULT) =>
      scene.read(end(1, answer), fields).seen[0]!.opcode;
    expect(opcodeOf({ sccp: between('6832', '6831') })).toBe(2);
    expect(opcodeOf({ sccp: between('6832', '6833') })).toBe(45);
    expect(opcodeOf({ sccp: between('6832', '6831') }, encodeResult(2, 0))).toBe(43);
    expect(opcodeOf({ opc: 9, dpc: 7 })).toBe(22);
    expect(opcodeOf({ opc: 9, dpc: 8 })).toBe(4);
    // The address was translated on the way: the last one asked.
    expect(opcodeOf({ opc: 9, dpc: 1234 })).toBe(4);
    expect(opcodeOf({}, encodeResult(3, 0))).toBe(-1);
    expect(scene.read(tlv(0x64, tlv(0x49, '01'), tlv(0x6c, RESULT))).seen[0]!.opcode).toBe(-1);
  });

  // Q.773 §3.3.1: -128 to 127.
  it('is found by an invoke identifier below 0', () => {
    const scene = new TcapScene();
    for (const id of [-1, -59, -128]) scene.read(begin(id & 0xff, { components: [encodeInvoke(id, -id)] }));
    for (const id of [-1, -59, -128]) {
      const { invokeId, opcode } = scene.read(end(id & 0xff, tlv(0xa2, tlv(0x02, Buffer.from([id & 0xff]))))).seen[0]!;
      expect([invokeId, opcode]).toEqual([id, -id]);
    }
  });

  it('that was not seen gives none, and a result with its own operation keeps it', () => {
    const scene = new TcapScene();
    expect(scene.read(end(1, RESULT)).seen[0]!.opcode).toBe(-1);
    scene.read(begin(1));
    expect(scene.read(end(1, encodeResult(1, 45, ARGUMENT))).seen[0]!.opcode).toBe(45);
  });

  it('is remembered for as many transactions as there is room for, however many come', () => {
    const scene = new TcapScene({ tcapInvokes: 4096, tcapDialogues: 4096 });
    for (let id = 1; id <= 20_000; id++) scene.read(begin(id, { context: UP }), { seconds: 1000 });
    expect(scene.counters.dropped.get('tcapInvokes')).toBeGreaterThan(15_000);
    expect(scene.counters.dropped.get('tcapDialogues')).toBeGreaterThan(15_000);
    let found = 0;
    for (let id = 1; id <= 20_000; id++) {
      const { opcode, context } = scene.read(end(id, RESULT), { seconds: 1001 }).seen[0]!;
      if (opcode === 2) found++;
      expect(opcode === 2 || opcode === -1).toBe(true);
      expect(context === '0.1.3' || context === '').toBe(true);
    }
    expect(found).toBeGreaterThan(3500);
    expect(found).toBeLessThanOrEqual(4096);
    // What was answered gives way without a word, and so does what is older than any answer.
    const dropped = scene.counters.dropped.get('tcapInvokes');
    for (let id = 30_001; id <= 30_200; id++) scene.read(begin(id), { seconds: 1002 });
    expect(scene.counters.dropped.get('tcapInvokes')).toBe(dropped);
    for (let id = 40_001; id <= 60_000; id++) scene.read(begin(id), { seconds: 2000 + id });
    expect(scene.counters.dropped.get('tcapInvokes')! - dropped!).toBeLessThan(5000);
  });

  it('is found again by all of the transactions that the table has room for', () => {
    const scene = new TcapScene({ tcapInvokes: 65_536 });
    for (let id = 1; id <= 20_000; id++) scene.read(begin(id * 4099), { seconds: 1 });
    let found = 0;
    for (let id = 1; id <= 20_000; id++) if (scene.read(end(id * 4099, RESULT)).seen[0]!.opcode === 2) found++;
    expect(found + (scene.counters.dropped.get('tcapInvokes') ?? 0)).toBe(20_000);
    expect(found).toBeGreaterThan(19_990);
  });
});

/** A package of ANSI T1.114.3 with its transaction identifiers. */
const ansi = (type: number, ids: string, ...components: Buffer[]) =>
  tlv(type, tlv(0xc7, ids), ...(components.length > 0 ? [tlv(0xe8, ...components)] : []));
const ANSI_INVOKE = tlv(0xe9, tlv(0xcf, '05'), tlv(0xd1, '0935'), tlv(0xf2, tlv(0x88, '21436587')));

describe('packages of ANSI T1.114', () => {
  it('are named, with their transactions, components and operations', () => {
    const scene = new TcapScene();
    const rows = [
      ansi(0xe2, '01020304', ANSI_INVOKE),
      ansi(0xe5, '0a0b0c0d01020304', tlv(0xed, tlv(0xcf, '0605'), tlv(0xd0, '0801'), tlv(0x30))),
      ansi(0xe4, '01020304', tlv(0xea, tlv(0xcf, '05'), tlv(0xf2))),
      ansi(0xe1, '', tlv(0xe9, tlv(0xcf, ''), tlv(0xd1, '0920'), tlv(0xf2))),
      ansi(0xf6, '01020304'),
      ansi(0xe6, '0a0b0c0d01020304', tlv(0xee, tlv(0xcf, '05'), tlv(0xf2))),
      ansi(0xe3, '00000009', tlv(0xec, tlv(0xcf, '05'), tlv(0xd5, '0101'), tlv(0xf2))),
      ansi(0xe4, '01020304', tlv(0xeb, tlv(0xcf, '05'), tlv(0xd4, '81'), tlv(0xf2))),
    ].map((bytes) => scene.read(bytes).seen[0]!);
    expect(rows.map((s) => [s.type, s.otid, s.dtid, s.component, s.invokeId, s.linkedId, s.opcode, s.error])).toEqual([
      ['query', '01020304', '', 1, 5, null, 0x0935, -1],
      ['conversation', '0a0b0c0d', '01020304', 1, 6, 5, 0x0801, -1],
      ['response', '', '01020304', 2, 5, null, 0x0935, -1],
      ['unidirectional', '', '', 1, null, null, 0x0920, -1],
      ['abort', '', '01020304', -1, null, null, -1, -1],
      ['conversation', '0a0b0c0d', '01020304', 7, 5, null, 0x0935, -1],
      ['query', '00000009', '', 4, 5, null, -1, -1],
      ['response', '', '01020304', 3, 5, null, 0x0935, -127],
    ]);
    expect(rows.every((s) => s.ansi)).toBe(true);
  });

  it('agree with tshark on captures', () => {
    let messages = 0;
    let fields = 0;
    for (const name of ['ansi_map_ota.pcap', 'ansi_map_win.pcap', 'ansi_tcap_over_itu_sccp_over_mtp3_over_mtp2.pcap']) {
      const scene = new TcapScene();
      for (const layer of tsharkLayers(sharedCapture('ss7', 'ajbanjara+Wireshark', name), 'ansi_tcap', 'ansi_tcap')) {
        const { seen, stop } = scene.read(layer.bytes);
        messages++;
        expect(stop, name).toBe(null);
        expect(seen[0]!.otid + seen[0]!.dtid).toBe(layer.values('ansi_tcap.identifier')[0]!.replaceAll(':', ''));
        const kinds = seen.filter(({ component }) => component >= 0).map(({ component }) => ANSI_KINDS[component]);
        expect(kinds).toEqual(
          layer
            .values('ansi_tcap.ComponentPDU')
            .map(Number)
            .map((kind) => (kind === 13 ? 9 : kind)),
        );
        const operations = layer.values('ansi_tcap.private').map(Number);
        const ours = seen.filter(({ opcode }) => opcode >= 0).map(({ opcode }) => opcode);
        expect(ours).toEqual(operations);
        fields += 2 + kinds.length + ours.length;
      }
    }
    console.log(`${fields} fields of ${messages} messages of ANSI TCAP compared with tshark`);
    expect(messages).toBeGreaterThan(5);
  });
});

/** Component types as tshark numbers them, by ours. */
const ANSI_KINDS: Record<number, number> = { 1: 9, 2: 10, 3: 11, 4: 12, 7: 14 };

describe('agrees with tshark', () => {
  it('on the types, identifiers, contexts and components of captured and written messages', () => {
    const files = [
      sharedCapture('ss7', 'araditc+sigtran.net', 'end-to-end-20260724T085858Z.pcap'),
      sharedCapture('ss7', 'ajbanjara+Wireshark', 'gsm_map_with_ussd_string.pcap'),
      sharedCapture('ss7', 'arkime+arkime', 'm3ua_synthetic.pcap'),
    ];
    let fields = 0;
    for (const file of files) fields += compareLayers(file);
    const written = WRITTEN.map((data) => encodeSccp({ type: 'UDT', called: { ssn: 6 }, calling: { ssn: 7 }, data }));
    withCapture(142, written, (file) => {
      const complaints = tsharkFields(file, '_ws.malformed || _ws.expert', ['frame.number', '_ws.expert.message']);
      expect(complaints).toEqual([]);
      fields += compareLayers(file);
    });
    console.log(`${fields} fields of TCAP compared with tshark`);
    expect(fields).toBeGreaterThan(100);
  });
});

const WRITTEN = [
  begin(0xdeadbeef, { context: UP, referenceImsi: '460020123456789' }),
  encodeTcap({ type: 'continue', originating: 1, destination: 2, context: UP, components: [encodeInvoke(-128, 7)] }),
  end(2, encodeResult(1, 56, tlv(0xa3), false), encodeError(2, 34), encodeReject(3, 0, 0), encodeReject(4, 3, 2)),
  encodeTcap({ type: 'abort', destination: 7, abortCause: 1 }),
  encodeTcap({ type: 'abort', destination: 7 }),
  encodeTcap({ type: 'end', destination: 7, context: UP }),
];

const TYPES = ['unidirectional', 'begin', 'end', 'continue', 'abort'];

/** Compares every TCAP layer of a file, and gives how many fields were the same. */
function compareLayers(file: string): number {
  const scene = new TcapScene();
  let fields = 0;
  const layers = tsharkLayers(file, 'tcap', 'tcap');
  expect(layers.length, file).toBeGreaterThan(0);
  for (const layer of layers) {
    const seen = scene.read(layer.bytes).seen as [Seen, ...Seen[]];
    const type = TYPES.find((name) => layer.values(`tcap.${name}_element`).length > 0);
    expect(seen[0].type, `${file} ${layer.frame}`).toBe(type);
    const text = (field: string) => (layer.values(field)[0] ?? '').replaceAll(':', '');
    expect(seen[0].otid).toBe(text('tcap.otid'));
    expect(seen[0].dtid).toBe(text('tcap.dtid'));
    const context = text('tcap.application_context_name');
    if (context !== '') expect(`0.4.0.0.1.${seen[0].context}`).toBe(context);
    const count = Number(layer.values('tcap.components')[0] ?? 0);
    expect(seen.filter(({ index }) => index >= 0).length).toBe(count);
    fields += 5;
  }
  return fields;
}

describe('bad input', () => {
  const WHOLE = [
    ...WRITTEN,
    ansi(0xe2, '01020304', ANSI_INVOKE),
    ansi(0xe5, '0a0b0c0d01020304', tlv(0xed, tlv(0xcf, '0605'), tlv(0xd0, '0801'), tlv(0x30))),
  ];

  it('cut at any length keeps what was whole, and says where it stopped', () => {
    for (const bytes of WHOLE) {
      const whole = new TcapScene().read(bytes).seen;
      for (let length = 0; length < bytes.length; length++) {
        const { seen, stop } = new TcapScene().read(bytes.subarray(0, length));
        expect(stop, `${bytes.toString('hex')} cut at ${length}`).not.toBe(null);
        expect(seen.length).toBeLessThanOrEqual(Math.max(1, whole.length));
        for (const [index, part] of seen.entries()) {
          const { otid, dtid, invokeId, opcode, error, context } = whole[Math.min(index, whole.length - 1)]!;
          expect(part.type).toBe(whole[0]!.type);
          if (part.otid !== '' && !part.ansi) expect(part.otid).toBe(otid);
          if (part.dtid !== '' && !part.ansi) expect(part.dtid).toBe(dtid);
          if (part.context !== '') expect(part.context).toBe(context);
          if (part.index < 0) continue;
          expect([null, invokeId]).toContain(part.invokeId);
          expect([-1, opcode]).toContain(part.opcode);
          expect([-1, error]).toContain(part.error);
        }
        const last = seen.at(-1);
        if (last !== undefined) expect(last.stop).not.toBe(null);
      }
    }
  });

  it('of any bytes, or with any byte changed, is read without a throw', () => {
    const random = new Random(3, 'tcap');
    const scene = new TcapScene({ tcapInvokes: 64, tcapDialogues: 64 });
    for (let round = 0; round < 20_000; round++) {
      const data = Buffer.from(random.pick(WHOLE));
      for (let changes = random.integer(1, 4); changes > 0; changes--) {
        data[random.integer(0, data.length - 1)] = random.chance(0.5)
          ? random.pick([0x80, 0x30, 0x00, 0xff, 0x6c, 0x1f])
          : random.integer(0, 255);
      }
      const { seen } = scene.read(data);
      expect(seen.length).toBeLessThanOrEqual(data.length);
      scene.read(randomBytes(random, random.integer(0, 60)));
    }
  });
});
