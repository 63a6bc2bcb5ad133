import { encodeDigits } from '../digits.ts';
import { type IsupNumber, numberBytes } from '../isup/isup-encode.ts';
import { encodeAddressString, encodeInteger, encodeTbcd, encodeTlv } from './ber-encode.ts';

/** Application contexts of CAP (3GPP TS 29.078 §4.4, 09.78 §6.1) from a service switching function to a control function. */
export const CapContext = {
  phase1: { context: 50, version: 0 },
  phase2: { context: 50, version: 1 },
  phase3: { context: 3, version: 4, arc: 21 },
  phase4: { context: 3, version: 4, arc: 23 },
  sms: { context: 3, version: 61, arc: 21 },
  gprs: { context: 3, version: 50, arc: 21 },
} as const;

/** Detection points (EventTypeBCSM, 29.078 §5.1) that calls are watched at. */
const BcsmEvent = {
  collectedInfo: 2,
  analyzedInformation: 3,
  routeSelectFailure: 4,
  oCalledPartyBusy: 5,
  oNoAnswer: 6,
  oAnswer: 7,
  oDisconnect: 9,
  oAbandon: 10,
  termAttemptAuthorized: 12,
  tBusy: 13,
  tNoAnswer: 14,
  tAnswer: 15,
  tDisconnect: 17,
  tAbandon: 18,
} as const;

type BcsmEventName = keyof typeof BcsmEvent;

/** Tag of the information that an event comes with (EventSpecificInformationBCSM, 29.078 §5.1); those left out have none. */
const EVENT_INFORMATION: Partial<Record<BcsmEventName, number>> = {
  routeSelectFailure: 0xa2,
  oCalledPartyBusy: 0xa3,
  oNoAnswer: 0xa4,
  oAnswer: 0xa5,
  oDisconnect: 0xa7,
  tBusy: 0xa8,
  tNoAnswer: 0xa9,
  tAnswer: 0xaa,
  tDisconnect: 0xac,
};
/** Those of them that say a cause. */
const WITH_CAUSE: readonly BcsmEventName[] = [
  'routeSelectFailure',
  'oCalledPartyBusy',
  'oDisconnect',
  'tBusy',
  'tDisconnect',
];

const OCTETS = 0x04;
const SEQUENCE = 0x30;

/** Where a subscriber is: digits of MCC and MNC, codes; a service area where it says so. */
export interface CapLocation {
  mcc: string;
  mnc: string;
  lac: number;
  ci: number;
  vlr?: string;
  /** The codes are of a service area (3G), not of a cell. */
  serviceArea?: boolean;
}

/** Local time: `20030920112233`, and quarters of an hour ahead of UTC. */
export interface CapTime {
  digits: string;
  quarters: number;
}

/** An initialDP to be written. Addresses of nodes are E.164 digits with the country code. */
export interface InitialDpFields {
  serviceKey: number;
  calling?: IsupNumber;
  called?: IsupNumber;
  /** Digits as dialled, of a call from the subscriber, and their nature (4 international). */
  dialled?: { digits: string; nature?: number };
  category?: number;
  locationNumber?: IsupNumber;
  originalCalled?: IsupNumber;
  redirecting?: IsupNumber;
  eventType?: BcsmEventName;
  imsi?: string;
  location?: CapLocation;
  /** Teleservice: 0x11 telephony. */
  teleservice?: number;
  callReference?: Buffer;
  msc?: string;
  time?: CapTime;
  gmsc?: string;
  /** Classmark 2 (24.008 §10.5.1.6) and IMEI or IMEISV digits: from phase 3 on. */
  classmark?: Buffer;
  imei?: string;
  /** CAMEL phase: 4 where left out. */
  phase?: 1 | 2 | 3 | 4;
}

/** InitialDPArg (29.078 §6.1.1). */
export function encodeInitialDp(fields: InitialDpFields): Buffer {
  const late = (fields.phase ?? 4) >= 3;
  const extension = [
    given(fields.gmsc, (gmsc) => encodeTlv(late ? 0x80 : 0x81, encodeAddressString(gmsc))),
    given(late ? fields.classmark : undefined, (classmark) => encodeTlv(0x82, classmark)),
    given(late ? fields.imei : undefined, (imei) => encodeTlv(0x83, encodeTbcd(imei))),
  ].flat();
  return encodeTlv(
    SEQUENCE,
    encodeInteger(0x80, fields.serviceKey),
    ...given(fields.called, (number) => encodeTlv(0x82, numberBytes(number, false))),
    ...given(fields.calling, (number) => encodeTlv(0x83, numberBytes(number, true))),
    ...given(fields.category, (category) => encodeTlv(0x85, Buffer.of(category))),
    ...given(fields.locationNumber, (number) => encodeTlv(0x8a, numberBytes(number, true))),
    ...given(fields.originalCalled, (number) => encodeTlv(0x8c, numberBytes(number, true, 0))),
    // Speech, 64 kbit/s, G.711 A-law (Q.931 §4.5.5).
    encodeTlv(0xbb, encodeTlv(0x80, Buffer.of(0x80, 0x90, 0xa3))),
    ...given(fields.eventType, (event) => encodeInteger(0x9c, BcsmEvent[event])),
    ...given(fields.redirecting, (number) => encodeTlv(0x9d, numberBytes(number, true, 0))),
    ...given(fields.imsi, (imsi) => encodeTlv(0x9f32, encodeTbcd(imsi))),
    ...given(fields.location, (location) => encodeTlv(0xbf34, ...locationInformation(location))),
    ...given(fields.teleservice, (teleservice) => encodeTlv(0xbf35, encodeTlv(0x83, Buffer.of(teleservice)))),
    ...given(fields.callReference, (reference) => encodeTlv(0x9f36, reference)),
    ...given(fields.msc, (msc) => encodeTlv(0x9f37, encodeAddressString(msc))),
    ...given(fields.dialled, ({ digits, nature }) => encodeTlv(0x9f38, encodeAddressString(digits, nature))),
    ...given(fields.time, (time) => encodeTlv(0x9f39, timeBytes(time))),
    ...(extension.length > 0 ? [encodeTlv(0xbf3b, ...extension)] : []),
  );
}

/** RequestReportBCSMEventArg (29.078 §6.1.1): each event at a leg, held up until told to go on, or only notified. */
export function encodeRequestReportBcsmEvent(
  events: readonly { event: BcsmEventName; leg: 1 | 2; interrupted?: boolean }[],
): Buffer {
  const list = events.map(({ event, leg, interrupted }) =>
    encodeTlv(
      SEQUENCE,
      encodeInteger(0x80, BcsmEvent[event]),
      encodeInteger(0x81, interrupted === true ? 0 : 1),
      encodeTlv(0xa2, legBytes(0x80, leg)),
    ),
  );
  return encodeTlv(SEQUENCE, encodeTlv(0xa0, ...list));
}

/** EventReportBCSMArg (29.078 §6.1.1). `cause` is a Q.850 value of those events that say one. */
export function encodeEventReportBcsm(fields: {
  event: BcsmEventName;
  leg: 1 | 2;
  cause?: number;
  /** Where the call came to, of an answer. */
  destination?: IsupNumber;
  /** The call waits for an answer to this report. */
  interrupted?: boolean;
}): Buffer {
  const { event, cause, destination } = fields;
  const tag = EVENT_INFORMATION[event];
  const information = [
    ...(cause !== undefined && WITH_CAUSE.includes(event) ? [encodeTlv(0x80, causeBytes(cause))] : []),
    ...(destination !== undefined && (event === 'oAnswer' || event === 'tAnswer')
      ? [encodeTlv(0x9f32, numberBytes(destination, false))]
      : []),
  ];
  return encodeTlv(
    SEQUENCE,
    encodeInteger(0x80, BcsmEvent[event]),
    ...(tag === undefined ? [] : [encodeTlv(0xa2, encodeTlv(tag, ...information))]),
    encodeTlv(0xa3, legBytes(0x81, fields.leg)),
    encodeTlv(0xa4, encodeInteger(0x80, fields.interrupted === true ? 0 : 1)),
  );
}

/** ApplyChargingArg (29.078 §6.1.1): the call may last so many tenths of a second. */
export function encodeApplyCharging(fields: { tenths: number; leg?: 1 | 2 }): Buffer {
  const charging = encodeTlv(0xa0, encodeInteger(0x80, fields.tenths));
  return encodeTlv(SEQUENCE, encodeTlv(0x80, charging), encodeTlv(0xa2, legBytes(0x80, fields.leg ?? 1)));
}

/** ApplyChargingReportArg (29.078 §6.1.1): it has lasted so many tenths of a second, and goes on or not. */
export function encodeApplyChargingReport(fields: {
  /** Tenths of a second of the call; after a switch of the tariff, since that and, in the first report after it, before that. */
  tenths: number;
  before?: number;
  active: boolean;
  leg?: 1 | 2;
}): Buffer {
  const { tenths, before } = fields;
  const since = encodeInteger(0x80, tenths);
  const time = before === undefined ? since : encodeTlv(0xa1, since, encodeInteger(0x81, before));
  return encodeTlv(
    OCTETS,
    encodeTlv(
      0xa0,
      encodeTlv(0xa0, legBytes(0x81, fields.leg ?? 1)),
      encodeTlv(0xa1, time),
      encodeTlv(0x82, Buffer.of(fields.active ? 0xff : 0)),
    ),
  );
}

/** ConnectArg (29.078 §6.1.1): the call goes to this number instead. */
export function encodeConnect(fields: { destination: IsupNumber; originalCalled?: IsupNumber }): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeTlv(0xa0, encodeTlv(OCTETS, numberBytes(fields.destination, false))),
    ...given(fields.originalCalled, (number) => encodeTlv(0x86, numberBytes(number, true, 0))),
  );
}

/** ReleaseCallArg (29.078 §6.1.1): a Q.850 cause. */
export function encodeReleaseCall(fields: { cause: number }): Buffer {
  return encodeTlv(OCTETS, causeBytes(fields.cause));
}

/** InitialDPSMSArg (29.078 §7.1.1) of a short message from the subscriber. */
export function encodeInitialDpSms(fields: {
  serviceKey: number;
  calling: string;
  destination: string;
  imsi: string;
  serviceCentre: string;
  location?: CapLocation;
  msc?: string;
  time?: CapTime;
  classmark?: Buffer;
  imei?: string;
}): Buffer {
  return encodeTlv(
    SEQUENCE,
    encodeInteger(0x80, fields.serviceKey),
    encodeTlv(0x81, encodeAddressString(fields.destination)),
    encodeTlv(0x82, encodeAddressString(fields.calling)),
    // sms-CollectedInfo.
    encodeInteger(0x83, 1),
    encodeTlv(0x84, encodeTbcd(fields.imsi)),
    ...given(fields.location, (location) => encodeTlv(0xa5, ...locationInformation(location))),
    encodeTlv(0x87, encodeAddressString(fields.serviceCentre)),
    ...given(fields.time, (time) => encodeTlv(0x88, timeBytes(time))),
    // SMS-SUBMIT with a relative validity period, to no other protocol, in the 7-bit alphabet (23.040 §9.2.3).
    encodeTlv(0x89, Buffer.of(0x11)),
    encodeTlv(0x8a, Buffer.of(0)),
    encodeTlv(0x8b, Buffer.of(0)),
    ...given(fields.msc, (msc) => encodeTlv(0x8f, encodeAddressString(msc))),
    ...given(fields.classmark, (classmark) => encodeTlv(0x91, classmark)),
    ...given(fields.imei, (imei) => encodeTlv(0x93, encodeTbcd(imei))),
  );
}

/** EventReportSMSArg (29.078 §7.1.1) of a short message from the subscriber. */
export function encodeEventReportSms(fields: { submitted: boolean }): Buffer {
  const { submitted } = fields;
  return encodeTlv(
    SEQUENCE,
    // o-smsSubmission, o-smsFailure.
    encodeInteger(0x80, submitted ? 3 : 2),
    encodeTlv(0xa1, encodeTlv(submitted ? 0xa1 : 0xa0)),
    encodeTlv(0xa2, encodeInteger(0x80, 1)),
  );
}

/** Nothing of a field that is left out. */
function given<T>(value: T | undefined, encode: (value: T) => Buffer): Buffer[] {
  return value === undefined ? [] : [encode(value)];
}

/** LegID: sendingSideID 0x80, receivingSideID 0x81. */
function legBytes(tag: 0x80 | 0x81, leg: 1 | 2): Buffer {
  return encodeTlv(tag, Buffer.of(leg));
}

/** Cause indicators (Q.763 §3.12): ITU-T coding, from the public network of the remote user. */
function causeBytes(cause: number): Buffer {
  return Buffer.of(0x84, 0x80 | cause);
}

/** LocationInformation (29.002 §17.7.1), seen just now. */
function locationInformation(location: CapLocation): Buffer[] {
  const { mcc, mnc, lac, ci, vlr, serviceArea } = location;
  // Digits 1 to 3 of the MCC, 3 of the MNC or a filler, 1 and 2 of the MNC (3GPP TS 24.008 §10.5.1.3).
  const cell = Buffer.concat([encodeDigits(`${mcc}${mnc[2] ?? 'f'}${mnc.slice(0, 2)}`, 15), Buffer.alloc(4)]);
  cell.writeUInt16BE(lac, 3);
  cell.writeUInt16BE(ci, 5);
  return [
    encodeInteger(0x02, 0),
    ...given(vlr, (digits) => encodeTlv(0x81, encodeAddressString(digits))),
    encodeTlv(0xa3, encodeTlv(0x80, cell)),
    ...(serviceArea === true ? [encodeTlv(0x89)] : []),
  ];
}

/** TimeAndTimezone (29.078 §5.1): digits swapped in pairs, quarters of an hour with the sign in bit 4 (3GPP TS 23.040 §9.2.3.11). */
function timeBytes(time: CapTime): Buffer {
  const quarters = Math.abs(time.quarters);
  const zone = ((quarters % 10) << 4) | Math.floor(quarters / 10) | (time.quarters < 0 ? 8 : 0);
  return Buffer.concat([encodeTbcd(time.digits), Buffer.of(zone)]);
}
