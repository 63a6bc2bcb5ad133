import { describe, expect, it } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { Random } from '../../../src/base/random.ts';
import { ComponentType, type Tcap } from '../../../src/ss7/message.ts';
import { createOperation } from '../../../src/ss7/operation.ts';
import { createSccp } from '../../../src/ss7/sccp/sccp.ts';
import { CapOpcode } from '../../../src/ss7/tcap/cap-operations.ts';
import { inapOperationName, isInapContext, readInap } from '../../../src/ss7/tcap/inap.ts';
import { INAP_OPERATIONS } from '../../../src/ss7/tcap/inap-operations.ts';
import { createComponent, createTcap, TcapReader } from '../../../src/ss7/tcap/tcap.ts';
import { type Invoke, invoked, withInvokes } from '../../support/cap.ts';
import { msu } from '../../support/ss7.ts';
import { operationTexts, tlv } from '../../support/tcap.ts';
import { tsharkFields } from '../../support/tshark.ts';

/** Subsystem number by which tshark knows INAP. */
const SUBSYSTEM = 241;
/** +86 139 1234 5678 as a called party number, and as a calling one that may be shown. */
const CALLED = '84 10 683119325476 08';
const CALLING = '84 13 683119325476 08';
const TEXT = '8613912345678';

/** Operations written by hand, what they say, and the same in fields of tshark. */
const WRITTEN: readonly (Invoke & {
  name: string;
  argument: Buffer;
  says: Record<string, string | number>;
  witness: Record<string, readonly string[]>;
})[] = [
  {
    name: 'initialDP',
    opcode: CapOpcode.initialDP,
    argument: tlv(
      0x30,
      tlv(0x80, '03e8'),
      tlv(0x82, CALLED),
      tlv(0x83, CALLING),
      tlv(0x85, '0a'),
      tlv(0x8c, CALLING),
      tlv(0xbb, tlv(0x80, '8090a3')),
      tlv(0x9c, '03'),
      tlv(0x9d, CALLING),
    ),
    says: {
      serviceKey: 1000,
      called: TEXT,
      calling: TEXT,
      category: 10,
      originalCalled: TEXT,
      bearer: '8090a3',
      eventType: 3,
      redirecting: TEXT,
    },
    witness: {
      'inap.serviceKey': ['1000'],
      'isup.called': [TEXT],
      'isup.calling': [TEXT],
      'isup.original_called_number': [TEXT],
      'isup.redirecting': [TEXT],
      'inap.eventTypeBCSM': ['3'],
    },
  },
  {
    name: 'initialDP, dialled',
    opcode: CapOpcode.initialDP,
    argument: tlv(0x30, tlv(0x80, '03e8'), tlv(0x81, CALLED), tlv(0x83, CALLING)),
    says: { serviceKey: 1000, called: TEXT, calling: TEXT },
    witness: { 'inap.serviceKey': ['1000'], 'isup.called': [TEXT], 'isup.calling': [TEXT] },
  },
  ...[1, 2, 3, 9, 15].map((opcode) => ({
    name: `detection point ${opcode}`,
    opcode,
    argument: tlv(
      0x30,
      tlv(0xa0, tlv(0xa0, tlv(0x80, '01')), tlv(0x82, CALLED), tlv(0x83, CALLING), tlv(0x84, '0a'), tlv(0x89, CALLING)),
    ),
    says: { called: TEXT, calling: TEXT, category: 10, locationNumber: TEXT },
    witness: { 'isup.called': [TEXT], 'isup.calling': [TEXT], 'inap.locationNumber': ['841368311932547608'] },
  })),
  ...[2, 3].map((opcode) => ({
    name: `detection point ${opcode}, dialled`,
    opcode,
    argument: tlv(0x30, tlv(0xa0, tlv(0xa0, tlv(0x80, '01')), tlv(0x83, CALLING)), tlv(0x81, CALLED)),
    says: { called: TEXT, calling: TEXT },
    witness: { 'isup.called': [TEXT], 'isup.calling': [TEXT] },
  })),
  ...[0, 1].map((event) => ({
    name: `eventReportBCSM: digits ${event}`,
    opcode: CapOpcode.eventReportBCSM,
    argument: tlv(0x30, tlv(0x80, `0${event + 2}`), tlv(0xa2, tlv(0xa0 + event, tlv(0x80, CALLED)))),
    says: { eventType: event + 2, called: TEXT },
    witness: { 'inap.eventTypeBCSM': [`${event + 2}`], 'isup.called': [TEXT] },
  })),
  {
    name: 'initiateCallAttempt',
    opcode: CapOpcode.initiateCallAttempt,
    argument: tlv(0x30, tlv(0xa0, tlv(0x04, CALLED)), tlv(0x9e, CALLING)),
    says: { called: TEXT, calling: TEXT },
    witness: { 'isup.called': [TEXT], 'isup.calling': [TEXT] },
  },
  {
    name: 'connect, in the name of another',
    opcode: CapOpcode.connect,
    argument: tlv(0x30, tlv(0xa0, tlv(0x04, CALLED)), tlv(0x9b, CALLING)),
    says: { called: TEXT, calling: TEXT },
    witness: { 'isup.called': [TEXT], 'isup.calling': [TEXT] },
  },
  {
    name: 'eventReportBCSM: disconnect',
    opcode: CapOpcode.eventReportBCSM,
    argument: tlv(
      0x30,
      tlv(0x80, '09'),
      tlv(0xa2, tlv(0xa7, tlv(0x80, '84 90'))),
      tlv(0xa3, tlv(0x81, '02')),
      tlv(0xa4, tlv(0x80, '01')),
    ),
    says: { eventType: 9, cause: 16, leg: 2 },
    witness: { 'inap.eventTypeBCSM': ['9'], 'inap.receivingSideID': ['02'], 'inap.releaseCause': ['8490'] },
  },
  {
    name: 'eventReportBCSM: busy',
    opcode: CapOpcode.eventReportBCSM,
    argument: tlv(0x30, tlv(0x80, '05'), tlv(0xa2, tlv(0xa3, tlv(0x80, '84 91'))), tlv(0xa3, tlv(0x81, '02'))),
    says: { eventType: 5, cause: 17, leg: 2 },
    witness: { 'inap.eventTypeBCSM': ['5'], 'inap.busyCause': ['8491'] },
  },
  {
    name: 'releaseCall: one call segment',
    opcode: CapOpcode.releaseCall,
    argument: tlv(0xa1, tlv(0x80, '02'), tlv(0x81, '84 91')),
    says: { cause: 17 },
    witness: { 'inap.releaseCause': ['8491'] },
  },
  {
    name: 'releaseCall',
    opcode: CapOpcode.releaseCall,
    argument: tlv(0x04, '84 9f'),
    says: { cause: 31 },
    witness: {},
  },
];

function read(invoke: Invoke) {
  const operation = createOperation();
  const stop = readInap(invoked(invoke), operation);
  return { texts: operationTexts(operation), stop, protocol: operation.protocol };
}

describe('INAP operations written by hand', () => {
  it.each(WRITTEN)('$name', ({ opcode, argument, says }) => {
    expect(read({ opcode, argument })).toEqual({ texts: says, stop: null, protocol: 'inap' });
  });

  it('say the same to tshark, which finds nothing wrong with them', () => {
    const fields = [...new Set(WRITTEN.flatMap(({ witness }) => Object.keys(witness)))];
    const rows = withInvokes(WRITTEN, SUBSYSTEM, (file) =>
      tsharkFields(file, 'inap', ['_ws.expert.message', ...fields]),
    );
    expect(rows).toHaveLength(WRITTEN.length);
    for (const [index, { name, witness }] of WRITTEN.entries()) {
      const [experts, ...values] = rows[index]!;
      expect(experts, name).toEqual([]);
      for (const [field, expected] of Object.entries(witness)) {
        expect(values[fields.indexOf(field)], `${name}: ${field}`).toEqual(expected);
      }
    }
  });

  it('keep what was there at every length', () => {
    for (const { name, opcode, argument, says } of WRITTEN) {
      for (let length = 1; length < argument.length; length++) {
        const { texts, stop } = read({ opcode, argument: argument.subarray(0, length) });
        expect(stop, `${name} at ${length}`).toMatchObject({ layer: 'inap' });
        expect(says).toMatchObject(texts);
      }
    }
  });

  it('never throw', () => {
    const random = new Random(11);
    const operation = createOperation();
    for (let round = 0; round < 10_000; round++) {
      const written = WRITTEN[random.uint32() % WRITTEN.length]!;
      const argument = Buffer.from(written.argument);
      argument[random.uint32() % argument.length] = random.uint32() & 0xff;
      argument[random.uint32() % argument.length] = random.uint32() & 0xff;
      readInap(invoked({ opcode: written.opcode, argument }), operation);
      operationTexts(operation);
    }
  });
});

it('what a charging report says is the operator’s own, results say nothing', () => {
  const charged = tlv(0x04, tlv(0xa0, tlv(0xa1, tlv(0x80, '1a'))));
  expect(read({ opcode: CapOpcode.applyChargingReport, argument: charged })).toMatchObject({ texts: {}, stop: null });
  const operation = createOperation();
  const result = { ...invoked(WRITTEN[0]!), type: ComponentType.result };
  expect(readInap(result, operation)).toBeNull();
  expect(operationTexts(operation)).toEqual({});
});

it('every operation has the name that tshark gives it', () => {
  const opcodes = Array.from({ length: 160 }, (_, opcode) => opcode);
  const names = withInvokes(
    opcodes.map((opcode) => ({ opcode })),
    SUBSYSTEM,
    (file) => tsharkFields(file, 'inap', ['_ws.col.info']).map(([info]) => info?.[0]?.trim().split(' ').at(-1)),
  );
  expect(names).toHaveLength(opcodes.length);
  for (const [opcode, name] of names.entries()) {
    expect(inapOperationName(opcode), `${opcode}`).toBe(/^\(/.test(name ?? '') ? null : name);
  }
  expect(Object.keys(INAP_OPERATIONS)).toHaveLength(names.filter((name) => !/^\(/.test(name ?? '')).length);
});

describe('application contexts of INAP', () => {
  /** What a begin with this application context name is read as. */
  const contextOf = (name: string): Tcap => {
    const portion = tlv(0x28, tlv(0x06, '00118605010101'), tlv(0xa0, tlv(0x60, tlv(0xa1, tlv(0x06, name)))));
    const bytes = tlv(0x62, tlv(0x48, '00000001'), tlv(0x6b, portion));
    const tcap = createTcap();
    const reader = new TcapReader(DEFAULT_LIMITS, new Counters());
    const sccp = { ...createSccp(), data: bytes, end: bytes.length };
    reader.read(msu(bytes), sccp, 0, tcap, createComponent(), () => undefined);
    return tcap;
  };

  it.each([
    ['0.4.0.1.1.1.0.0', '04 00 01 01 01 00 00'],
    ['0.0.17.1218.8.1.1', '00 11 8942 08 01 01'],
    ['0.0.17.1228.3.4.0', '00 11 894c 03 04 00'],
    ['0.0.17.1238.3.4.0', '00 11 8956 03 04 00'],
    ['0.0.17.1248.3.4.0', '00 11 8960 03 04 00'],
  ])('%s is one', (name, octets) => {
    expect(isInapContext(contextOf(octets)), name).toBe(true);
  });

  it.each([
    ['0.4.0.0.1.0.50.1 of CAP', '04 00 00 01 00 32 01'],
    ['0.4.0.0.1.0.1.3 of MAP', '04 00 00 01 00 01 03'],
    ['0.0.17.1213.3.4.0', '00 11 893d 03 04 00'],
  ])('%s is none', (name, octets) => {
    expect(isInapContext(contextOf(octets)), name).toBe(false);
  });
});
