/** Protocol discriminators of layer 3 (3GPP TS 24.007 §11.2.3.1.1). */
export const Discriminator = { gcc: 0, bcc: 1, cc: 3, mm: 5, rr: 6, gmm: 8, sms: 9, sm: 10, ss: 11 } as const;

/**
 * Bits of the message type octet: in CC, MM, SS, GCC and BCC bits 7 and 8 are send sequence numbers (24.007 §11.2.3.2.1), which
 * would give one message two types.
 */
export const TYPE_MASKS: readonly number[] = [
  0x3f, 0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff,
];

/** 24.008 table 10.3: call control. */
const CC: Readonly<Record<number, string>> = {
  1: 'alerting',
  2: 'callProceeding',
  3: 'progress',
  4: 'ccEstablishment',
  5: 'setup',
  6: 'ccEstablishmentConfirmed',
  7: 'connect',
  8: 'callConfirmed',
  9: 'startCc',
  11: 'recall',
  14: 'emergencySetup',
  15: 'connectAcknowledge',
  16: 'userInformation',
  19: 'modifyReject',
  23: 'modify',
  24: 'hold',
  25: 'holdAcknowledge',
  26: 'holdReject',
  28: 'retrieve',
  29: 'retrieveAcknowledge',
  30: 'retrieveReject',
  31: 'modifyComplete',
  37: 'disconnect',
  42: 'releaseComplete',
  45: 'release',
  49: 'stopDtmf',
  50: 'stopDtmfAcknowledge',
  52: 'statusEnquiry',
  53: 'startDtmf',
  54: 'startDtmfAcknowledge',
  55: 'startDtmfReject',
  57: 'congestionControl',
  58: 'facility',
  61: 'status',
  62: 'notify',
};

/** 24.008 table 10.2: mobility management. */
const MM: Readonly<Record<number, string>> = {
  1: 'imsiDetachIndication',
  2: 'locationUpdatingAccept',
  4: 'locationUpdatingReject',
  8: 'locationUpdatingRequest',
  17: 'authenticationReject',
  18: 'authenticationRequest',
  20: 'authenticationResponse',
  24: 'identityRequest',
  25: 'identityResponse',
  26: 'tmsiReallocationCommand',
  27: 'tmsiReallocationComplete',
  28: 'authenticationFailure',
  33: 'cmServiceAccept',
  34: 'cmServiceReject',
  35: 'cmServiceAbort',
  36: 'cmServiceRequest',
  37: 'cmServicePrompt',
  40: 'cmReestablishmentRequest',
  41: 'abort',
  48: 'mmNull',
  49: 'mmStatus',
  50: 'mmInformation',
};

/** 44.018 table 10.4.1: what of radio resources the MSC gets to see. */
const RR: Readonly<Record<number, string>> = {
  13: 'channelRelease',
  18: 'rrStatus',
  19: 'classmarkEnquiry',
  22: 'classmarkChange',
  39: 'pagingResponse',
  40: 'handoverFailure',
  41: 'assignmentComplete',
  43: 'handoverCommand',
  44: 'handoverComplete',
  46: 'assignmentCommand',
  47: 'assignmentFailure',
  50: 'cipheringModeComplete',
  52: 'gprsSuspensionRequest',
  53: 'cipheringModeCommand',
  56: 'applicationInformation',
  96: 'utranClassmarkChange',
  99: 'interSystemToUtranHandoverCommand',
};

/** 24.008 table 10.4: GPRS mobility management. */
const GMM: Readonly<Record<number, string>> = {
  1: 'attachRequest',
  2: 'attachAccept',
  3: 'attachComplete',
  4: 'attachReject',
  5: 'detachRequest',
  6: 'detachAccept',
  8: 'routingAreaUpdateRequest',
  9: 'routingAreaUpdateAccept',
  10: 'routingAreaUpdateComplete',
  11: 'routingAreaUpdateReject',
  12: 'serviceRequest',
  13: 'serviceAccept',
  14: 'serviceReject',
  16: 'pTmsiReallocationCommand',
  17: 'pTmsiReallocationComplete',
  18: 'authenticationAndCipheringRequest',
  19: 'authenticationAndCipheringResponse',
  20: 'authenticationAndCipheringReject',
  21: 'gmmIdentityRequest',
  22: 'gmmIdentityResponse',
  28: 'authenticationAndCipheringFailure',
  32: 'gmmStatus',
  33: 'gmmInformation',
};

/** 24.008 table 10.4a: GPRS session management. */
const SM: Readonly<Record<number, string>> = {
  65: 'activatePdpContextRequest',
  66: 'activatePdpContextAccept',
  67: 'activatePdpContextReject',
  68: 'requestPdpContextActivation',
  69: 'requestPdpContextActivationReject',
  70: 'deactivatePdpContextRequest',
  71: 'deactivatePdpContextAccept',
  72: 'modifyPdpContextRequestToMobile',
  73: 'modifyPdpContextAcceptToNetwork',
  74: 'modifyPdpContextRequestToNetwork',
  75: 'modifyPdpContextAcceptToMobile',
  76: 'modifyPdpContextReject',
  77: 'activateSecondaryPdpContextRequest',
  78: 'activateSecondaryPdpContextAccept',
  79: 'activateSecondaryPdpContextReject',
  85: 'smStatus',
  86: 'activateMbmsContextRequest',
  87: 'activateMbmsContextAccept',
  88: 'activateMbmsContextReject',
  89: 'requestMbmsContextActivation',
  90: 'requestMbmsContextActivationReject',
  91: 'requestSecondaryPdpContextActivation',
  92: 'requestSecondaryPdpContextActivationReject',
  93: 'notification',
};

/** 24.011 table 8.1: short messages, control layer. */
const SMS: Readonly<Record<number, string>> = { 1: 'cpData', 4: 'cpAck', 16: 'cpError' };

/** 24.080 table 3.1: supplementary services outside of calls. Call control has messages of the same names. */
const SS: Readonly<Record<number, string>> = { 42: 'ssReleaseComplete', 58: 'ssFacility', 59: 'ssRegister' };

/** 44.068 table 9.1 and 44.069 table 9.1: group and broadcast calls, which have messages of the same names. */
const GROUP: Readonly<Record<number, string>> = {
  49: 'ImmediateSetup',
  50: 'Setup',
  51: 'Connect',
  52: 'Termination',
  53: 'TerminationRequest',
  54: 'TerminationReject',
  56: 'Status',
  57: 'GetStatus',
  58: 'SetParameter',
  59: 'ImmediateSetup2',
};

/** Names of message types by discriminator. */
export const NAMES: readonly (readonly (string | undefined)[] | undefined)[] = [
  list(GROUP, 'gcc'),
  list(GROUP, 'bcc'),
  undefined,
  list(CC),
  undefined,
  list(MM),
  list(RR),
  undefined,
  list(GMM),
  list(SMS),
  list(SM),
  list(SS),
];

/** A table by number: reading it makes no text of the number. */
function list(names: Readonly<Record<number, string>>, prefix = ''): readonly (string | undefined)[] {
  return Array.from({ length: 256 }, (_, type) => (names[type] === undefined ? undefined : prefix + names[type]));
}
