import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { encodeSccp } from '../../../src/ss7/sccp/sccp-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { encodeAddressString, encodeTbcd } from '../../../src/ss7/tcap/ber-encode.ts';
import { mapOperationName } from '../../../src/ss7/tcap/map.ts';
import * as map from '../../../src/ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult, encodeTcap, type TcapText } from '../../../src/ss7/tcap/tcap-encode.ts';
import { tsharkLayers } from '../../support/layers.ts';
import { MAP_MESSAGES, type MapMessage } from '../../support/map-messages.ts';
import { RARE_MAP_MESSAGES } from '../../support/map-rare.ts';
import { sharedCaptures } from '../../support/shared.ts';
import { withCapture } from '../../support/ss7.ts';
import { component, randomBytes, type Seen, TcapScene, tlv } from '../../support/tcap.ts';
import { tsharkFields } from '../../support/tshark.ts';

const MESSAGES = [...MAP_MESSAGES, ...RARE_MAP_MESSAGES];

/** A message of TCAP around the operation: its context stands in the dialogue portion, none in version 1. */
function messageOf({ kind, context, opcode, parameter }: MapMessage): Buffer {
  return encodeTcap({
    ...(kind === 'invoke' ? { type: 'begin', originating: 0x01020304 } : { type: 'end', destination: 0x01020304 }),
    ...(context === null ? {} : { context: { context: context[0], version: context[1] } }),
    components: [component(kind, 1, opcode, parameter)],
  });
}

function read(bytes: Buffer): Seen {
  return new TcapScene().read(bytes).seen[0]!;
}

describe('operations of MAP', () => {
  it.each(MESSAGES.map((message) => [`${message.kind} of ${message.name}`, message] as const))(
    'reads the %s',
    (_name, message) => {
      const seen = read(messageOf(message));
      expect(seen.opcode).toBe(message.opcode);
      expect(seen.operation).toEqual(message.says);
      expect(seen.stop).toBe(null);
    },
  );

  it('keeps of a message cut short what was whole, and says where it stopped', () => {
    for (const message of MESSAGES) {
      // A later element says that the number is another node's.
      if (/^sendRoutingInfoFor(SM|LCS), SGSN$/.test(message.name)) continue;
      const bytes = messageOf(message);
      for (let length = 0; length < bytes.length; length++) {
        const { seen, stop } = new TcapScene().read(bytes.subarray(0, length));
        expect(stop ?? seen[0]?.stop, `${message.name} cut at ${length}`).not.toBe(null);
        for (const [field, value] of Object.entries(seen[0]?.operation ?? {})) {
          // Services are read until one is found that forwards.
          if (message.name === 'insertSubscriberData' && field === 'ssCode') continue;
          expect(value, `${field} of ${message.name} cut at ${length}`).toBe(message.says[field]);
        }
      }
    }
  });

  // 3GPP TS 23.003 §2.2: an IMSI has 15 digits at most; 29.002 §17.7.8: 1111 fills the last octet.
  it.each([
    ['64000021436587f9', '460000123456789'],
    ['6400002143658709', '460000123456789'],
    ['64000021436587', '46000012345678'],
    ['64000021436587ff', '46000012345678'],
  ])('read the IMSI of %s', (octets, imsi) => {
    const parameter = tlv(0x30, tlv(0x04, Buffer.from(octets, 'hex')));
    const message = MESSAGES.find(({ name, kind }) => kind === 'invoke' && name.startsWith('updateLocation'))!;
    expect(read(messageOf({ ...message, parameter })).operation).toMatchObject({ imsi });
  });

  it('of any bytes, and with any byte changed, are read without a throw', () => {
    const random = new Random(4, 'map');
    const scene = new TcapScene({ tcapInvokes: 64, tcapDialogues: 64 });
    const messages = MESSAGES.map(messageOf);
    for (let round = 0; round < 20_000; round++) {
      const data = Buffer.from(random.pick(messages));
      for (let changes = random.integer(1, 3); changes > 0; changes--) {
        data[random.integer(0, data.length - 1)] = random.chance(0.5)
          ? random.pick([0x80, 0x30, 0x00, 0xff, 0x04, 0x81])
          : random.integer(0, 255);
      }
      scene.read(data);
      const junk = randomBytes(random, random.integer(0, 60));
      const opcode = random.integer(2, 72);
      scene.read(encodeTcap({ type: 'begin', originating: 1, components: [component('invoke', 1, opcode, junk)] }));
    }
  });

  it('takes the subscriber of a supplementary service from the dialogue', () => {
    const parameter = map.encodeRegisterSS({ ssCode: map.SsCode.busy, forwardedTo: '8613700112233' });
    const begin = encodeTcap({
      type: 'begin',
      originating: 1,
      context: map.MapContext.networkFunctionalSs,
      referenceImsi: '460020123456789',
      components: [encodeInvoke(1, 10, parameter)],
    });
    expect(read(begin).operation).toEqual({ imsi: '460020123456789', ssCode: 0x29, forwardedTo: '8613700112233' });
    // By a number: the numbering plan of the reference says so (29.002 §17.7.8).
    const byNumber = Buffer.from(begin);
    byNumber[byNumber.indexOf(0x96)] = 0x91;
    expect(read(byNumber).operation).toMatchObject({ msisdn: '460020123456789' });
    // Other operations say themselves whose they are.
    const other = Buffer.from(begin);
    other[other.indexOf(Buffer.from([0x02, 0x01, 0x0a])) + 2] = 45;
    expect(read(other).operation).toEqual({});
  });

  it('takes the subscriber of a dialogue from the MAP-open of exchanges of Ericsson', () => {
    /** processUnstructuredSS-Request in a dialogue whose MAP-OpenInfo has these elements behind its tag [0]. */
    const seen = (...open: Buffer[]) => {
      const information = tlv(0x28, tlv(0x06, '04000001010101'), tlv(0xa0, tlv(0xa0, ...open)));
      const request = tlv(0x60, tlv(0xa1, tlv(0x06, '04000001001302')), tlv(0xbe, information));
      const dialogue = tlv(0x6b, tlv(0x28, tlv(0x06, '00118605010101'), tlv(0xa0, request)));
      const parameter = tlv(0x30, tlv(0x04, '0f'), tlv(0x04, '2a596c3602'));
      return read(tlv(0x62, tlv(0x48, '00000001'), dialogue, tlv(0x6c, component('invoke', 0, 59, parameter))))
        .operation;
    };
    const exchange = tlv(0x81, encodeAddressString('8613900000001'));
    const msisdn = tlv(0x82, encodeAddressString('8613800138000'));
    const vlr = tlv(0x83, encodeAddressString('8613900000002'));
    // As octets of an AddressString the first two digits would be plan 4, plan 6, and one with bit 8 set.
    for (const imsi of ['460020123456789', '621301234567890', '286012345678901']) {
      expect(seen(tlv(0x80, encodeTbcd(imsi)), exchange, msisdn, vlr)).toMatchObject({ imsi, msisdn: '8613800138000' });
      expect(seen(tlv(0x80, encodeTbcd(imsi)), exchange, vlr)).toMatchObject({ imsi });
      const reference = tlv(0x80, encodeAddressString(imsi, 4, 6));
      expect(seen(reference, exchange, msisdn, vlr)).toMatchObject({ imsi, msisdn: '8613800138000' });
      expect(seen(reference, exchange)).toMatchObject({ imsi });
    }
    expect(seen(exchange, msisdn)).toMatchObject({ msisdn: '8613800138000' });
  });

  it('takes the IMSI that exchanges put behind an IMEI', () => {
    const argument = Buffer.concat([tlv(0x04, encodeTbcd('861234567890120')), tlv(0x00, encodeTbcd(IMSI))]);
    const begin = encodeTcap({
      type: 'begin',
      originating: 1,
      context: C.equipmentMngt,
      components: [encodeInvoke(1, 43, argument)],
    });
    expect(read(begin)).toMatchObject({ operation: { imei: '861234567890120', imsi: IMSI }, stop: null });
  });

  it('passes over operations that it does not read, errors, and results of unknown invokes', () => {
    for (const part of [
      component('invoke', 1, 29, tlv(0x30, tlv(0x04, '21436587'))),
      component('error', 1, 27, tlv(0x30, tlv(0x04, '21436587'))),
      tlv(0xa2, tlv(0x02, '01')),
    ]) {
      const seen = read(encodeTcap({ type: 'continue', originating: 1, destination: 2, components: [part] }));
      expect(seen.operation).toEqual({});
      expect(seen.stop).toBe(null);
    }
  });

  it('brings types of number to the nature of address of Q.763', () => {
    const types = { 129: 0, 145: 4, 161: 3, 177: 2, 193: 1 };
    for (const [octet, nature] of Object.entries(types)) {
      const parameter = tlv(0x04, Buffer.from([Number(octet), 0x21, 0x43]));
      expect(natureRead(component('invoke', 1, 58, parameter))).toBe(nature);
    }
  });

  it('has the names of the standard', () => {
    expect(mapOperationName(2)).toBe('updateLocation');
    expect(mapOperationName(46)).toBe('mo-forwardSM');
    expect(mapOperationName(68)).toBe('prepareHandover');
    expect(mapOperationName(200)).toBe(null);
  });
});

function natureRead(part: Buffer): number {
  const scene = new TcapScene();
  scene.read(encodeTcap({ type: 'begin', originating: 1, components: [part] }));
  return scene.operation.msisdn.nature;
}

const plain = (value: string) => value.replaceAll(':', '');
const tbcd = (value: string) =>
  plain(value)
    .replace(/(.)(.)/g, '$2$1')
    .replace(/f$/, '');
const number = (value: string) => tbcd(value).slice(2);
const decimal = (value: string) => String(Number(value));
const same = (value: string) => value;

/** Country and network in semi-octets (24.008 §10.5.1.3), area and cell in two octets each. */
function cell(value: string): string {
  const [, a, b, f, c, e, d, lac, ci] = /^(.)(.)(.)(.)(.)(.)(....)(....)?$/.exec(plain(value))!;
  return `${b}${a}${c}-${d}${e}${f === 'f' ? '' : f}-${Number.parseInt(lac!, 16)}-${ci ? Number.parseInt(ci, 16) : -1}`;
}

/** By field of ours: fields of tshark that hold the same, and how its value becomes ours. */
const WITNESS: Record<string, readonly (readonly [string, (value: string) => string])[]> = {
  imsi: [['e212.imsi', same]],
  msisdn: [
    ['gsm_map.ch.msisdn', number],
    ['gsm_map.ms.msisdn', number],
    ['gsm_map.sm.msisdn', number],
    ['gsm_map.ss.msisdn', number],
    ['gsm_map.sm.storedMSISDN', number],
    ['gsm_old.msisdn', number],
  ],
  imei: [
    ['gsm_map.ms.imei', tbcd],
    ['gsm_map.ms.imeisv', tbcd],
    ['gsm_map.tbcd_digits', same],
  ],
  msc: [
    ['gsm_map.ms.msc_Number', number],
    ['gsm_map.ch.msc_Number', number],
    ['gsm_map.ch.vmsc_Address', number],
    ['gsm_map.sm.networkNode_Number', number],
    ['gsm_map.lcs.networkNode_Number', number],
    ['gsm_map.ms.newMSC_Number', number],
  ],
  vlr: [
    ['gsm_map.ms.vlr_Number', number],
    ['gsm_map.ms.vlr_number', number],
    ['gsm_old.vlr_Number', number],
    ['gsm_map.ms.newVLR_Number', number],
  ],
  sgsn: [
    ['gsm_map.ms.sgsn_Number', number],
    ['gsm_map.sm.sgsn_Number', number],
  ],
  hlr: [['gsm_map.ms.hlr_Number', number]],
  gmsc: [
    ['gsm_map.ch.gmsc_Address', number],
    ['gsm_map.ch.gmsc_OrGsmSCF_Address', number],
  ],
  serviceCentre: [
    ['gsm_map.sm.serviceCentreAddress', number],
    ['gsm_map.sm.serviceCentreAddressDA', number],
    ['gsm_map.sm.serviceCentreAddressOA', number],
    ['gsm_old.serviceCentreAddressDA', number],
    ['gsm_old.serviceCentreAddressOA', number],
  ],
  roaming: [['gsm_map.ch.roamingNumber', number]],
  forwardedTo: [
    ['gsm_map.ms.forwardedToNumber', number],
    ['gsm_map.ch.forwardedToNumber', number],
    ['gsm_map.ss.forwardedToNumber', number],
  ],
  smsAddress: [
    ['gsm_sms.tp-da', same],
    ['gsm_sms.tp-oa', same],
    ['gsm_sms.tp-ra', same],
  ],
  smsType: [['gsm_sms.tp-mti', decimal]],
  tmsi: [
    ['gsm_map.tmsi', plain],
    ['gsm_map.ms.tmsi', plain],
  ],
  ussd: [['gsm_map.ss.ussd_String', plain]],
  ssCode: [
    ['gsm_map.ss.ss_Code', decimal],
    ['gsm_map.ms.ss_Code', decimal],
    ['gsm_map.ss.ss_Event', decimal],
  ],
  equipmentStatus: [['gsm_map.ms.equipmentStatus', decimal]],
  callReference: [['gsm_map.ch.callReferenceNumber', plain]],
  classmark: [['gsm_map.ms.ms_Classmark2', plain]],
  cell: [
    ['gsm_map.cellGlobalIdOrServiceAreaIdFixedLength', cell],
    ['gsm_map.laiFixedLength', cell],
    ['gsm_map.ms.previous_LAI', cell],
    // Behind the location area stands the code of the routeing area.
    ['gsm_map.ms.routeingAreaIdentity', (value) => cell(value.slice(0, -2))],
  ],
};

/** Where tshark 4.4 says something else, and why. */
const OTHERWISE = new Set([
  // Fillers are no country.
  'result of anyTimeInterrogation of a cell without a network cell',
  // It has cell and area of 4G apart.
  'result of anyTimeInterrogation, 4G cell',
  'result of provideSubscriberInfo, 4G alone cell',
  'invoke of purgeMS, 4G cell',
  // It reads the number of the HLR, which GSM 09.02 §17.7.1 says is there, as an IMSI.
  'result of updateLocation v1 imsi',
  'result of updateLocation v1 hlr',
  // It shows the code of the first service; here it is that of the first number that calls are forwarded to.
  'invoke of insertSubscriberData ssCode',
  // It leaves the network node's number as it is, though the indicator after it says that the node is an SGSN.
  'result of sendRoutingInfoForSM, SGSN msc',
  'result of sendRoutingInfoForLCS, SGSN msc',
  // It has no field for these in versions 1 and 2.
  'invoke of provideRoamingNumber callReference',
  // A string of IA5 characters, which it does not name.
  'invoke of processUnstructuredSS-Data ussd',
  'result of processUnstructuredSS-Data ussd',
]);

/** Compares what was read of each row's message with what tshark says; gives how many values were the same. */
function compare(rows: string[][][], messages: readonly { name: string; seen: readonly Seen[] }[]): number {
  let compared = 0;
  for (const [index, { name, seen }] of messages.entries()) {
    const row = rows[index]!;
    const numbers = row.at(-1)!;
    let at = 0;
    for (const [field, fields] of Object.entries(WITNESS)) {
      const theirs = fields.flatMap(([, text], place) => row[at + place]!.map((value) => text(value)));
      at += fields.length;
      if (OTHERWISE.has(`${name} ${field}`)) continue;
      const ours = seen.map(({ operation }) => operation[field]).filter((value) => value !== undefined);
      const about = `${field} in ${name}`;
      // tshark gives numbers without a name of their own as the number alone.
      if (theirs.length > 0 || ours.length === 0) expect(ours.map(String), about).toEqual(theirs.slice(0, 1));
      else expect(numbers, about).toContain(String(ours[0]));
      compared += ours.length;
    }
  }
  return compared;
}

/** Messages of phase 1 that tshark 4.4 reads by the rules of a later one. */
const NOT_WITNESSED = new Set(['invoke of updateLocation v1']);

const WITNESSED = [...Object.values(WITNESS).flatMap((fields) => fields.map(([name]) => name)), 'e164.msisdn'];

/** The messages in UDTs of a capture, read by tshark, which has nothing to complain of. */
function compareMade(messages: readonly { name: string; bytes: Buffer }[]): number {
  const packets = messages.map(({ bytes }) =>
    encodeSccp({ type: 'UDT', called: { ssn: 6 }, calling: { ssn: 7 }, data: bytes }),
  );
  return withCapture(142, packets, (file) => {
    const complaints = tsharkFields(file, '_ws.malformed || _ws.expert', ['frame.number', '_ws.expert.message']);
    expect(complaints).toEqual([]);
    const rows = tsharkFields(file, 'gsm_map', WITNESSED);
    expect(rows.length).toBe(messages.length);
    return compare(
      rows,
      messages.map(({ name, bytes }) => ({ name, seen: new TcapScene().read(bytes).seen })),
    );
  });
}

const IMSI = '460001234567890';
const MSISDN = '8613812345678';
const MSC = '8613900001';
const HLR = '8613800001';
const CENTRE = '8613800200500';
const FORWARD = '8613912340000';
const C = map.MapContext;

/** A transaction of one operation: what asks and what answers. */
function pair(
  name: string,
  context: NonNullable<TcapText['context']>,
  opcode: number,
  argument: Buffer,
  answer: Buffer | undefined,
): [string, TcapText][] {
  const begin: TcapText = { type: 'begin', originating: 7, context, components: [encodeInvoke(1, opcode, argument)] };
  const end: TcapText = { type: 'end', destination: 7, context, components: [encodeResult(1, opcode, answer)] };
  return [
    [`invoke of ${name}`, begin],
    [`result of ${name}`, end],
  ];
}

/** Location services (29.002 §17.7.13) and notices, which nobody here sends. */
const READ: [string, TcapText][] = [
  ...pair(
    'provideSubscriberLocation',
    { context: 38, version: 3 },
    83,
    tlv(
      0x30,
      tlv(0x30, tlv(0x80, '00')),
      tlv(0x04, encodeAddressString(HLR)),
      tlv(0x82, encodeTbcd(IMSI)),
      tlv(0x83, encodeAddressString(MSISDN)),
      tlv(0x85, encodeTbcd('861234567890120')),
    ),
    tlv(0x30, tlv(0x04, '1000000000000000'), tlv(0xa6, tlv(0x80, '64f00018070021'))),
  ),
  ...pair(
    'sendRoutingInfoForLCS',
    { context: 37, version: 3 },
    85,
    tlv(0x30, tlv(0x80, encodeAddressString(HLR)), tlv(0xa1, tlv(0x81, encodeAddressString(MSISDN)))),
    tlv(0x30, tlv(0xa0, tlv(0x80, encodeTbcd(IMSI))), tlv(0xa1, tlv(0x04, encodeAddressString(MSC)))),
  ),
  ...pair(
    'subscriberLocationReport',
    { context: 38, version: 3 },
    86,
    tlv(
      0x30,
      tlv(0x0a, '00'),
      tlv(0x30, tlv(0x80, '00')),
      tlv(0x30, tlv(0x04, encodeAddressString(MSC))),
      tlv(0x80, encodeAddressString(MSISDN)),
      tlv(0x81, encodeTbcd(IMSI)),
      tlv(0x82, encodeTbcd('861234567890120')),
      tlv(0xad, tlv(0x80, '64f00018070021')),
    ),
    undefined,
  ),
  ...pair(
    'noteMsPresentForGprs',
    { context: 36, version: 3 },
    26,
    tlv(0x30, tlv(0x80, encodeTbcd(IMSI)), tlv(0x81, '040a000001')),
    undefined,
  ),
];

/** Every operation of the encoder. */
const WRITTEN: [string, TcapText][] = [
  ...pair(
    'updateLocation',
    C.networkLocUp,
    2,
    map.encodeUpdateLocation({ imsi: IMSI, msc: MSC, vlr: '8613900002', imeisv: '8612345678901234' }),
    map.encodeUpdateLocationResult({ hlr: HLR }),
  ),
  ...pair('cancelLocation', C.locationCancellation, 3, map.encodeCancelLocation({ imsi: IMSI }), undefined),
  ...pair('purgeMS', C.msPurging, 67, map.encodePurgeMS({ imsi: IMSI, vlr: '8613900002' }), undefined),
  ...pair(
    'sendAuthenticationInfo',
    C.infoRetrieval,
    56,
    map.encodeSendAuthenticationInfo({ imsi: IMSI, vectors: 5 }),
    map.encodeSendAuthenticationInfoResult([
      { rand: Buffer.alloc(16, 1), sres: Buffer.alloc(4, 2), kc: Buffer.alloc(8, 3) },
    ]),
  ),
  ...pair(
    'insertSubscriberData',
    C.subscriberDataMngt,
    7,
    map.encodeInsertSubscriberData({ imsi: IMSI, msisdn: MSISDN }),
    undefined,
  ),
  ...pair(
    'checkIMEI',
    C.equipmentMngt,
    43,
    map.encodeCheckImei({ imei: '861234567890120' }),
    map.encodeCheckImeiResult({ status: 2 }),
  ),
  ...pair(
    'sendRoutingInfo',
    C.locationInfoRetrieval,
    22,
    map.encodeSendRoutingInfo({ msisdn: MSISDN, gmsc: '8613900009' }),
    map.encodeSendRoutingInfoResult({ imsi: IMSI, roaming: '861390007770', vmsc: MSC }),
  ),
  ...pair(
    'sendRoutingInfo, forwarded',
    C.locationInfoRetrieval,
    22,
    map.encodeSendRoutingInfo({ msisdn: MSISDN, gmsc: '8613900009' }),
    map.encodeSendRoutingInfoResult({ imsi: IMSI, forwardedTo: FORWARD }),
  ),
  ...pair(
    'provideRoamingNumber',
    C.roamingNumberEnquiry,
    4,
    map.encodeProvideRoamingNumber({ imsi: IMSI, msc: MSC, msisdn: MSISDN, gmsc: '8613900009' }),
    map.encodeProvideRoamingNumberResult({ roaming: '861390007770' }),
  ),
  ...pair(
    'mo-forwardSM',
    C.shortMsgMoRelay,
    46,
    map.encodeMoForwardSM({ serviceCentre: CENTRE, msisdn: MSISDN, imsi: IMSI, tpdu: encodeSubmit(FORWARD, 20) }),
    undefined,
  ),
  ...pair(
    'mt-forwardSM',
    C.shortMsgMtRelay,
    44,
    map.encodeMtForwardSM({ serviceCentre: CENTRE, imsi: IMSI, tpdu: encodeDeliver('10086', 70, 0) }),
    undefined,
  ),
  ...pair(
    'sendRoutingInfoForSM',
    C.shortMsgGateway,
    45,
    map.encodeSendRoutingInfoForSM({ serviceCentre: CENTRE, msisdn: MSISDN }),
    map.encodeSendRoutingInfoForSMResult({ imsi: IMSI, msc: MSC }),
  ),
  ...pair(
    'processUnstructuredSS-Request',
    C.networkUnstructuredSs,
    59,
    map.encodeUssd({ text: '*100*1#', msisdn: MSISDN }),
    map.encodeUssd({ text: 'Balance: 12.50' }),
  ),
  ...pair(
    'registerSS',
    C.networkFunctionalSs,
    10,
    map.encodeRegisterSS({ ssCode: map.SsCode.notReachable, forwardedTo: FORWARD }),
    map.encodeForwardingInfo({ ssCode: map.SsCode.notReachable, forwardedTo: FORWARD }),
  ),
  ...pair(
    'interrogateSS',
    C.networkFunctionalSs,
    14,
    map.encodeSsCode({ ssCode: map.SsCode.unconditional }),
    undefined,
  ),
];

describe('agrees with tshark', () => {
  it('on messages of every operation and version', () => {
    const compared = compareMade(
      MESSAGES.map((message) => ({
        name: `${message.kind} of ${message.name}`,
        bytes: messageOf(message),
      })).filter(({ name }) => !NOT_WITNESSED.has(name)),
    );
    console.log(`${compared} values of ${MESSAGES.length} messages of MAP compared with tshark`);
    expect(compared).toBeGreaterThan(130);
  });

  it('on what the encoder writes, and on location services', () => {
    const compared = compareMade([...WRITTEN, ...READ].map(([name, text]) => ({ name, bytes: encodeTcap(text) })));
    console.log(`${compared} values of ${WRITTEN.length + READ.length} written messages of MAP compared with tshark`);
    expect(compared).toBeGreaterThan(45);
  });

  it('on the captures that hold MAP', () => {
    let messages = 0;
    let compared = 0;
    for (const file of sharedCaptures('ss7')) {
      if (!/sage|gsm_map/.test(file)) continue;
      const rows = tsharkFields(file, 'gsm_map', ['sccp.calling.ssn', 'gsm_old.localValue', ...WITNESSED]);
      const payloads = tcapPayloads(file);
      expect(payloads.length, file).toBe(rows.length);
      const scene = new TcapScene();
      const seen = payloads.map((bytes) => scene.read(bytes).seen);
      expect(seen.flatMap((parts) => parts.map(({ opcode }) => String(opcode)))).toEqual(
        rows.flatMap((row) => row[1]!),
      );
      messages += rows.length;
      compared += compare(
        rows.map((row) => row.slice(2)),
        seen.map((parts, index) => ({ name: `${file} ${index}`, seen: parts })),
      );
    }
    console.log(`${compared} values of ${messages} captured messages of MAP compared with tshark`);
    expect(messages).toBeGreaterThan(15);
  });
});

/** Bytes of the TCAP layer of each packet with MAP in a capture. */
function tcapPayloads(file: string): Buffer[] {
  return tsharkLayers(file, 'tcap', 'gsm_map').map(({ bytes }) => bytes);
}
