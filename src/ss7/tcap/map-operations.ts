import { CELL_OR_AREA, cell, LOCATION_INFORMATION, locationOf4g } from '../location.ts';
import type { Operation } from '../message.ts';
import { type Field, field, inside } from './fields.ts';
import {
  ADDED,
  callReference,
  equipmentStatus,
  FORWARDING_DATA,
  FORWARDING_FEATURES,
  FORWARDING_FOR_CSE,
  forwardedTo,
  gmsc,
  hlr,
  imei,
  imsi,
  LOCATION_GPRS,
  msc,
  msisdn,
  nodeIsSgsn,
  PROVISIONED_SS,
  ROUTING_INFO,
  roaming,
  SS_INFO,
  SUBSCRIBER_INFO,
  serviceCentre,
  sgsn,
  ssCode,
  tmsi,
  tpduEitherWay,
  tpduToMobile,
  ussd,
  ussdCoding,
  vlr,
} from './map-fields.ts';

/**
 * What is read of an operation's argument and result. The tables start at the parameter itself, so that the forms of all versions stand
 * side by side: version 1 and 2 often have a bare value where version 3 has a SEQUENCE or a tag of its own.
 */
export interface MapOperation {
  argument?: readonly Field<Operation>[];
  result?: readonly Field<Operation>[];
}

type Fields = Field<Operation>[];

/** Operation codes of 3GPP TS 29.002 §17.6 whose contents are read (and versions 1 and 2, GSM 09.02). */
export const MapOpcode = {
  updateLocation: 2,
  cancelLocation: 3,
  provideRoamingNumber: 4,
  noteSubscriberDataModified: 5,
  resumeCallHandling: 6,
  insertSubscriberData: 7,
  deleteSubscriberData: 8,
  sendParameters: 9,
  registerSS: 10,
  eraseSS: 11,
  activateSS: 12,
  deactivateSS: 13,
  interrogateSS: 14,
  authenticationFailureReport: 15,
  processUnstructuredSSData: 19,
  sendRoutingInfo: 22,
  updateGprsLocation: 23,
  sendRoutingInfoForGprs: 24,
  failureReport: 25,
  cancelVcsgLocation: 36,
  checkIMEI: 43,
  mtForwardSM: 44,
  sendRoutingInfoForSM: 45,
  moForwardSM: 46,
  reportSMDeliveryStatus: 47,
  noteSubscriberPresent: 48,
  alertServiceCentreWithoutResult: 49,
  activateTraceMode: 50,
  deactivateTraceMode: 51,
  traceSubscriberActivity: 52,
  updateVcsgLocation: 53,
  beginSubscriberActivity: 54,
  sendIdentification: 55,
  sendAuthenticationInfo: 56,
  restoreData: 57,
  sendIMSI: 58,
  processUnstructuredSSRequest: 59,
  unstructuredSSRequest: 60,
  unstructuredSSNotify: 61,
  anyTimeSubscriptionInterrogation: 62,
  alertServiceCentre: 64,
  anyTimeModification: 65,
  readyForSM: 66,
  purgeMS: 67,
  prepareHandover: 68,
  provideSubscriberInfo: 70,
  anyTimeInterrogation: 71,
  ssInvocationNotification: 72,
  setReportingState: 73,
  statusReport: 74,
  remoteUserFree: 75,
  noteMsPresentForGprs: 26,
  informServiceCentre: 63,
  provideSubscriberLocation: 83,
  sendRoutingInfoForLCS: 85,
  subscriberLocationReport: 86,
  istAlert: 87,
  istCommand: 88,
  noteMmEvent: 89,
} as const;

/** SM-RP-DA, then SM-RP-OA (§17.7.6). */
const FROM_AND_TO: Fields = [
  field(0x80, imsi),
  field(0x84, serviceCentre),
  field(0x82, msisdn),
  field(0x84, serviceCentre),
];
const FORWARD_SM: Fields = [inside(0x30, ...FROM_AND_TO, field(0x04, tpduEitherWay), field(0x04, imsi))];

/** SubscriberIdentity (§17.7.8). */
const SUBSCRIBER: Fields = [field(0x80, imsi), field(0x81, msisdn)];

/** Supplementary service operations (§17.7.4). */
const REGISTER_SS: Fields = [inside(0x30, field(0x04, ssCode), field(0x84, forwardedTo))];
const SS_FOR_SERVICE: Fields = [inside(0x30, field(0x04, ssCode))];
const USSD: Fields = [inside(0x30, field(0x04, ussdCoding), field(0x04, ussd), field(0x80, msisdn))];

const ALERT_SERVICE_CENTRE: MapOperation = {
  argument: [inside(0x30, field(0x04, msisdn), field(0x04, serviceCentre), field(0x04, imsi))],
};
const SUBSCRIBER_INFO_RESULT: Fields = [inside(0x30, inside(0x30, ...SUBSCRIBER_INFO))];
const HLR_NUMBER: Fields = [field(0x04, hlr), inside(0x30, field(0x04, hlr))];

/** LCSLocationInfo (§17.7.13): the node that is visited. */
const LCS_LOCATION: Fields = [
  field(0x04, msc),
  field(0x82, nodeIsSgsn),
  inside(0xa3, field(0x80, msc), field(0x81, sgsn)),
];
/** Arguments that begin with the IMSI [0], of which no more is read. */
const OF_IMSI: MapOperation = { argument: [inside(0x30, field(0x80, imsi))] };

/** By operation code. Clauses of 29.002: mobility §17.7.1, calls §17.7.3, supplementary services §17.7.4, short messages §17.7.6, location services §17.7.13. */
export const MAP_OPERATIONS: Readonly<Record<number, MapOperation>> = {
  [MapOpcode.updateLocation]: {
    argument: [
      // Version 1 may have a roaming number [0] in place of the MSC number.
      inside(0x30, field(0x04, imsi), field(0x80, roaming), field(0x81, msc), field(0x04, vlr), inside(0xad, ...ADDED)),
    ],
    result: HLR_NUMBER,
  },
  [MapOpcode.cancelLocation]: {
    argument: [
      field(0x04, imsi),
      inside(0x30, field(0x04, imsi)),
      inside(0xa3, field(0x04, imsi), inside(0x30, field(0x04, imsi)), field(0x83, msc), field(0x84, vlr)),
    ],
  },
  [MapOpcode.provideRoamingNumber]: {
    argument: [
      inside(
        0x30,
        field(0x80, imsi),
        field(0x81, msc),
        field(0x82, msisdn),
        field(0x88, gmsc),
        field(0x89, callReference),
      ),
    ],
    result: [field(0x04, roaming), inside(0x30, field(0x04, roaming), field(0x04, msc))],
  },
  [MapOpcode.noteSubscriberDataModified]: {
    argument: [inside(0x30, field(0x04, imsi), field(0x04, msisdn), inside(0xa0, ...FORWARDING_FOR_CSE))],
  },
  [MapOpcode.resumeCallHandling]: {
    argument: [
      inside(
        0x30,
        field(0x80, callReference),
        inside(0xa2, ...FORWARDING_DATA),
        field(0x83, imsi),
        field(0x89, msisdn),
      ),
    ],
  },
  [MapOpcode.insertSubscriberData]: {
    argument: [inside(0x30, field(0x80, imsi), field(0x81, msisdn), inside(0xa7, ...PROVISIONED_SS))],
  },
  [MapOpcode.deleteSubscriberData]: OF_IMSI,
  // Version 1: in place of sendAuthenticationInfo, and for the subscriber's data (GSM 09.02 §17.6.1 of phase 1).
  [MapOpcode.sendParameters]: {
    argument: [inside(0x30, field(0x80, imsi), field(0x81, tmsi))],
    result: [inside(0x30, field(0x80, imsi), inside(0xa2, field(0x81, msisdn), inside(0xa7, ...PROVISIONED_SS)))],
  },
  [MapOpcode.registerSS]: { argument: REGISTER_SS, result: SS_INFO },
  [MapOpcode.eraseSS]: { argument: SS_FOR_SERVICE, result: SS_INFO },
  [MapOpcode.activateSS]: { argument: SS_FOR_SERVICE, result: SS_INFO },
  [MapOpcode.deactivateSS]: { argument: SS_FOR_SERVICE, result: SS_INFO },
  [MapOpcode.interrogateSS]: { argument: SS_FOR_SERVICE, result: [inside(0xa3, FORWARDING_FEATURES)] },
  [MapOpcode.authenticationFailureReport]: { argument: [inside(0x30, field(0x04, imsi))] },
  // Version 1: an IA5String.
  [MapOpcode.processUnstructuredSSData]: { argument: [field(0x16, ussd)], result: [field(0x16, ussd)] },
  [MapOpcode.sendRoutingInfo]: {
    argument: [inside(0x30, field(0x80, msisdn), field(0x86, gmsc), field(0x87, callReference))],
    result: [
      inside(0x30, field(0x04, imsi), ...ROUTING_INFO),
      inside(
        0xa3,
        field(0x89, imsi),
        ...ROUTING_INFO,
        inside(0xa8, inside(0x30, ...FORWARDING_DATA)),
        inside(0xa7, ...SUBSCRIBER_INFO),
        field(0x82, msc),
        field(0x8c, msisdn),
      ),
    ],
  },
  [MapOpcode.updateGprsLocation]: {
    argument: [inside(0x30, field(0x04, imsi), field(0x04, sgsn), inside(0xa4, ...ADDED))],
    result: HLR_NUMBER,
  },
  [MapOpcode.sendRoutingInfoForGprs]: OF_IMSI,
  [MapOpcode.failureReport]: OF_IMSI,
  [MapOpcode.cancelVcsgLocation]: { argument: [inside(0x30, field(0x04, imsi))] },
  [MapOpcode.updateVcsgLocation]: {
    argument: [inside(0x30, field(0x04, imsi), field(0x04, msisdn), field(0x80, vlr), field(0x81, sgsn))],
  },
  [MapOpcode.activateTraceMode]: OF_IMSI,
  [MapOpcode.deactivateTraceMode]: OF_IMSI,
  [MapOpcode.traceSubscriberActivity]: OF_IMSI,
  [MapOpcode.checkIMEI]: {
    // What Huawei's exchanges put behind it in version 2: the IMSI, under a tag of their own.
    argument: [field(0x04, imei), field(0x00, imsi), inside(0x30, field(0x04, imei))],
    result: [field(0x0a, equipmentStatus), inside(0x30, field(0x0a, equipmentStatus))],
  },
  [MapOpcode.mtForwardSM]: {
    argument: [inside(0x30, ...FROM_AND_TO, field(0x04, tpduToMobile))],
  },
  [MapOpcode.sendRoutingInfoForSM]: {
    argument: [inside(0x30, field(0x80, msisdn), field(0x82, serviceCentre), field(0x8c, imsi))],
    result: [
      inside(
        0x30,
        field(0x04, imsi),
        inside(
          0xa0,
          field(0x80, roaming),
          field(0x81, msc),
          field(0x85, nodeIsSgsn),
          inside(0xa6, field(0x80, msc), field(0x81, sgsn)),
        ),
      ),
    ],
  },
  [MapOpcode.moForwardSM]: { argument: FORWARD_SM },
  [MapOpcode.reportSMDeliveryStatus]: {
    argument: [inside(0x30, field(0x04, msisdn), field(0x04, serviceCentre), field(0x89, imsi))],
    result: [field(0x04, msisdn), inside(0x30, field(0x04, msisdn))],
  },
  [MapOpcode.noteSubscriberPresent]: { argument: [field(0x04, imsi)] },
  [MapOpcode.alertServiceCentreWithoutResult]: ALERT_SERVICE_CENTRE,
  [MapOpcode.alertServiceCentre]: ALERT_SERVICE_CENTRE,
  // Version 1: before an operation on supplementary services. The number is [PRIVATE 28].
  [MapOpcode.beginSubscriberActivity]: { argument: [inside(0x30, field(0x04, imsi), field(0xdc, msisdn))] },
  [MapOpcode.sendIdentification]: {
    // A TMSI is one of the location area it was given in; the numbers are of who asks.
    argument: [
      field(0x04, tmsi),
      inside(0x30, field(0x04, tmsi), field(0x04, msc), field(0x80, cell), field(0x83, vlr)),
    ],
    result: [inside(0x30, field(0x04, imsi)), inside(0xa3, field(0x04, imsi))],
  },
  [MapOpcode.sendAuthenticationInfo]: { argument: [field(0x04, imsi), inside(0x30, field(0x80, imsi))] },
  [MapOpcode.restoreData]: { argument: [inside(0x30, field(0x04, imsi))], result: HLR_NUMBER },
  [MapOpcode.sendIMSI]: { argument: [field(0x04, msisdn)], result: [field(0x04, imsi)] },
  [MapOpcode.processUnstructuredSSRequest]: { argument: USSD, result: USSD },
  [MapOpcode.unstructuredSSRequest]: { argument: USSD, result: USSD },
  [MapOpcode.unstructuredSSNotify]: { argument: USSD },
  [MapOpcode.anyTimeSubscriptionInterrogation]: {
    argument: [inside(0x30, inside(0xa0, ...SUBSCRIBER))],
    result: [inside(0x30, inside(0xa1, inside(0x30, FORWARDING_FEATURES)))],
  },
  [MapOpcode.anyTimeModification]: {
    argument: [inside(0x30, inside(0xa0, ...SUBSCRIBER), inside(0xa2, field(0x80, ssCode), field(0x83, forwardedTo)))],
    result: [inside(0x30, inside(0xa0, inside(0xa0, ...FORWARDING_FOR_CSE)))],
  },
  [MapOpcode.noteMsPresentForGprs]: OF_IMSI,
  [MapOpcode.informServiceCentre]: { argument: [inside(0x30, field(0x04, msisdn))] },
  [MapOpcode.readyForSM]: OF_IMSI,
  [MapOpcode.purgeMS]: {
    argument: [
      inside(0x30, field(0x04, imsi), field(0x04, vlr)),
      // Where the phone was last heard.
      inside(
        0xa3,
        field(0x04, imsi),
        field(0x80, vlr),
        field(0x81, sgsn),
        inside(0xa2, ...LOCATION_INFORMATION),
        inside(0xa3, ...LOCATION_GPRS),
        field(0xa4, locationOf4g),
      ),
    ],
  },
  [MapOpcode.prepareHandover]: { argument: [inside(0xa3, field(0x84, imsi))] },
  [MapOpcode.provideSubscriberInfo]: {
    argument: [inside(0x30, field(0x80, imsi))],
    result: SUBSCRIBER_INFO_RESULT,
  },
  [MapOpcode.anyTimeInterrogation]: {
    argument: [inside(0x30, inside(0xa0, ...SUBSCRIBER))],
    result: SUBSCRIBER_INFO_RESULT,
  },
  [MapOpcode.provideSubscriberLocation]: {
    argument: [inside(0x30, field(0x82, imsi), field(0x83, msisdn), field(0x85, imei))],
    result: [inside(0x30, inside(0xa6, ...CELL_OR_AREA))],
  },
  [MapOpcode.sendRoutingInfoForLCS]: {
    argument: [inside(0x30, inside(0xa1, ...SUBSCRIBER))],
    result: [inside(0x30, inside(0xa0, ...SUBSCRIBER), inside(0xa1, ...LCS_LOCATION))],
  },
  [MapOpcode.subscriberLocationReport]: {
    argument: [
      inside(
        0x30,
        // LCS-ClientID, before LCSLocationInfo.
        inside(0x30),
        inside(0x30, ...LCS_LOCATION),
        field(0x80, msisdn),
        field(0x81, imsi),
        field(0x82, imei),
        inside(0xad, ...CELL_OR_AREA),
      ),
    ],
  },
  [MapOpcode.ssInvocationNotification]: {
    argument: [inside(0x30, field(0x80, imsi), field(0x81, msisdn), field(0x82, ssCode))],
  },
  [MapOpcode.setReportingState]: OF_IMSI,
  [MapOpcode.statusReport]: OF_IMSI,
  [MapOpcode.remoteUserFree]: OF_IMSI,
  [MapOpcode.istAlert]: OF_IMSI,
  [MapOpcode.istCommand]: OF_IMSI,
  [MapOpcode.noteMmEvent]: {
    argument: [
      inside(
        0x30,
        field(0x81, imsi),
        field(0x82, msisdn),
        inside(0xa3, ...LOCATION_INFORMATION),
        inside(0xa7, ...LOCATION_GPRS),
      ),
    ],
  },
};
