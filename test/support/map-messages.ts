import { tlv } from './tcap.ts';

/** TBCD of 3GPP TS 29.002 §17.7.8, written out here apart from the encoder. */
function tbcd(digits: string): Buffer {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  return Buffer.from(even.replace(/(.)(.)/g, '$2$1'), 'hex');
}

/** AddressString: `octet` says type of number and plan. */
function address(digits: string, octet = 0x91): Buffer {
  return Buffer.concat([Buffer.of(octet), tbcd(digits)]);
}

/** Contents of an operation, what they say, and what tshark is told of the version: [context, version], none in version 1. */
export interface MapMessage {
  name: string;
  opcode: number;
  kind: 'invoke' | 'result';
  context: readonly [number, number] | null;
  parameter: Buffer;
  says: Record<string, string | number>;
}

export const IMSI = '460020123456789';
export const MSISDN = '8613912345678';
export const MSC = '8613900100';
export const VLR = '8613900200';
const HLR = '8613900300';
const GMSC = '8613900400';
export const SGSN = '8613900500';
const CENTRE = '8613800100500';
const MSRN = '861390060077';
export const FORWARD = '8613700112233';
export const IMEI = '352099001761480';
const IMEISV = '3520990017614823';

export const SEQUENCE = 0x30;
export const OCTETS = 0x04;
export const imsi = (tag = OCTETS) => tlv(tag, tbcd(IMSI));
export const isdn = (tag: number, digits: string) => tlv(tag, address(digits));
export const CELL = '64f020 1234 5678';
export const CELL_TEXT = '460-02-4660-22136';
export const location = (tag: number) =>
  tlv(tag, tlv(0x02, '05'), isdn(0x81, VLR), tlv(0xa3, tlv(0x80, CELL)), isdn(0x86, MSC));

/** SMS-SUBMIT to an international number with relative validity, 10 characters of 7 bits: 9 octets (23.040 §9.2.2.2). */
const SUBMIT = Buffer.concat([
  Buffer.from('1101', 'hex'),
  smsAddress(FORWARD),
  Buffer.from('0000a70a', 'hex'),
  text(9),
]);
/** SMS-DELIVER from a short number, 12 octets of UCS2 (§9.2.2.1). */
const DELIVER = Buffer.concat([
  Buffer.from('0405a10180f60008', 'hex'),
  Buffer.from('42103141000023', 'hex'),
  Buffer.of(12),
  text(12),
]);
/** SMS-STATUS-REPORT (§9.2.2.3). */
const STATUS_REPORT = Buffer.concat([
  Buffer.from('0605', 'hex'),
  smsAddress(FORWARD),
  Buffer.from('42103141000023 42103141100023 00'.replaceAll(' ', ''), 'hex'),
]);

/** Bytes of text, which nobody is to keep. */
function text(octets: number): Buffer {
  return Buffer.alloc(octets, 0x41);
}

function smsAddress(digits: string): Buffer {
  return Buffer.concat([Buffer.of(digits.length), address(digits)]);
}

const forwardSM = (destination: Buffer, origin: Buffer, tpdu: Buffer, ...more: Buffer[]) =>
  tlv(SEQUENCE, destination, origin, tlv(OCTETS, tpdu), ...more);
export const feature = tlv(
  SEQUENCE,
  tlv(0x83, '11'),
  tlv(0x84, '07'),
  isdn(0x85, FORWARD),
  tlv(0x86, '04'),
  tlv(0x87, '14'),
);
const forwarding = tlv(0xa0, tlv(OCTETS, '2a'), tlv(SEQUENCE, feature));
const FORWARDING_SAYS = { ssCode: 0x2a, forwardedTo: FORWARD };
const USSD = tlv(SEQUENCE, tlv(OCTETS, '0f'), tlv(OCTETS, 'aa180c3602'));
const USSD_SAYS = { ussd: 'aa180c3602', ussdCoding: 15 };

export const invoke = (
  name: string,
  opcode: number,
  context: readonly [number, number] | null,
  parameter: Buffer,
  says: MapMessage['says'],
): MapMessage => ({ name, opcode, kind: 'invoke', context, parameter, says });
export const result = (
  name: string,
  opcode: number,
  context: readonly [number, number] | null,
  parameter: Buffer,
  says: MapMessage['says'],
): MapMessage => ({ name, opcode, kind: 'result', context, parameter, says });

/** One message at least for each operation that is read, argument and result, and each form that the versions gave it. */
export const MAP_MESSAGES: readonly MapMessage[] = [
  invoke(
    'updateLocation',
    2,
    [1, 3],
    tlv(
      SEQUENCE,
      imsi(),
      isdn(0x81, MSC),
      isdn(OCTETS, VLR),
      tlv(0x8a, '01020304'),
      tlv(0xa6, tlv(0x80, '04f0')),
      tlv(0xad, tlv(0x80, tbcd(IMEISV))),
    ),
    { imsi: IMSI, msc: MSC, vlr: VLR, imei: IMEISV },
  ),
  invoke('updateLocation v1', 2, null, tlv(SEQUENCE, imsi(), isdn(0x80, MSRN), isdn(OCTETS, VLR)), {
    imsi: IMSI,
    roaming: MSRN,
    vlr: VLR,
  }),
  result('updateLocation', 2, [1, 3], tlv(SEQUENCE, isdn(OCTETS, HLR)), { hlr: HLR }),
  result('updateLocation v1', 2, [1, 1], isdn(OCTETS, HLR), { hlr: HLR }),
  invoke('cancelLocation v2', 3, [2, 2], imsi(), { imsi: IMSI }),
  invoke('cancelLocation v2 with LMSI', 3, [2, 2], tlv(SEQUENCE, imsi(), tlv(OCTETS, '01020304')), { imsi: IMSI }),
  invoke('cancelLocation', 3, [2, 3], tlv(0xa3, imsi(), tlv(0x0a, '00')), { imsi: IMSI }),
  invoke(
    'cancelLocation with LMSI',
    3,
    [2, 3],
    tlv(0xa3, tlv(SEQUENCE, imsi(), tlv(OCTETS, '01020304')), tlv(0x0a, '00'), isdn(0x83, MSC), isdn(0x84, VLR)),
    { imsi: IMSI, msc: MSC, vlr: VLR },
  ),
  invoke(
    'provideRoamingNumber',
    4,
    [3, 3],
    tlv(SEQUENCE, imsi(0x80), isdn(0x81, MSC), isdn(0x82, MSISDN), isdn(0x88, GMSC), tlv(0x89, '0102030405')),
    { imsi: IMSI, msc: MSC, msisdn: MSISDN, gmsc: GMSC, callReference: '0102030405' },
  ),
  result('provideRoamingNumber v2', 4, [3, 2], isdn(OCTETS, MSRN), { roaming: MSRN }),
  result('provideRoamingNumber', 4, [3, 3], tlv(SEQUENCE, isdn(OCTETS, MSRN)), { roaming: MSRN }),
  invoke(
    'insertSubscriberData',
    7,
    [16, 3],
    tlv(
      SEQUENCE,
      imsi(0x80),
      isdn(0x81, MSISDN),
      tlv(0x82, '0a'),
      tlv(0x83, '00'),
      tlv(0xa6, tlv(OCTETS, '11')),
      tlv(
        0xa7,
        tlv(0xa3, tlv(OCTETS, '11'), tlv(0x84, '05')),
        tlv(0xa0, tlv(OCTETS, '21'), tlv(SEQUENCE, tlv(SEQUENCE, tlv(0x84, '04')))),
        tlv(0xa0, tlv(OCTETS, '2a'), tlv(SEQUENCE, tlv(SEQUENCE, tlv(0x84, '07'), isdn(0x85, FORWARD)))),
        tlv(0xa0, tlv(OCTETS, '2b'), tlv(SEQUENCE, tlv(SEQUENCE, tlv(0x84, '07'), isdn(0x85, CENTRE)))),
      ),
    ),
    { imsi: IMSI, msisdn: MSISDN, ...FORWARDING_SAYS },
  ),
  invoke('sendParameters v1', 9, null, tlv(SEQUENCE, imsi(0x80), tlv(SEQUENCE, tlv(0x0a, '01'))), { imsi: IMSI }),
  invoke('sendParameters v1 by TMSI', 9, null, tlv(SEQUENCE, tlv(0x81, 'c0ffee01'), tlv(SEQUENCE, tlv(0x0a, '00'))), {
    tmsi: 'c0ffee01',
  }),
  result('sendParameters v1', 9, null, tlv(SEQUENCE, imsi(0x80), tlv(0xa2, isdn(0x81, MSISDN))), {
    imsi: IMSI,
    msisdn: MSISDN,
  }),
  invoke('deleteSubscriberData', 8, [16, 3], tlv(SEQUENCE, imsi(0x80), tlv(0xa1, tlv(OCTETS, '11'))), { imsi: IMSI }),
  invoke('registerSS', 10, [18, 2], tlv(SEQUENCE, tlv(OCTETS, '2a'), isdn(0x84, FORWARD), tlv(0x85, '14')), {
    ...FORWARDING_SAYS,
  }),
  result('registerSS', 10, [18, 2], forwarding, FORWARDING_SAYS),
  invoke('eraseSS', 11, [18, 2], tlv(SEQUENCE, tlv(OCTETS, '21')), { ssCode: 0x21 }),
  result('eraseSS', 11, [18, 2], tlv(0xa3, tlv(OCTETS, '21'), tlv(0x84, '00')), { ssCode: 0x21 }),
  invoke('activateSS', 12, [18, 2], tlv(SEQUENCE, tlv(OCTETS, '29'), tlv(0x83, '10')), { ssCode: 0x29 }),
  result('activateSS', 12, [18, 2], forwarding, FORWARDING_SAYS),
  invoke('deactivateSS', 13, [18, 2], tlv(SEQUENCE, tlv(OCTETS, '92')), { ssCode: 0x92 }),
  result(
    'deactivateSS',
    13,
    [18, 2],
    tlv(0xa1, tlv(OCTETS, '92'), tlv(SEQUENCE, tlv(SEQUENCE, tlv(0x82, '11'), tlv(0x84, '04')))),
    { ssCode: 0x92 },
  ),
  invoke('interrogateSS', 14, [18, 2], tlv(SEQUENCE, tlv(OCTETS, '21')), { ssCode: 0x21 }),
  result('interrogateSS', 14, [18, 2], tlv(0xa3, feature), { forwardedTo: FORWARD }),
  result('interrogateSS, status only', 14, [18, 2], tlv(0x80, '0f'), {}),
  invoke('authenticationFailureReport', 15, [39, 3], tlv(SEQUENCE, imsi(), tlv(0x0a, '00')), { imsi: IMSI }),
  invoke('processUnstructuredSS-Data', 19, null, tlv(0x16, '2a31303023'), { ussd: '2a31303023' }),
  result('processUnstructuredSS-Data', 19, null, tlv(0x16, '2a31303023'), { ussd: '2a31303023' }),
  invoke('sendRoutingInfo v2', 22, [5, 2], tlv(SEQUENCE, isdn(0x80, MSISDN)), { msisdn: MSISDN }),
  invoke(
    'sendRoutingInfo',
    22,
    [5, 3],
    tlv(SEQUENCE, isdn(0x80, MSISDN), tlv(0x83, '00'), isdn(0x86, GMSC), tlv(0x87, '0102')),
    { msisdn: MSISDN, gmsc: GMSC, callReference: '0102' },
  ),
  result('sendRoutingInfo v2', 22, [5, 2], tlv(SEQUENCE, imsi(), isdn(OCTETS, MSRN)), { imsi: IMSI, roaming: MSRN }),
  result(
    'sendRoutingInfo v2, forwarded',
    22,
    [5, 2],
    tlv(SEQUENCE, imsi(), tlv(SEQUENCE, isdn(0x85, FORWARD), tlv(0x86, '04'))),
    { imsi: IMSI, forwardedTo: FORWARD },
  ),
  result(
    'sendRoutingInfo',
    22,
    [5, 3],
    tlv(0xa3, imsi(0x89), isdn(OCTETS, MSRN), isdn(0x82, MSC), isdn(0x8c, MSISDN)),
    { imsi: IMSI, roaming: MSRN, msc: MSC, msisdn: MSISDN },
  ),
  result('sendRoutingInfo, forwarded', 22, [5, 3], tlv(0xa3, imsi(0x89), tlv(SEQUENCE, isdn(0x85, FORWARD))), {
    imsi: IMSI,
    forwardedTo: FORWARD,
  }),
  result(
    'sendRoutingInfo with CAMEL',
    22,
    [5, 3],
    tlv(
      0xa3,
      imsi(0x89),
      tlv(0xa8, tlv(SEQUENCE, isdn(0x85, FORWARD)), tlv(0xa0)),
      tlv(0xa7, location(0xa0), tlv(0xa1, tlv(0x80))),
    ),
    { imsi: IMSI, forwardedTo: FORWARD, vlr: VLR, msc: MSC, cell: CELL_TEXT },
  ),
  invoke(
    'updateGprsLocation',
    23,
    [32, 3],
    tlv(SEQUENCE, imsi(), isdn(OCTETS, SGSN), tlv(OCTETS, '040a000001'), tlv(0xa4, tlv(0x80, tbcd(IMEISV)))),
    { imsi: IMSI, sgsn: SGSN, imei: IMEISV },
  ),
  result('updateGprsLocation', 23, [32, 3], tlv(SEQUENCE, isdn(OCTETS, HLR)), { hlr: HLR }),
  invoke('sendRoutingInfoForGprs', 24, [33, 3], tlv(SEQUENCE, imsi(0x80), isdn(0x82, GMSC)), { imsi: IMSI }),
  invoke('checkIMEI v2', 43, [13, 2], tlv(OCTETS, tbcd(IMEI)), { imei: IMEI }),
  invoke('checkIMEI', 43, [13, 3], tlv(SEQUENCE, tlv(OCTETS, tbcd(IMEI)), tlv(0x03, '0680')), { imei: IMEI }),
  result('checkIMEI v2, black', 43, [13, 2], tlv(0x0a, '01'), { equipmentStatus: 1 }),
  result('checkIMEI, grey', 43, [13, 3], tlv(SEQUENCE, tlv(0x0a, '02')), { equipmentStatus: 2 }),
  invoke('mt-forwardSM', 44, [25, 3], forwardSM(imsi(0x80), isdn(0x84, CENTRE), DELIVER, tlv(0x05)), {
    imsi: IMSI,
    serviceCentre: CENTRE,
    smsAddress: '10086',
    smsLength: 12,
    smsType: 0,
  }),
  invoke('mt-forwardSM of a report', 44, [25, 3], forwardSM(tlv(0x81, '01020304'), isdn(0x84, CENTRE), STATUS_REPORT), {
    serviceCentre: CENTRE,
    smsAddress: FORWARD,
    smsType: 2,
  }),
  invoke('sendRoutingInfoForSM', 45, [20, 3], tlv(SEQUENCE, isdn(0x80, MSISDN), tlv(0x81, 'ff'), isdn(0x82, CENTRE)), {
    msisdn: MSISDN,
    serviceCentre: CENTRE,
  }),
  result(
    'sendRoutingInfoForSM',
    45,
    [20, 3],
    tlv(SEQUENCE, imsi(), tlv(0xa0, isdn(0x81, MSC), tlv(OCTETS, '01020304'))),
    {
      imsi: IMSI,
      msc: MSC,
    },
  ),
  result(
    'sendRoutingInfoForSM, two nodes',
    45,
    [20, 3],
    tlv(SEQUENCE, imsi(), tlv(0xa0, isdn(0x81, MSC), tlv(0xa6, isdn(0x81, SGSN)))),
    { imsi: IMSI, msc: MSC, sgsn: SGSN },
  ),
  result('sendRoutingInfoForSM, SGSN', 45, [20, 3], tlv(SEQUENCE, imsi(), tlv(0xa0, isdn(0x81, SGSN), tlv(0x85))), {
    imsi: IMSI,
    sgsn: SGSN,
  }),
  invoke('mo-forwardSM', 46, [21, 3], forwardSM(isdn(0x84, CENTRE), isdn(0x82, MSISDN), SUBMIT, imsi()), {
    imsi: IMSI,
    msisdn: MSISDN,
    serviceCentre: CENTRE,
    smsAddress: FORWARD,
    smsLength: 9,
    smsType: 1,
  }),
  invoke('forwardSM v2 to the mobile', 46, [25, 2], forwardSM(imsi(0x80), isdn(0x84, CENTRE), DELIVER), {
    imsi: IMSI,
    serviceCentre: CENTRE,
    smsAddress: '10086',
    smsLength: 12,
    smsType: 0,
  }),
  invoke('forwardSM v1', 46, null, forwardSM(isdn(0x84, CENTRE), isdn(0x82, MSISDN), SUBMIT), {
    msisdn: MSISDN,
    serviceCentre: CENTRE,
    smsAddress: FORWARD,
    smsLength: 9,
    smsType: 1,
  }),
  invoke(
    'reportSM-DeliveryStatus',
    47,
    [20, 3],
    tlv(SEQUENCE, isdn(OCTETS, MSISDN), isdn(OCTETS, CENTRE), tlv(0x0a, '01')),
    {
      msisdn: MSISDN,
      serviceCentre: CENTRE,
    },
  ),
  result('reportSM-DeliveryStatus', 47, [20, 3], tlv(SEQUENCE, isdn(OCTETS, MSISDN)), { msisdn: MSISDN }),
  result('reportSM-DeliveryStatus v2', 47, [20, 2], isdn(OCTETS, MSISDN), { msisdn: MSISDN }),
  invoke('noteSubscriberPresent v1', 48, null, imsi(), { imsi: IMSI }),
  invoke('alertServiceCentreWithoutResult', 49, [23, 1], tlv(SEQUENCE, isdn(OCTETS, MSISDN), isdn(OCTETS, CENTRE)), {
    msisdn: MSISDN,
    serviceCentre: CENTRE,
  }),
  invoke('beginSubscriberActivity v1', 54, null, tlv(SEQUENCE, imsi(), isdn(OCTETS, VLR), isdn(0xdc, MSISDN)), {
    imsi: IMSI,
    msisdn: MSISDN,
  }),
  invoke('sendIdentification v2', 55, [15, 2], tlv(OCTETS, 'c0ffee01'), { tmsi: 'c0ffee01' }),
  invoke('sendIdentification', 55, [15, 3], tlv(SEQUENCE, tlv(OCTETS, 'c0ffee01')), { tmsi: 'c0ffee01' }),
  result('sendIdentification', 55, [15, 3], tlv(0xa3, imsi()), { imsi: IMSI }),
  result('sendIdentification v2', 55, [15, 2], tlv(SEQUENCE, imsi()), { imsi: IMSI }),
  invoke('sendAuthenticationInfo v2', 56, [14, 2], imsi(), { imsi: IMSI }),
  invoke('sendAuthenticationInfo', 56, [14, 3], tlv(SEQUENCE, imsi(0x80), tlv(0x02, '03')), { imsi: IMSI }),
  invoke('restoreData', 57, [1, 3], tlv(SEQUENCE, imsi()), { imsi: IMSI }),
  result('restoreData', 57, [1, 3], tlv(SEQUENCE, isdn(OCTETS, HLR)), { hlr: HLR }),
  invoke('sendIMSI', 58, [26, 2], isdn(OCTETS, MSISDN), { msisdn: MSISDN }),
  result('sendIMSI', 58, [26, 2], imsi(), { imsi: IMSI }),
  invoke(
    'processUnstructuredSS-Request',
    59,
    [19, 2],
    tlv(SEQUENCE, tlv(OCTETS, '0f'), tlv(OCTETS, 'aa180c3602'), isdn(0x80, MSISDN)),
    {
      ...USSD_SAYS,
      msisdn: MSISDN,
    },
  ),
  result('processUnstructuredSS-Request', 59, [19, 2], USSD, USSD_SAYS),
  invoke('unstructuredSS-Request', 60, [19, 2], USSD, USSD_SAYS),
  result('unstructuredSS-Request', 60, [19, 2], USSD, USSD_SAYS),
  invoke('unstructuredSS-Notify', 61, [19, 2], USSD, USSD_SAYS),
  invoke('alertServiceCentre', 64, [23, 2], tlv(SEQUENCE, isdn(OCTETS, MSISDN), isdn(OCTETS, CENTRE)), {
    msisdn: MSISDN,
    serviceCentre: CENTRE,
  }),
  invoke('readyForSM', 66, [24, 3], tlv(SEQUENCE, imsi(0x80), tlv(0x0a, '00')), { imsi: IMSI }),
  invoke('purgeMS v2', 67, [27, 2], tlv(SEQUENCE, imsi(), isdn(OCTETS, VLR)), { imsi: IMSI, vlr: VLR }),
  invoke('purgeMS', 67, [27, 3], tlv(0xa3, imsi(), isdn(0x81, SGSN)), { imsi: IMSI, sgsn: SGSN }),
  invoke('provideSubscriberInfo', 70, [28, 3], tlv(SEQUENCE, imsi(0x80), tlv(0xa2, tlv(0x80), tlv(0x81))), {
    imsi: IMSI,
  }),
  result(
    'provideSubscriberInfo',
    70,
    [28, 3],
    tlv(SEQUENCE, tlv(SEQUENCE, location(0xa0), tlv(0x85, tbcd(IMEI)), tlv(0x86, '33a9a0'))),
    { vlr: VLR, msc: MSC, cell: CELL_TEXT, imei: IMEI, classmark: '33a9a0' },
  ),
  invoke(
    'anyTimeInterrogation',
    71,
    [29, 3],
    tlv(SEQUENCE, tlv(0xa0, isdn(0x81, MSISDN)), tlv(0xa1, tlv(0x80)), isdn(0x83, HLR)),
    {
      msisdn: MSISDN,
    },
  ),
  invoke(
    'anyTimeInterrogation by IMSI',
    71,
    [29, 3],
    tlv(SEQUENCE, tlv(0xa0, imsi(0x80)), tlv(0xa1, tlv(0x80)), isdn(0x83, HLR)),
    {
      imsi: IMSI,
    },
  ),
  result(
    'anyTimeInterrogation of both domains',
    71,
    [29, 3],
    tlv(SEQUENCE, tlv(SEQUENCE, location(0xa0), tlv(0xa3, tlv(0xa0, tlv(0x81, '130014 1234')), isdn(0x83, SGSN)))),
    { vlr: VLR, msc: MSC, sgsn: SGSN, cell: CELL_TEXT },
  ),
  result(
    'anyTimeInterrogation of a cell without a network',
    71,
    [29, 3],
    tlv(SEQUENCE, tlv(SEQUENCE, tlv(0xa0, tlv(0x02, '05'), isdn(0x81, VLR), tlv(0xa3, tlv(0x81, 'ffffff 0001'))))),
    { vlr: VLR },
  ),
  result(
    'anyTimeInterrogation, 4G',
    71,
    [29, 3],
    tlv(
      SEQUENCE,
      tlv(SEQUENCE, tlv(0xa0, tlv(0x02, '05'), tlv(0xaa, tlv(0x80, '64f020 0abcdef1'), tlv(0x81, '64f020 1234')))),
    ),
    { cell: '460-02-4660-180150001' },
  ),
  result(
    'provideSubscriberInfo, 4G alone',
    70,
    [28, 3],
    tlv(SEQUENCE, tlv(SEQUENCE, tlv(0xad, tlv(0x80, '64f020 0abcdef1'), tlv(0x81, '64f020 1234')))),
    { cell: '460-02-4660-180150001' },
  ),
  result(
    'anyTimeInterrogation, GPRS',
    71,
    [29, 3],
    tlv(SEQUENCE, tlv(SEQUENCE, tlv(0xa3, tlv(0xa0, tlv(0x81, '130014 1234')), isdn(0x83, SGSN)))),
    { sgsn: SGSN, cell: '310-410-4660--1' },
  ),
];
