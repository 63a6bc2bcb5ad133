import {
  CELL,
  CELL_TEXT,
  FORWARD,
  feature,
  IMEI,
  IMSI,
  imsi,
  invoke,
  isdn,
  location,
  type MapMessage,
  MSC,
  MSISDN,
  OCTETS,
  result,
  SEQUENCE,
  SGSN,
  VLR,
} from './map-messages.ts';
import { tlv } from './tcap.ts';

const WHO = { imsi: IMSI, msisdn: MSISDN };
const AREA = '64f020 1234';
const AREA_TEXT = '460-02-4660--1';
/** LocationInformationGPRS (29.002 §17.7.1) with a routeing area alone: 1234 and its code 05. */
const packets = (tag: number) => tlv(tag, tlv(0x81, `${AREA}05`), isdn(0x83, SGSN));
const PACKETS = { sgsn: SGSN, cell: AREA_TEXT };
const oneImsi = (name: string, opcode: number, context: readonly [number, number], ...more: Buffer[]) =>
  invoke(name, opcode, context, tlv(SEQUENCE, imsi(0x80), ...more), { imsi: IMSI });

/** Operations that few networks use, and elements that few messages of others have (29.002 §17.7). */
export const RARE_MAP_MESSAGES: readonly MapMessage[] = [
  invoke(
    'noteSubscriberDataModified',
    5,
    [22, 3],
    tlv(SEQUENCE, imsi(), isdn(OCTETS, MSISDN), tlv(0xa0, tlv(0x80, '21'), tlv(0xa1, feature))),
    { ...WHO, ssCode: 0x21, forwardedTo: FORWARD },
  ),
  invoke(
    'resumeCallHandling',
    6,
    [6, 4],
    tlv(SEQUENCE, tlv(0x80, '0102'), tlv(0xa2, isdn(0x85, FORWARD)), imsi(0x83), isdn(0x89, MSISDN)),
    { ...WHO, callReference: '0102', forwardedTo: FORWARD },
  ),
  oneImsi('failureReport', 25, [34, 3], isdn(0x81, SGSN)),
  oneImsi('activateTraceMode', 50, [17, 3], tlv(0x81, '0001'), tlv(0x82, '01')),
  oneImsi('deactivateTraceMode', 51, [17, 3], tlv(0x81, '0001')),
  invoke('sendIdentification by area', 55, [15, 3], sendIdentification(), {
    tmsi: 'c0ffee01',
    msc: MSC,
    cell: AREA_TEXT,
    vlr: VLR,
  }),
  invoke(
    'anyTimeSubscriptionInterrogation',
    62,
    [43, 3],
    tlv(SEQUENCE, tlv(0xa0, isdn(0x81, MSISDN)), tlv(0xa1, tlv(0x82)), isdn(0x82, MSC)),
    { msisdn: MSISDN },
  ),
  result('anyTimeSubscriptionInterrogation', 62, [43, 3], tlv(SEQUENCE, tlv(0xa1, tlv(SEQUENCE, feature))), {
    forwardedTo: FORWARD,
  }),
  invoke(
    'anyTimeModification',
    65,
    [43, 3],
    tlv(
      SEQUENCE,
      tlv(0xa0, imsi(0x80)),
      isdn(0x81, MSC),
      tlv(0xa2, tlv(0x80, '21'), tlv(0x82, '0f'), isdn(0x83, FORWARD)),
    ),
    { imsi: IMSI, ssCode: 0x21, forwardedTo: FORWARD },
  ),
  result('anyTimeModification', 65, [43, 3], tlv(SEQUENCE, tlv(0xa0, tlv(0xa0, tlv(0x80, '21'), tlv(0xa1, feature)))), {
    ssCode: 0x21,
    forwardedTo: FORWARD,
  }),
  invoke('purgeMS with a cell', 67, [27, 3], tlv(0xa3, imsi(), isdn(0x80, VLR), location(0xa2), packets(0xa3)), {
    imsi: IMSI,
    vlr: VLR,
    msc: MSC,
    sgsn: SGSN,
    cell: CELL_TEXT,
  }),
  invoke('purgeMS with a routeing area', 67, [27, 3], tlv(0xa3, imsi(), packets(0xa3)), { imsi: IMSI, ...PACKETS }),
  invoke(
    'purgeMS, 4G',
    67,
    [27, 3],
    tlv(0xa3, imsi(), isdn(0x81, SGSN), tlv(0xa4, tlv(0x80, '64f020 0abcdef1'), tlv(0x81, AREA))),
    { imsi: IMSI, sgsn: SGSN, cell: '460-02-4660-180150001' },
  ),
  invoke('prepareHandover', 68, [11, 3], tlv(0xa3, tlv(0x80, CELL), tlv(0x83), imsi(0x84)), { imsi: IMSI }),
  result('provideSubscriberInfo of packets', 70, [28, 3], tlv(SEQUENCE, tlv(SEQUENCE, packets(0xa3))), PACKETS),
  invoke('ss-InvocationNotification', 72, [36, 3], tlv(SEQUENCE, imsi(0x80), isdn(0x81, MSISDN), tlv(0x82, '31')), {
    ...WHO,
    ssCode: 0x31,
  }),
  oneImsi('setReportingState', 73, [7, 3]),
  oneImsi('statusReport', 74, [7, 3]),
  oneImsi('istAlert', 87, [4, 3]),
  oneImsi('istCommand', 88, [9, 3]),
  result(
    'sendRoutingInfoForLCS, SGSN',
    85,
    [37, 3],
    tlv(SEQUENCE, tlv(0xa0, imsi(0x80)), tlv(0xa1, isdn(OCTETS, SGSN), tlv(0x82))),
    { imsi: IMSI, sgsn: SGSN },
  ),
  invoke(
    'subscriberLocationReport from an MSC',
    86,
    [38, 3],
    tlv(
      SEQUENCE,
      tlv(0x0a, '00'),
      tlv(SEQUENCE, tlv(0x80, '00')),
      tlv(SEQUENCE, isdn(OCTETS, MSC)),
      isdn(0x80, MSISDN),
      imsi(0x81),
      tlv(0x82, IMEI.replace(/(.)(.)/g, '$2$1').replace(/(.)$/, 'f$1')),
      tlv(0xad, tlv(0x80, CELL)),
    ),
    { ...WHO, msc: MSC, imei: IMEI, cell: CELL_TEXT },
  ),
  invoke(
    'noteMM-Event',
    89,
    [42, 3],
    tlv(SEQUENCE, tlv(0x02, '05'), tlv(0x80, '00'), imsi(0x81), isdn(0x82, MSISDN), location(0xa3)),
    { ...WHO, vlr: VLR, msc: MSC, cell: CELL_TEXT },
  ),
  invoke(
    'noteMM-Event of packets',
    89,
    [42, 3],
    tlv(SEQUENCE, tlv(0x02, '05'), tlv(0x80, '80'), imsi(0x81), isdn(0x82, MSISDN), packets(0xa7)),
    { ...WHO, ...PACKETS },
  ),
];

/** From the VLR that a phone comes to, with the area where its TMSI was given to it. */
function sendIdentification(): Buffer {
  return tlv(SEQUENCE, tlv(OCTETS, 'c0ffee01'), tlv(0x02, '01'), isdn(OCTETS, MSC), tlv(0x80, AREA), isdn(0x83, VLR));
}
