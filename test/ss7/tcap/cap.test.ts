import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { ComponentType } from '../../../src/ss7/message.ts';
import { createOperation } from '../../../src/ss7/operation.ts';
import { capOperationName, isCapContext, readCap } from '../../../src/ss7/tcap/cap.ts';
import * as encode from '../../../src/ss7/tcap/cap-encode.ts';
import { CAP_OPERATIONS, CapOpcode } from '../../../src/ss7/tcap/cap-operations.ts';
import type { ContextName } from '../../../src/ss7/tcap/tcap-encode.ts';
import { dialogue, type Invoke, invoked, withInvokes } from '../../support/cap.ts';
import { operationTexts, tlv } from '../../support/tcap.ts';
import { tsharkFields } from '../../support/tshark.ts';

const { phase1, phase2, phase3, phase4, sms, gprs } = encode.CapContext;
type Texts = Record<string, string | number>;

/** What is read of an invoke, and where reading stopped. */
function read(invoke: Invoke, context: ContextName = phase4) {
  const operation = createOperation();
  const stop = readCap(invoked(invoke), dialogue(context), operation);
  return { texts: operationTexts(operation), stop, operation };
}

/** An operation written by hand, what it says, and the same in fields of tshark. */
interface Written {
  name: string;
  opcode: number;
  context: ContextName;
  argument: Buffer;
  says: Texts;
  witness: Record<string, readonly string[]>;
}

/** +86 139 1234 5678 as a called party number (Q.763 §3.9), as a calling one whose presentation is restricted, as an AddressString. */
const CALLED = '84 10 683119325476 08';
const RESTRICTED = '84 17 683119325476 08';
const ADDRESS = '91 683119325476 f8';
const TEXT = '8613912345678';
/** 460-00, area 6151, cell 1. */
const CGI = '64f000 1807 0001';
const LAI = '64f000 1807';

/** Beginning of an initialDPGPRS (29.078 §8.1.1). */
const PACKETS = [
  tlv(0x80, '09'),
  tlv(0x81, '0b'),
  tlv(0x82, ADDRESS),
  tlv(0x83, '64001032547698f0'),
  tlv(0x84, '0262102030405023'),
];
const PACKETS_SAY: Texts = {
  serviceKey: 9,
  eventType: 11,
  msisdn: TEXT,
  imsi: '460001234567890',
  localTime: '0262102030405023',
};

const WRITTEN: readonly Written[] = [
  {
    name: 'initialDP: numbers with their nature, plan and presentation',
    opcode: CapOpcode.initialDP,
    context: phase4,
    argument: tlv(0x30, tlv(0x80, '01'), tlv(0x82, '03 10 3119 32'), tlv(0x83, RESTRICTED)),
    says: { serviceKey: 1, called: '139123', calling: TEXT },
    witness: { 'isup.called': ['139123'], 'isup.calling': [TEXT] },
  },
  {
    name: 'initialDP: a service area, a bearer service, a cause, a forwarded-to number',
    opcode: CapOpcode.initialDP,
    context: phase4,
    argument: tlv(
      0x30,
      tlv(0x80, '0080'),
      tlv(0x91, '84 93'),
      tlv(0xbf34, tlv(0x02, '00'), tlv(0xa3, tlv(0x81, LAI))),
      tlv(0xbf35, tlv(0x82, '26')),
      tlv(0xbf3b, tlv(0x81, CALLED)),
    ),
    says: { serviceKey: 128, cause: 19, cell: '460-00-6151--1', bearerService: 0x26, forwardedTo: TEXT },
    witness: { 'camel.serviceKey': ['128'], 'camel.cause_indicator': ['19'], 'gsm_map.laiFixedLength': ['64f0001807'] },
  },
  {
    name: 'connect: whom the call is said to come from',
    opcode: CapOpcode.connect,
    context: phase4,
    argument: tlv(0x30, tlv(0xa0, tlv(0x04, CALLED)), tlv(0x9c, '0a'), tlv(0x9d, RESTRICTED)),
    says: { called: TEXT, category: 10, redirecting: TEXT },
    witness: { 'isup.called': [TEXT], 'isup.redirecting': [TEXT] },
  },
  {
    name: 'releaseCall: with an octet of recommendation',
    opcode: CapOpcode.releaseCall,
    context: phase4,
    argument: tlv(0x04, '04 80 95'),
    says: { cause: 21 },
    witness: { 'camel.cause_indicator': ['21'] },
  },
  {
    name: 'releaseCall: all call segments with extension',
    opcode: CapOpcode.releaseCall,
    context: phase4,
    argument: tlv(0xa2, tlv(0x80, '84 9f')),
    says: { cause: 31 },
    witness: { 'camel.cause_indicator': ['31'] },
  },
  {
    name: 'releaseSMS: barred (24.011 §8.2.5.4)',
    opcode: CapOpcode.releaseSMS,
    context: sms,
    argument: tlv(0x04, '0a'),
    says: { cause: 10 },
    witness: { 'camel.RP_Cause': ['10'] },
  },
  {
    name: 'eventReportBCSM: busy, forwarded',
    opcode: CapOpcode.eventReportBCSM,
    context: phase4,
    argument: tlv(
      0x30,
      tlv(0x80, '0d'),
      tlv(0xa2, tlv(0xa8, tlv(0x80, '84 91'), tlv(0x9f32), tlv(0x9f34, CALLED))),
      tlv(0xa3, tlv(0x81, '02')),
    ),
    says: { eventType: 13, cause: 17, forwardedTo: TEXT, leg: 2 },
    witness: { 'camel.eventTypeBCSM': ['13'], 'camel.cause_indicator': ['17'], 'isup.called': [TEXT] },
  },
  {
    name: 'eventReportBCSM: no answer, forwarded',
    opcode: CapOpcode.eventReportBCSM,
    context: phase4,
    argument: tlv(0x30, tlv(0x80, '0e'), tlv(0xa2, tlv(0xa9, tlv(0x9f34, CALLED))), tlv(0xa3, tlv(0x81, '02'))),
    says: { eventType: 14, forwardedTo: TEXT, leg: 2 },
    witness: { 'camel.eventTypeBCSM': ['14'], 'isup.called': [TEXT] },
  },
  ...(
    [
      [19, 0xad],
      [27, 0xb4],
      [50, 0xbf32],
      [51, 0xbf33],
    ] as const
  ).map(([event, tag]) => ({
    name: `eventReportBCSM: where the subscriber is, event ${event}`,
    opcode: CapOpcode.eventReportBCSM,
    context: phase4,
    argument: tlv(
      0x30,
      tlv(0x80, Buffer.of(event)),
      tlv(0xa2, tlv(tag, tlv(0xbf32, tlv(0x81, ADDRESS), tlv(0xa3, tlv(0x80, CGI))))),
      tlv(0xa3, tlv(0x81, '01')),
    ),
    says: { eventType: event, vlr: TEXT, cell: '460-00-6151-1', leg: 1 },
    witness: {
      'camel.eventTypeBCSM': [String(event)],
      'gsm_map.cellGlobalIdOrServiceAreaIdFixedLength': ['64f00018070001'],
    },
  })),
  {
    name: 'applyChargingReport: after a tariff switch',
    opcode: CapOpcode.applyChargingReport,
    context: phase4,
    argument: tlv(
      0x04,
      tlv(0xa0, tlv(0xa0, tlv(0x81, '01')), tlv(0xa1, tlv(0xa1, tlv(0x80, '64'), tlv(0x81, '0258'))), tlv(0x82, 'ff')),
    ),
    says: { leg: 1, elapsed: 700 },
    witness: { 'camel.timeSinceTariffSwitch': ['100'], 'camel.tariffSwitchInterval': ['600'] },
  },
  {
    name: 'callInformationReport: connected time and release cause',
    opcode: CapOpcode.callInformationReport,
    context: phase4,
    argument: tlv(
      0x30,
      tlv(
        0xa0,
        tlv(0x30, tlv(0x80, '02'), tlv(0xa1, tlv(0x82, '0258'))),
        tlv(0x30, tlv(0x80, '1e'), tlv(0xa1, tlv(0x9e, '84 90'))),
      ),
      tlv(0xa3, tlv(0x81, '02')),
    ),
    says: { elapsed: 600, cause: 16, leg: 2 },
    witness: { 'camel.callConnectedElapsedTimeValue': ['600'], 'camel.cause_indicator': ['16'] },
  },
  {
    name: 'initiateCallAttempt: whom and in whose name',
    opcode: CapOpcode.initiateCallAttempt,
    context: phase4,
    argument: tlv(0x30, tlv(0xa0, tlv(0x04, CALLED)), tlv(0x9e, RESTRICTED), tlv(0x9f33, '0102')),
    says: { called: TEXT, calling: TEXT, callReference: '0102' },
    witness: { 'isup.called': [TEXT], 'isup.calling': [TEXT], 'camel.callReferenceNumber': ['0102'] },
  },
  {
    name: 'continueWithArgument',
    opcode: CapOpcode.continueWithArgument,
    context: phase4,
    argument: tlv(0x30, tlv(0x8c, '0b')),
    says: { category: 11 },
    witness: { 'camel.callingPartysCategory': ['11'] },
  },
  {
    name: 'disconnectLeg',
    opcode: CapOpcode.disconnectLeg,
    context: phase4,
    argument: tlv(0x30, tlv(0xa0, tlv(0x80, '02')), tlv(0x81, '84 9f')),
    says: { leg: 2, cause: 31 },
    witness: { 'camel.cause_indicator': ['31'] },
  },
  {
    name: 'entityReleased: a call segment',
    opcode: CapOpcode.entityReleased,
    context: phase4,
    argument: tlv(0xa0, tlv(0x80, '01'), tlv(0x82, '84 a6')),
    says: { cause: 38 },
    witness: { 'camel.cause_indicator': ['38'] },
  },
  {
    name: 'entityReleased: a leg',
    opcode: CapOpcode.entityReleased,
    context: phase4,
    argument: tlv(0xa1, tlv(0xa0, tlv(0x80, '01')), tlv(0x82, '84 a9')),
    says: { leg: 1, cause: 41 },
    witness: { 'camel.cause_indicator': ['41'] },
  },
  {
    name: 'initialDPSMS: in the packet domain',
    opcode: CapOpcode.initialDPSMS,
    context: sms,
    argument: tlv(
      0x30,
      tlv(0x80, '07'),
      tlv(0x84, '64001032547698f0'),
      tlv(0xa6, tlv(0x80, CGI), tlv(0x81, '64f000 1808 01'), tlv(0x83, ADDRESS)),
      tlv(0x90, ADDRESS),
      tlv(0x94, ADDRESS),
    ),
    says: { called: TEXT, serviceKey: 7, imsi: '460001234567890', cell: '460-00-6151-1', sgsn: TEXT },
    witness: { 'e212.imsi': ['460001234567890'], 'camel.sgsn_Number': ['91683119325476f8', '91683119325476f8'] },
  },
  {
    name: 'connectSMS',
    opcode: CapOpcode.connectSMS,
    context: sms,
    argument: tlv(0x30, tlv(0x80, ADDRESS), tlv(0x81, ADDRESS), tlv(0x82, ADDRESS)),
    says: { calling: TEXT, called: TEXT, serviceCentre: TEXT },
    witness: { 'camel.sMSCAddress': ['91683119325476f8'] },
  },
  {
    name: 'initialDPGPRS: a routeing area, and the cell in it',
    opcode: CapOpcode.initialDPGPRS,
    context: gprs,
    argument: tlv(0x30, ...PACKETS, tlv(0x89, `${LAI}05`), tlv(0xac, tlv(0x80, CGI))),
    says: { ...PACKETS_SAY, cell: '460-00-6151-1' },
    witness: { 'camel.routeingAreaIdentity': ['64f000180705'] },
  },
  {
    name: 'initialDPGPRS: a routeing area alone',
    opcode: CapOpcode.initialDPGPRS,
    context: gprs,
    argument: tlv(0x30, ...PACKETS, tlv(0x89, `${LAI}05`)),
    says: { ...PACKETS_SAY, cell: '460-00-6151--1' },
    witness: { 'camel.routeingAreaIdentity': ['64f000180705'] },
  },
  {
    name: 'eventReportBCSM: collected digits of phase 4',
    opcode: CapOpcode.eventReportBCSM,
    context: phase4,
    argument: tlv(
      0x30,
      tlv(0x80, '02'),
      tlv(0xa2, tlv(0xbf34, tlv(0xa0), tlv(0xa1), tlv(0xa2, tlv(0x80, CALLED)))),
      tlv(0xa3, tlv(0x81, '01')),
    ),
    says: { eventType: 2, called: TEXT, leg: 1 },
    witness: { 'camel.eventTypeBCSM': ['2'], 'isup.called': [TEXT] },
  },
  {
    name: 'initialDPGPRS',
    opcode: CapOpcode.initialDPGPRS,
    context: gprs,
    argument: tlv(0x30, ...PACKETS, tlv(0xac, tlv(0x80, CGI), tlv(0x83, ADDRESS)), tlv(0x91, '53430916325476f8')),
    says: {
      ...PACKETS_SAY,
      cell: '460-00-6151-1',
      sgsn: TEXT,
      imei: '353490612345678',
    },
    witness: { 'camel.gPRSEventType': ['11'], 'e212.imsi': ['460001234567890'], 'camel.iMEI': ['53430916325476f8'] },
  },
  ...(
    [
      [2, 0xa0, 0xa0],
      [14, 0xa1, 0xa2],
      [11, 0xa4, 0xa3],
      [12, 0xa5, 0xa4],
    ] as const
  ).map(([event, tag, location]) => ({
    name: `eventReportGPRS: event ${event}, in a routeing area`,
    opcode: CapOpcode.eventReportGPRS,
    context: gprs,
    argument: tlv(
      0x30,
      tlv(0x80, Buffer.of(event)),
      tlv(0xa1, tlv(0x80, '00')),
      tlv(0xa2, tlv(tag, tlv(location, tlv(0x81, `${LAI} 05`), tlv(0x83, ADDRESS)))),
    ),
    says: { eventType: event, cell: '460-00-6151--1', sgsn: TEXT },
    witness: { 'camel.gPRSEventType': [String(event)], 'camel.routeingAreaIdentity': ['64f000180705'] },
  })),
];

describe('CAP operations written by hand', () => {
  it.each(WRITTEN)('$name', ({ opcode, argument, context, says }) => {
    expect(read({ opcode, argument }, context)).toMatchObject({ texts: says, stop: null });
  });

  it('say the same to tshark, which finds nothing wrong with them', () => {
    const fields = [...new Set(WRITTEN.flatMap(({ witness }) => Object.keys(witness)))];
    const rows = withInvokes(WRITTEN, 146, (file) => tsharkFields(file, 'camel', ['_ws.expert.message', ...fields]));
    expect(rows).toHaveLength(WRITTEN.length);
    for (const [index, { name, witness }] of WRITTEN.entries()) {
      const [experts, ...values] = rows[index]!;
      expect(experts, name).toEqual([]);
      for (const [field, expected] of Object.entries(witness)) {
        expect(values[fields.indexOf(field)], `${name}: ${field}`).toEqual(expected);
      }
    }
  });

  it('say nature of address, plan and presentation of numbers', () => {
    const { operation } = read(WRITTEN[0]!);
    expect(operation.called).toMatchObject({ nature: 3, plan: 1, presentation: 0 });
    expect(operation.calling).toMatchObject({ nature: 4, plan: 1, presentation: 1 });
    expect(read(WRITTEN.find(({ name }) => name === 'connectSMS')!).operation.calling).toMatchObject({
      nature: 4,
      plan: 1,
    });
  });
});

describe('CAP arguments', () => {
  it.each([
    ['without an extension bit: no octet 3a stands there', '11 1487 0850 40f7', '41788005047'],
    ['of the national plan', 'a1 3119 3254 76f8', '13912345678'],
    ['with star and hash', '81 2a 01 fb', '*210#'],
  ])('a dialled number %s', (_, bytes, digits) => {
    expect(read({ opcode: 0, argument: tlv(0x30, tlv(0x9f38, bytes)) }).texts.called).toBe(digits);
  });

  it('a destination of a short message that is text has no digits', () => {
    expect(read({ opcode: 60, argument: tlv(0x30, tlv(0x81, 'd0 c8329bfd')) }, sms).texts).toEqual({});
  });

  it.each([
    ['1', phase1],
    ['2', phase2],
  ])('the second element of the extension is the gateway MSC in phase %s', (_, context) => {
    const argument = tlv(0x30, tlv(0xbf3b, tlv(0x81, ADDRESS)));
    expect(read({ opcode: 0, argument }, context).texts).toEqual({ gmsc: TEXT });
  });

  it.each([
    ['3', phase3],
    ['4', phase4],
    ['that is not known', { context: -1, version: -1, arc: -1 }],
  ])('the first element of the extension is the gateway MSC in phase %s', (_, context) => {
    const argument = tlv(0x30, tlv(0xbf3b, tlv(0x80, ADDRESS)));
    expect(read({ opcode: 0, argument }, context).texts).toEqual({ gmsc: TEXT });
  });

  it.each([
    ['00ffffffff', undefined],
    ['91555555555555f5', undefined],
    ['7fffffff', 2 ** 31 - 1],
    ['85', 133],
    ['', undefined],
  ])('a service key of %s', (bytes, serviceKey) => {
    expect(read({ opcode: 0, argument: tlv(0x30, tlv(0x80, bytes)) }).texts.serviceKey).toBe(serviceKey);
  });

  it.each(['83', '84', '', '04 80'])('a cause of octets "%s" says none', (bytes) => {
    expect(read({ opcode: CapOpcode.releaseCall, argument: tlv(0x04, bytes) }).texts).toEqual({});
  });

  it.each([0x82, 0x83, 0x85, 0x8a, 0x8c, 0x9d, 0x9f38])('an empty element %i says nothing', (tag) => {
    expect(read({ opcode: 0, argument: tlv(0x30, tlv(tag)) })).toMatchObject({ texts: {}, stop: null });
  });

  it('of what is empty inside say nothing', () => {
    const argument = tlv(0x30, tlv(0xa2, tlv(0xa7)), tlv(0xa3, tlv(0x81)));
    expect(read({ opcode: CapOpcode.eventReportBCSM, argument }).texts).toEqual({});
    expect(read({ opcode: 0, argument: tlv(0x30, tlv(0xbf35, tlv(0x82), tlv(0x83))) }).texts).toEqual({});
  });

  it('of results, errors and operations that are only named are left', () => {
    const operation = createOperation();
    const component = invoked(WRITTEN[0]!);
    for (const type of [ComponentType.result, ComponentType.error, ComponentType.reject]) {
      expect(readCap({ ...component, type }, dialogue(phase4), operation)).toBeNull();
      expect(operationTexts(operation)).toEqual({});
    }
    for (const opcode of [31, 33, 34, 45, 86, 120, -1]) {
      expect(read({ opcode, argument: tlv(0x30, tlv(0x80, '01')) })).toMatchObject({ texts: {}, stop: null });
    }
  });

  it('leave nothing of the message before', () => {
    const operation = createOperation();
    for (const { opcode, argument, context } of WRITTEN)
      readCap(invoked({ opcode, argument }), dialogue(context), operation);
    readCap(invoked({ opcode: 31 }), dialogue(phase4), operation);
    expect(operationTexts(operation)).toEqual({});
    expect(operation.protocol).toBe('cap');
  });
});

describe('CAP that is cut short or broken', () => {
  it('keeps what was there at every length', () => {
    for (const { name, opcode, argument, context, says } of WRITTEN) {
      for (let length = 0; length < argument.length; length++) {
        const { texts, stop } = read({ opcode, argument: argument.subarray(0, length) }, context);
        if (length > 0) expect(stop, `${name} at ${length}`).toMatchObject({ layer: 'cap' });
        for (const [key, value] of Object.entries(texts)) {
          // Of a time in two parts the first one alone may be there.
          if (key === 'elapsed' && name.includes('tariff')) expect([100, 700]).toContain(value);
          // Of a cell the area before it.
          else if (key === 'cell' && name.includes('the cell in it')) expect(value).toMatch(/^460-00-6151-/);
          else expect(value, `${name} at ${length}: ${key}`).toBe(says[key]);
        }
      }
    }
  });

  it('never throws', () => {
    const seeded = new Random(7);
    const random = (): number => seeded.uint32() / 2 ** 32;
    const opcodes = Object.keys(CAP_OPERATIONS).map(Number);
    const operation = createOperation();
    for (let round = 0; round < 20_000; round++) {
      const written = WRITTEN[Math.floor(random() * WRITTEN.length)]!;
      const argument = Buffer.from(written.argument);
      for (let change = 0; change < 1 + random() * 4; change++) {
        argument[Math.floor(random() * argument.length)] = Math.floor(random() * 256);
      }
      const opcode = random() < 0.8 ? written.opcode : opcodes[Math.floor(random() * opcodes.length)]!;
      readCap(invoked({ opcode, argument }), dialogue(written.context), operation);
      operationTexts(operation);
    }
  });
});

it('application contexts of CAP', () => {
  const contexts: [number, number, number, boolean][] = [
    [0, 50, 0, true],
    [0, 50, 1, true],
    [0, 51, 1, true],
    [0, 52, 1, true],
    [20, 3, 14, true],
    [21, 3, 4, true],
    [21, 3, 61, true],
    [22, 3, 14, true],
    [23, 3, 4, true],
    // networkLocUpContext and others of MAP, INAP, none.
    [0, 1, 3, false],
    [0, 49, 1, false],
    [0, 53, 1, false],
    [1001, 0, 0, false],
    [-1, -1, -1, false],
  ];
  for (const [arc, context, version, expected] of contexts) {
    expect(isCapContext(dialogue({ arc, context, version })), `${arc}.${context}.${version}`).toBe(expected);
  }
});

it('an operation code without a name', () => {
  expect(capOperationName(1)).toBeNull();
  expect(capOperationName(-1)).toBeNull();
});
