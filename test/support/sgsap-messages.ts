import * as sms from '../../src/ss7/radio/nas-sms-encode.ts';
import { encodeSgsap, type SgsapFields } from '../../src/ss7/radio/sgsap-encode.ts';
import { SgsapType } from '../../src/ss7/radio/sgsap-names.ts';
import { encodeDeliver, encodeSubmit } from '../../src/ss7/sms-tpdu-encode.ts';

export const IMSI = '460001234567890';
export const IMEISV = '3569380356498078';
export const NUMBER = '8613812345678';
export const MME_NAME = 'mmec01.mmegi0001.mme.epc.mnc000.mcc460.3gppnetwork.org';
const VLR_NAME = 'vlr1.mnc000.mcc460.gprs';
export const AREA = { mcc: '460', mnc: '00', lac: 6151 };
export const TRACKING_AREA = { mcc: '460', mnc: '00', tac: 24_577 };
export const CELL = { mcc: '460', mnc: '00', ci: 0x012_3405 };
const CLASSMARK = Buffer.of(0x57, 0x59, 0xa1);
const CENTRE = '8613800100500';

/** A short message that a phone sends, and its acknowledgement; one that it is sent, and its acknowledgement. */
export const submit = (transaction = 0): Buffer =>
  sms.encodeCpData({
    transaction,
    relay: sms.encodeRpData({
      ...{ fromMobile: true, reference: 1, serviceCentre: CENTRE, tpdu: encodeSubmit(NUMBER, 20) },
    }),
  });
export const submitted = (transaction = 0): Buffer =>
  sms.encodeCpData({ transaction: transaction | 8, relay: sms.encodeRpAck({ fromMobile: false, reference: 1 }) });
export const deliver = (transaction = 0): Buffer =>
  sms.encodeCpData({
    transaction,
    relay: sms.encodeRpData({
      ...{ fromMobile: false, reference: 2, serviceCentre: CENTRE, tpdu: encodeDeliver(NUMBER, 10) },
    }),
  });
export const delivered = (transaction = 0): Buffer =>
  sms.encodeCpData({ transaction: transaction | 8, relay: sms.encodeRpAck({ fromMobile: true, reference: 2 }) });

const phone = { imeisv: IMEISV, trackingArea: TRACKING_AREA, cell: CELL };

/** Messages about a phone by their names, and what each says. */
export const PHONE_MESSAGES: readonly (readonly [name: string, fields: SgsapFields])[] = [
  ['pagingRequest', { type: SgsapType.pagingRequest, imsi: IMSI, vlrName: VLR_NAME, service: 2 }],
  [
    'pagingRequest',
    {
      ...{ type: SgsapType.pagingRequest, imsi: IMSI, vlrName: VLR_NAME, service: 1, tmsi: 0xc012_3456, area: AREA },
      calling: { digits: NUMBER, nature: 4 },
    },
  ],
  ['pagingReject', { type: SgsapType.pagingReject, imsi: IMSI, cause: 6 }],
  ['serviceRequest', { type: SgsapType.serviceRequest, imsi: IMSI, service: 1, ...phone, classmark2: CLASSMARK }],
  ['downlinkUnitdata', { type: SgsapType.downlinkUnitdata, imsi: IMSI, nas: deliver() }],
  ['downlinkUnitdata', { type: SgsapType.downlinkUnitdata, imsi: IMSI, nas: submitted() }],
  ['uplinkUnitdata', { type: SgsapType.uplinkUnitdata, imsi: IMSI, nas: submit(), ...phone, classmark2: CLASSMARK }],
  ['uplinkUnitdata', { type: SgsapType.uplinkUnitdata, imsi: IMSI, nas: delivered() }],
  ['uplinkUnitdata', { type: SgsapType.uplinkUnitdata, imsi: IMSI, nas: sms.encodeCpAck({ transaction: 8 }) }],
  [
    'locationUpdateRequest',
    {
      ...{ type: SgsapType.locationUpdateRequest, imsi: IMSI, mmeName: MME_NAME, updateType: 1, area: AREA, ...phone },
      oldArea: { mcc: '310', mnc: '410', lac: 1 },
    },
  ],
  [
    'locationUpdateRequest',
    {
      ...{ type: SgsapType.locationUpdateRequest, imsi: '310410123456', mmeName: MME_NAME, updateType: 2 },
      area: { mcc: '310', mnc: '410', lac: 65_533 },
    },
  ],
  ['locationUpdateAccept', { type: SgsapType.locationUpdateAccept, imsi: IMSI, area: AREA, tmsi: 0x8000_0001 }],
  ['locationUpdateReject', { type: SgsapType.locationUpdateReject, imsi: IMSI, reject: 17, area: AREA }],
  ['tmsiReallocationComplete', { type: 0x0c, imsi: IMSI }],
  ['alertRequest', { type: 0x0d, imsi: IMSI }],
  ['alertAck', { type: 0x0e, imsi: IMSI }],
  ['alertReject', { type: 0x0f, imsi: IMSI, cause: 3 }],
  ['ueActivityIndication', { type: 0x10, imsi: IMSI }],
  ['epsDetachIndication', { type: SgsapType.epsDetachIndication, imsi: IMSI, mmeName: MME_NAME, detachType: 1 }],
  ['epsDetachAck', { type: 0x12, imsi: IMSI }],
  ['imsiDetachIndication', { type: SgsapType.imsiDetachIndication, imsi: IMSI, mmeName: MME_NAME, detachType: 2 }],
  ['imsiDetachAck', { type: 0x14, imsi: IMSI }],
  ['moCsfbIndication', { type: 0x18, imsi: IMSI, trackingArea: TRACKING_AREA, cell: CELL }],
  ['releaseRequest', { type: 0x1b, imsi: IMSI, cause: 2 }],
  ['status', { type: 0x1d, imsi: IMSI, cause: 12 }],
  ['ueUnreachable', { type: SgsapType.ueUnreachable, imsi: IMSI, cause: 6 }],
];

/** Messages about no phone: on the port of SGsAP alone they are known. */
export const NODE_MESSAGES: readonly (readonly [name: string, fields: SgsapFields])[] = [
  ['resetIndication', { type: 0x15, mmeName: MME_NAME }],
  ['resetAck', { type: 0x16, vlrName: VLR_NAME }],
  ['status', { type: 0x1d, cause: 12 }],
];

export const bytesOf = (messages: readonly (readonly [string, SgsapFields])[]): Buffer[] =>
  messages.map(([, fields]) => encodeSgsap(fields));
