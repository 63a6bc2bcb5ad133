/** Procedures (3GPP TS 25.413 §9.3.6) that a layer above looks at. */
export const RanapProcedure = {
  relocationPreparation: 2,
  relocationResourceAllocation: 3,
  directTransfer: 20,
} as const;

/** Kinds of message (25.413 §9.3.2, RANAP-PDU). */
export const RanapOutcome = { initiating: 0, successful: 1, unsuccessful: 2, outcome: 3 } as const;

/** Messages of each procedure (25.413 §9.1, §9.3.2): initiating, successful outcome, unsuccessful outcome, outcome. */
const NAMES: readonly (readonly (string | undefined)[] | undefined)[] = [
  ['rabAssignmentRequest', undefined, undefined, 'rabAssignmentResponse'],
  ['iuReleaseCommand', 'iuReleaseComplete'],
  ['relocationRequired', 'relocationCommand', 'relocationPreparationFailure'],
  ['relocationRequest', 'relocationRequestAcknowledge', 'relocationFailure'],
  ['relocationCancel', 'relocationCancelAcknowledge'],
  ['srnsContextRequest', undefined, undefined, 'srnsContextResponse'],
  ['securityModeCommand', 'securityModeComplete', 'securityModeReject'],
  ['dataVolumeReportRequest', undefined, undefined, 'dataVolumeReport'],
  undefined,
  ['reset', 'resetAcknowledge'],
  ['rabReleaseRequest'],
  ['iuReleaseRequest'],
  ['relocationDetect'],
  ['relocationComplete'],
  ['paging'],
  ['commonId'],
  ['cnInvokeTrace'],
  ['locationReportingControl'],
  ['locationReport'],
  ['initialUeMessage'],
  ['directTransfer'],
  ['overload'],
  ['errorIndication'],
  ['srnsDataForwardCommand'],
  ['forwardSrnsContext'],
  ['privateMessage'],
  ['cnDeactivateTrace'],
  ['resetResource', 'resetResourceAcknowledge'],
  ['ranapRelocationInformation'],
  ['rabModifyRequest'],
  ['locationRelatedDataRequest', 'locationRelatedDataResponse', 'locationRelatedDataFailure'],
  ['informationTransferIndication', 'informationTransferConfirmation', 'informationTransferFailure'],
  ['ueSpecificInformationIndication'],
  ['uplinkInformationExchangeRequest', 'uplinkInformationExchangeResponse', 'uplinkInformationExchangeFailure'],
  ['directInformationTransfer'],
  ['mbmsSessionStart', 'mbmsSessionStartResponse', 'mbmsSessionStartFailure'],
  ['mbmsSessionUpdate', 'mbmsSessionUpdateResponse', 'mbmsSessionUpdateFailure'],
  ['mbmsSessionStop', 'mbmsSessionStopResponse'],
  ['mbmsUeLinkingRequest', undefined, undefined, 'mbmsUeLinkingResponse'],
  ['mbmsRegistrationRequest', 'mbmsRegistrationResponse', 'mbmsRegistrationFailure'],
  ['mbmsCnDeRegistrationRequest', 'mbmsCnDeRegistrationResponse'],
  ['mbmsRabEstablishmentIndication'],
  ['mbmsRabReleaseRequest', 'mbmsRabRelease', 'mbmsRabReleaseFailure'],
  ['enhancedRelocationCompleteRequest', 'enhancedRelocationCompleteResponse', 'enhancedRelocationCompleteFailure'],
  ['enhancedRelocationCompleteConfirm'],
  ['ranapEnhancedRelocationInformationRequest', 'ranapEnhancedRelocationInformationResponse'],
  ['srvccCsKeysRequest', 'srvccCsKeysResponse'],
  ['ueRadioCapabilityMatchRequest', 'ueRadioCapabilityMatchResponse'],
  ['ueRegistrationQueryRequest', 'ueRegistrationQueryResponse'],
  ['rerouteNasRequest'],
];

/** Name of a RANAP message in camel case; `unknown` where the table has none. */
export function ranapTypeName(procedure: number, outcome: number): string {
  return NAMES[procedure]?.[outcome] ?? 'unknown';
}
