import type { MessageFormat } from '../parameters.ts';

/** Message types (ITU-T Q.713 §2.1 table 1). */
export const SccpType = {
  CR: 1,
  CC: 2,
  CREF: 3,
  RLSD: 4,
  RLC: 5,
  DT1: 6,
  DT2: 7,
  AK: 8,
  UDT: 9,
  UDTS: 10,
  ED: 11,
  EA: 12,
  RSR: 13,
  RSC: 14,
  ERR: 15,
  IT: 16,
  XUDT: 17,
  XUDTS: 18,
  LUDT: 19,
  LUDTS: 20,
} as const;

/** Parameter name codes (Q.713 §3.1 table 2). */
export const SccpParameter = {
  destinationReference: 1,
  sourceReference: 2,
  called: 3,
  calling: 4,
  protocolClass: 5,
  segmenting: 6,
  receiveSequence: 7,
  sequencing: 8,
  credit: 9,
  releaseCause: 10,
  returnCause: 11,
  resetCause: 12,
  errorCause: 13,
  refusalCause: 14,
  data: 15,
  segmentation: 16,
  hopCounter: 17,
  importance: 18,
  longData: 19,
} as const;

const P = SccpParameter;

/** Messages by type (Q.713 §4.2 to §4.21, in this order). */
export const SCCP_MESSAGES: readonly (MessageFormat | undefined)[] = [
  undefined,
  message('CR', [P.sourceReference, 3, P.protocolClass, 1], [P.called], true),
  message('CC', [P.destinationReference, 3, P.sourceReference, 3, P.protocolClass, 1], [], true),
  message('CREF', [P.destinationReference, 3, P.refusalCause, 1], [], true),
  message('RLSD', [P.destinationReference, 3, P.sourceReference, 3, P.releaseCause, 1], [], true),
  message('RLC', [P.destinationReference, 3, P.sourceReference, 3], [], false),
  message('DT1', [P.destinationReference, 3, P.segmenting, 1], [P.data], false),
  message('DT2', [P.destinationReference, 3, P.sequencing, 2], [P.data], false),
  message('AK', [P.destinationReference, 3, P.receiveSequence, 1, P.credit, 1], [], false),
  message('UDT', [P.protocolClass, 1], [P.called, P.calling, P.data], false),
  message('UDTS', [P.returnCause, 1], [P.called, P.calling, P.data], false),
  message('ED', [P.destinationReference, 3], [P.data], false),
  message('EA', [P.destinationReference, 3], [], false),
  message('RSR', [P.destinationReference, 3, P.sourceReference, 3, P.resetCause, 1], [], false),
  message('RSC', [P.destinationReference, 3, P.sourceReference, 3], [], false),
  message('ERR', [P.destinationReference, 3, P.errorCause, 1], [], false),
  message(
    'IT',
    [P.destinationReference, 3, P.sourceReference, 3, P.protocolClass, 1, P.sequencing, 2, P.credit, 1],
    [],
    false,
  ),
  message('XUDT', [P.protocolClass, 1, P.hopCounter, 1], [P.called, P.calling, P.data], true),
  message('XUDTS', [P.returnCause, 1, P.hopCounter, 1], [P.called, P.calling, P.data], true),
  message('LUDT', [P.protocolClass, 1, P.hopCounter, 1], [P.called, P.calling, P.longData], true, 2),
  message('LUDTS', [P.returnCause, 1, P.hopCounter, 1], [P.called, P.calling, P.longData], true, 2),
];

function message(
  name: string,
  fixed: readonly number[],
  variable: readonly number[],
  optional: boolean,
  pointer: 1 | 2 = 1,
): MessageFormat {
  return { name, fixed, variable, optional, pointer };
}

/** UDTS, XUDTS, LUDTS bring user data back to who sent it: nobody says it. */
export function isReturned(type: number): boolean {
  return type === SccpType.UDTS || type === SccpType.XUDTS || type === SccpType.LUDTS;
}

/** Messages of no connection, each routed by itself: UDT, XUDT, LUDT, and those that bring them back (Q.711 §6.2). */
export function isConnectionless(type: number): boolean {
  return type === SccpType.UDT || type === SccpType.XUDT || type === SccpType.LUDT || isReturned(type);
}

/** Name of a message type: `UDT`, `CR`; `type 99` of one that Q.713 has not. */
export function sccpTypeName(type: number): string {
  return SCCP_MESSAGES[type]?.name ?? `type ${type}`;
}
