import { copyDigits } from '../digits.ts';
import {
  addressString,
  CELL_OR_AREA,
  IMSI_DIGITS_MAX,
  LOCATION_INFORMATION,
  locationOf4g,
  routeingArea,
  setAddressString,
  tbcd,
} from '../location.ts';
import type { Operation } from '../message.ts';
import { setBytes } from '../operation.ts';
import { readTpdu, SmsType } from '../sms-tpdu.ts';
import { readInteger } from './ber.ts';
import { each, type Field, type FieldReader, field, inside } from './fields.ts';

/** Values that several operations of MAP carry (3GPP TS 29.002 §17.7), as readers of an element's contents. */
export const imsi = tbcd((operation) => operation.imsi, IMSI_DIGITS_MAX);
export const imei = tbcd((operation) => operation.imei);
export const msisdn = addressString((operation) => operation.msisdn);
export const msc = addressString((operation) => operation.msc);
export const vlr = addressString((operation) => operation.vlr);
export const sgsn = addressString((operation) => operation.sgsn);
export const hlr = addressString((operation) => operation.hlr);
export const gmsc = addressString((operation) => operation.gmsc);
export const serviceCentre = addressString((operation) => operation.serviceCentre);
export const roaming = addressString((operation) => operation.roaming);

/** The first number that calls are forwarded to. */
export const forwardedTo: FieldReader<Operation> = (data, start, end, out) => {
  if (out.forwardedTo.count === 0) setAddressString(out.forwardedTo, data, start, end);
};

/** SS-Code (§17.7.5); of several, that of the first number that calls are forwarded to. */
export const ssCode: FieldReader<Operation> = (data, start, end, out) => {
  if (end > start && out.forwardedTo.count === 0) out.ssCode = data[start]!;
};

export const tmsi: FieldReader<Operation> = (data, start, end, out) => setBytes(out.tmsi, data, start, end);

export const callReference: FieldReader<Operation> = (data, start, end, out) =>
  setBytes(out.callReference, data, start, end);

const classmark: FieldReader<Operation> = (data, start, end, out) => setBytes(out.classmark, data, start, end);

export const equipmentStatus: FieldReader<Operation> = (data, start, end, out) => {
  out.equipmentStatus = readInteger(data, start, end);
};

export const ussd: FieldReader<Operation> = (data, start, end, out) => setBytes(out.ussd, data, start, end);

export const ussdCoding: FieldReader<Operation> = (data, start, end, out) => {
  if (end > start) out.ussdCoding = data[start]!;
};

/** The network node number of a routing result is an SGSN's: gprsNodeIndicator stands after it (§17.7.6). */
export const nodeIsSgsn: FieldReader<Operation> = (_data, _start, _end, out) => {
  const { sgsn: to, msc: from } = out;
  copyDigits(to, from);
  from.count = 0;
};

/** TPDU that the mobile is sent (SMS-DELIVER, SMS-STATUS-REPORT). */
export const tpduToMobile: FieldReader<Operation> = (data, start, end, out) => {
  out.smsType = readTpdu(data, start, end, false, out);
};

/** TPDU of the operation that versions 1 and 2 have for both ways: a number of the subscriber stands only on the way from the mobile. */
export const tpduEitherWay: FieldReader<Operation> = (data, start, end, out) => {
  const fromMobile = out.msisdn.count > 0 || (end > start && (data[start]! & 3) === SmsType.submit);
  out.smsType = readTpdu(data, start, end, fromMobile, out);
};

/** ADD-Info (§17.7.1): IMEI and software version. */
export const ADDED: Field<Operation>[] = [field(0x80, imei)];

/** RoutingInfo (§17.7.3): a roaming number, or where to forward. */
export const FORWARDING_DATA: Field<Operation>[] = [field(0x85, forwardedTo), field(0x88, forwardedTo)];
export const ROUTING_INFO: Field<Operation>[] = [field(0x04, roaming), inside(0x30, ...FORWARDING_DATA)];

/** LocationInformationGPRS (§17.7.1): of a phone that only packets go to, the area alone may be there. */
export const LOCATION_GPRS: Field<Operation>[] = [
  inside(0xa0, ...CELL_OR_AREA),
  field(0x81, routeingArea),
  field(0x83, sgsn),
];

/** SubscriberInfo (§17.7.1). */
export const SUBSCRIBER_INFO: Field<Operation>[] = [
  inside(0xa0, ...LOCATION_INFORMATION),
  inside(0xa3, ...LOCATION_GPRS),
  field(0x85, imei),
  field(0x86, classmark),
  inside(0xa8, field(0x81, imsi), field(0x82, msisdn)),
  field(0xad, locationOf4g),
];

/** ForwardingFeatureList of SS-Info (§17.7.4); of subscriber data (§17.7.1) the long number has tag 10. */
export const FORWARDING_FEATURES: Field<Operation> = each(
  0x30,
  field(0x85, forwardedTo),
  field(0x89, forwardedTo),
  field(0x8a, forwardedTo),
);

/** SS-Info (§17.7.4): forwarding, barring, other data. */
export const SS_INFO: Field<Operation>[] = [
  each(0xa0, field(0x04, ssCode), inside(0x30, FORWARDING_FEATURES)),
  each(0xa1, field(0x04, ssCode)),
  each(0xa3, field(0x04, ssCode)),
];

/** Ext-ForwardingInfoFor-CSE (§17.7.1): of one service. */
export const FORWARDING_FOR_CSE: Field<Operation>[] = [field(0x80, ssCode), inside(0xa1, FORWARDING_FEATURES)];

/** Ext-SS-Info of subscriber data (§17.7.1): only what is forwarded is read. */
export const PROVISIONED_SS: Field<Operation>[] = [each(0xa0, field(0x04, ssCode), inside(0x30, FORWARDING_FEATURES))];
