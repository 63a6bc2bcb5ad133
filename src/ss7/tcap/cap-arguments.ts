import type { Digits } from '../digits.ts';
import { causeValueAt, readIsupNumber } from '../isup/isup-number.ts';
import {
  addressString,
  cell,
  IMSI_DIGITS_MAX,
  LOCATION_INFORMATION,
  routeingArea,
  setAddressString,
  setCell,
  tbcd,
} from '../location.ts';
import type { Operation } from '../message.ts';
import { setBytes } from '../operation.ts';
import { readInteger } from './ber.ts';
import { CapOpcode } from './cap-operations.ts';
import { each, type Field, type FieldReader, field, inside } from './fields.ts';

type Pick = (operation: Operation) => Digits;

/** Called party number of Q.763 §3.9 in an OCTET STRING. */
const calledNumber =
  (pick: Pick): FieldReader<Operation> =>
  (data, start, end, out) => {
    readIsupNumber(data, start, end, false, pick(out));
  };

/** Calling party, original called, redirecting and location number (Q.763 §3.10, §3.39, §3.44, §3.30). */
const isupNumber =
  (pick: Pick): FieldReader<Operation> =>
  (data, start, end, out) => {
    readIsupNumber(data, start, end, true, pick(out));
  };

/**
 * CalledPartyBCDNumber (29.078 §5.1): type of number and plan, then BCD digits (24.008 §10.5.4.7), whatever the extension bit says,
 * for no octet 3a is carried. A type of number 5 has text instead of digits (3GPP TS 23.040 §9.1.2.5): no digits.
 */
function readBcdNumber(data: Buffer, start: number, end: number, out: Operation): void {
  if (end <= start || ((data[start]! >> 4) & 7) === 5) return;
  setAddressString(out.called, data, start, end);
}

/** Integer4 of Q.1218, which is not negative: where its sign bit is set, an octet 0 was left out. -1 of more than 31 bits. */
function readInteger4(data: Buffer, start: number, end: number): number {
  const value = readInteger(data, start, end);
  const unsigned = value < 0 && end > start && end - start < 4 ? value + 2 ** (8 * (end - start)) : value;
  return unsigned >= 0 && unsigned < 2 ** 31 ? unsigned : -1;
}

function readServiceKey(data: Buffer, start: number, end: number, out: Operation): void {
  out.serviceKey = readInteger4(data, start, end);
}

function readEventType(data: Buffer, start: number, end: number, out: Operation): void {
  out.eventType = readInteger4(data, start, end);
}

function readCategory(data: Buffer, start: number, end: number, out: Operation): void {
  if (end > start) out.category = data[start]!;
}

function readCause(data: Buffer, start: number, end: number, out: Operation): void {
  const at = causeValueAt(data, start, end);
  if (at >= 0) out.cause = data[at]! & 0x7f;
}

/** RPCause (29.078 §7.1.1): a cause of the relay layer (3GPP TS 24.011 §8.2.5.4) without its length. */
function readRpCause(data: Buffer, start: number, end: number, out: Operation): void {
  if (end > start) out.cause = data[start]! & 0x7f;
}

/** LegType: one octet. */
function readLeg(data: Buffer, start: number, end: number, out: Operation): void {
  if (end > start) out.leg = data[start]!;
}

function readElapsed(data: Buffer, start: number, end: number, out: Operation): void {
  out.elapsed = readInteger4(data, start, end);
}

function readActive(data: Buffer, start: number, end: number, out: Operation): void {
  if (end > start) out.legActive = data[start] === 0 ? 0 : 1;
}

/** After a tariff switch, the time since it and, where given, the time before it. */
function readElapsedMore(data: Buffer, start: number, end: number, out: Operation): void {
  const before = readInteger4(data, start, end);
  if (out.elapsed >= 0 && before >= 0) out.elapsed += before;
}

const CAUSE: Field<Operation> = field(0x80, readCause);
/** LegID (Q.1218 §2.1): sendingSideID, receivingSideID. */
const LEG: Field<Operation>[] = [field(0x80, readLeg), field(0x81, readLeg)];

const imsi = tbcd((operation) => operation.imsi, IMSI_DIGITS_MAX);
const imei = tbcd((operation) => operation.imei);
const msc = addressString((operation) => operation.msc);
const gmsc = addressString((operation) => operation.gmsc);
const sgsn = addressString((operation) => operation.sgsn);
const classmark: FieldReader<Operation> = (data, start, end, out) => setBytes(out.classmark, data, start, end);
const callReference: FieldReader<Operation> = (data, start, end, out) => setBytes(out.callReference, data, start, end);
const localTime: FieldReader<Operation> = (data, start, end, out) => setBytes(out.localTime, data, start, end);
const bearer: FieldReader<Operation> = (data, start, end, out) => setBytes(out.bearer, data, start, end);
const called = calledNumber((operation) => operation.called);
const calling = isupNumber((operation) => operation.calling);
const originalCalled = isupNumber((operation) => operation.originalCalled);
const redirecting = isupNumber((operation) => operation.redirecting);
const forwardedTo = calledNumber((operation) => operation.forwardedTo);

/** Ext-BasicServiceCode (29.002 §17.7.9): bearer service or teleservice, the first octet of each. */
const BASIC_SERVICE: Field<Operation>[] = [
  field(0x82, (data, start, end, out) => {
    if (end > start) out.bearerService = data[start]!;
  }),
  field(0x83, (data, start, end, out) => {
    if (end > start) out.teleservice = data[start]!;
  }),
];

/** InitialDPArgExtension of phases 1 and 2 (3GPP TS 09.78 §6.1). */
const EXTENSION_PHASE_2 = inside<Operation>(0xbf3b, field(0x81, gmsc));
/** InitialDPArgExtension from phase 3 on (29.078 §6.1.1). */
const EXTENSION_PHASE_3 = inside<Operation>(
  0xbf3b,
  field(0x80, gmsc),
  field(0x81, forwardedTo),
  field(0x82, classmark),
  field(0x83, imei),
);

/** InitialDPArg (29.078 §6.1.1; Q.1218 §2.1 up to [30]), in its order. */
function initialDp(extension: Field<Operation>): Field<Operation> {
  return inside(
    0x30,
    field(0x80, readServiceKey),
    // INAP only (Q.1218 §2.1): what was dialled, where the called number is not made of it yet.
    field(0x81, called),
    field(0x82, called),
    field(0x83, calling),
    field(0x85, readCategory),
    field(
      0x8a,
      isupNumber((operation) => operation.locationNumber),
    ),
    field(0x8c, originalCalled),
    inside(0xbb, field(0x80, bearer)),
    field(0x9c, readEventType),
    field(0x9d, redirecting),
    field(0x91, readCause),
    field(0x9f32, imsi),
    inside(0xbf34, ...LOCATION_INFORMATION),
    inside(0xbf35, ...BASIC_SERVICE),
    field(0x9f36, callReference),
    field(0x9f37, msc),
    field(0x9f38, readBcdNumber),
    field(0x9f39, localTime),
    extension,
  );
}

/** Where a subscriber is, as events of a call give it: LocationInformation [50]. */
const LOCATION = inside<Operation>(0xbf32, ...LOCATION_INFORMATION);
const ANSWER: Field<Operation>[] = [field(0x9f32, called), inside(0xbf36, ...BASIC_SERVICE)];

const DIGITS: Field<Operation> = field(0x80, called);

/** EventSpecificInformationBCSM (29.078 §5.1): a choice by event. */
const EVENT_INFORMATION: Field<Operation>[] = [
  // INAP only (Q.1218 §2.1): digits that were collected, and that were analysed.
  inside(0xa0, DIGITS),
  inside(0xa1, DIGITS),
  inside(0xa2, CAUSE),
  inside(0xa3, CAUSE),
  inside(0xa5, ...ANSWER),
  inside(0xa7, CAUSE),
  inside(0xa8, CAUSE, field(0x9f34, forwardedTo)),
  inside(0xa9, field(0x9f34, forwardedTo)),
  inside(0xaa, ...ANSWER),
  inside(0xac, CAUSE),
  inside(0xad, LOCATION),
  inside(0xb4, LOCATION),
  inside(0xbf32, LOCATION),
  inside(0xbf33, LOCATION),
  // dpSpecificInfoAlt of phase 4: collected digits.
  inside(0xbf34, inside(0xa2, DIGITS)),
];

/** TimeInformation (29.078 §5.1), in tenths of a second. */
const TIME_INFORMATION = inside<Operation>(
  0xa1,
  field(0x80, readElapsed),
  inside(0xa1, field(0x80, readElapsed), field(0x81, readElapsedMore)),
);

/** RequestedInformation (29.078 §5.1) of a callInformationReport: connected time in tenths of a second, release cause. */
const REQUESTED_INFORMATION = each<Operation>(0x30, inside(0xa1, field(0x82, readElapsed), field(0x9e, readCause)));

/** LocationInformationGPRS (29.078 §5.1): cell, service area or location area without the tags that LocationInformation has. */
const LOCATION_GPRS: Field<Operation>[] = [field(0x80, cell), field(0x81, routeingArea), field(0x83, sgsn)];

/** A cell says more than the routeing area before it. */
const preciseCell: FieldReader<Operation> = (data, start, end, out) => {
  if (out.cell.ci < 0) setCell(out.cell, data, start, end);
};

/** GPRSEventSpecificInformation (29.078 §5.1): a choice by event, of those that say where. */
const GPRS_EVENT_INFORMATION: Field<Operation>[] = [
  inside(0xa0, inside(0xa0, ...LOCATION_GPRS)),
  inside(0xa1, inside(0xa2, ...LOCATION_GPRS)),
  inside(0xa4, inside(0xa3, ...LOCATION_GPRS)),
  inside(0xa5, inside(0xa4, ...LOCATION_GPRS)),
];

/**
 * Arguments by operation code: what stands at the top of the parameter, from 29.078 §6.1.1, §7.1.1, §8.1.1. CallResult, in an OCTET
 * STRING, is a BER element itself.
 */
export const CAP_ARGUMENTS: Readonly<Record<number, readonly Field<Operation>[]>> = {
  [CapOpcode.initialDP]: [initialDp(EXTENSION_PHASE_3)],
  [CapOpcode.connect]: [
    inside(
      0x30,
      inside(0xa0, field(0x04, called)),
      field(0x86, originalCalled),
      // INAP only (Q.1218 §2.1).
      field(0x9b, calling),
      field(0x9c, readCategory),
      field(0x9d, redirecting),
    ),
  ],
  // releaseCall: a Cause; phase 4 has it also within [2]; INAP has it also within [1], of one call segment (ITU-T Q.1248.2).
  [CapOpcode.releaseCall]: [field(0x04, readCause), inside(0xa1, field(0x81, readCause)), inside(0xa2, CAUSE)],
  [CapOpcode.eventReportBCSM]: [
    inside(0x30, field(0x80, readEventType), inside(0xa2, ...EVENT_INFORMATION), inside(0xa3, ...LEG)),
  ],
  [CapOpcode.initiateCallAttempt]: [
    inside(0x30, inside(0xa0, field(0x04, called)), field(0x9e, calling), field(0x9f33, callReference)),
  ],
  [CapOpcode.applyCharging]: [inside(0x30, inside(0xa2, ...LEG))],
  [CapOpcode.applyChargingReport]: [
    inside(0x04, inside(0xa0, inside(0xa0, ...LEG), TIME_INFORMATION, field(0x82, readActive))),
  ],
  [CapOpcode.callInformationReport]: [inside(0x30, inside(0xa0, REQUESTED_INFORMATION), inside(0xa3, ...LEG))],
  [CapOpcode.initialDPSMS]: [
    inside(
      0x30,
      field(0x80, readServiceKey),
      field(0x81, readBcdNumber),
      field(
        0x82,
        addressString((operation) => operation.calling),
      ),
      field(0x83, readEventType),
      field(0x84, imsi),
      inside(0xa5, ...LOCATION_INFORMATION),
      inside(0xa6, ...LOCATION_GPRS),
      field(
        0x87,
        addressString((operation) => operation.serviceCentre),
      ),
      field(0x88, localTime),
      field(0x8e, callReference),
      field(0x8f, msc),
      field(0x90, sgsn),
      field(0x91, classmark),
      field(0x93, imei),
      field(
        0x94,
        addressString((operation) => operation.called),
      ),
    ),
  ],
  [CapOpcode.connectSMS]: [
    inside(
      0x30,
      field(
        0x80,
        addressString((operation) => operation.calling),
      ),
      field(0x81, readBcdNumber),
      field(
        0x82,
        addressString((operation) => operation.serviceCentre),
      ),
    ),
  ],
  [CapOpcode.eventReportSMS]: [inside(0x30, field(0x80, readEventType))],
  [CapOpcode.releaseSMS]: [field(0x04, readRpCause)],
  [CapOpcode.initialDPGPRS]: [
    inside(
      0x30,
      field(0x80, readServiceKey),
      field(0x81, readEventType),
      field(
        0x82,
        addressString((operation) => operation.msisdn),
      ),
      field(0x83, imsi),
      field(0x84, localTime),
      field(0x89, routeingArea),
      inside(0xac, field(0x80, preciseCell), ...LOCATION_GPRS.slice(1)),
      field(0x91, imei),
    ),
  ],
  [CapOpcode.eventReportGPRS]: [inside(0x30, field(0x80, readEventType), inside(0xa2, ...GPRS_EVENT_INFORMATION))],
  [CapOpcode.continueWithArgument]: [inside(0x30, field(0x8c, readCategory))],
  [CapOpcode.disconnectLeg]: [inside(0x30, inside(0xa0, ...LEG), field(0x81, readCause))],
  // callSegmentFailure and bCSM-Failure.
  [CapOpcode.entityReleased]: [
    inside(0xa0, field(0x82, readCause)),
    inside(0xa1, inside(0xa0, ...LEG), field(0x82, readCause)),
  ],
};

/**
 * Arguments of INAP's operations for single detection points, 1 to 15 (Q.1218 §2.1): DpSpecificCommonParameters first; of those for collected
 * and analysed digits what was dialled too.
 */
const COMMON = inside<Operation>(
  0xa0,
  field(0x82, called),
  field(0x83, calling),
  field(0x84, readCategory),
  field(
    0x89,
    isupNumber((operation) => operation.locationNumber),
  ),
);
export const DETECTION_POINT: readonly Field<Operation>[] = [inside(0x30, COMMON)];
export const DETECTION_POINT_DIALLED: readonly Field<Operation>[] = [
  inside(
    0x30,
    COMMON,
    field(0x81, (data, start, end, out) => {
      if (out.called.count === 0) called(data, start, end, out);
    }),
  ),
];

/** InitialDPArg of phases 1 and 2. */
export const INITIAL_DP_PHASE_2: readonly Field<Operation>[] = [initialDp(EXTENSION_PHASE_2)];
