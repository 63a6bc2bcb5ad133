import { elapsed } from '../../base/time.ts';
import { isAfter } from './finish.ts';
import type { DialogueState, Report } from './state.ts';
import { COPY } from './ties.ts';

/** Event types of the basic call state model (3GPP TS 29.078 §5.1). */
export const Bcsm = {
  routeSelectFailure: 4,
  oBusy: 5,
  oNoAnswer: 6,
  oAnswer: 7,
  oDisconnect: 9,
  oAbandon: 10,
  termAttemptAuthorised: 12,
  tBusy: 13,
  tNoAnswer: 14,
  tAnswer: 15,
  tDisconnect: 17,
  tAbandon: 18,
  oTermSeized: 19,
  callAccepted: 27,
} as const;

/** Event types of short messages (29.078 §7.1). */
export const SmsEvent = { failed: 2, submitted: 3, deliveryRequested: 11, deliveryFailed: 12, delivered: 13 } as const;

/** A report that another link shows as well. */
export function isCopy(a: Report, b: Report): boolean {
  return a.event === b.event && a.leg === b.leg && isAfter(a, b) && elapsed(b, a) <= COPY * 1000;
}

/** The earliest report of one of these events, of any leg, that is counted. */
export function reportOf(
  { reports }: DialogueState,
  events: ReadonlySet<number>,
  isCounted: (report: Report) => boolean = () => true,
): Report | null {
  let found: Report | null = null;
  for (const report of reports) {
    if (events.has(report.event) && (found === null || isAfter(found, report)) && isCounted(report)) found = report;
  }
  return found;
}

export const ANSWERS: ReadonlySet<number> = new Set([Bcsm.oAnswer, Bcsm.tAnswer]);
export const ALERTS: ReadonlySet<number> = new Set([Bcsm.oTermSeized, Bcsm.callAccepted]);
/** Where the called party is not reached; the service may connect the call to another one then. */
export const FAILURES: ReadonlySet<number> = new Set([
  Bcsm.oBusy,
  Bcsm.tBusy,
  Bcsm.oNoAnswer,
  Bcsm.tNoAnswer,
  Bcsm.routeSelectFailure,
]);
const ENDS: ReadonlySet<number> = new Set([
  Bcsm.oDisconnect,
  Bcsm.tDisconnect,
  Bcsm.oAbandon,
  Bcsm.tAbandon,
  ...FAILURES,
]);
/** Why a call goes on to somebody else after them, as conditions of call forwarding. */
export const REASONS: Record<number, string> = {
  [Bcsm.oBusy]: 'busy',
  [Bcsm.tBusy]: 'busy',
  [Bcsm.oNoAnswer]: 'no_reply',
  [Bcsm.tNoAnswer]: 'no_reply',
};
/** Only a call that was answered disconnects (3GPP TS 23.078 §4.2.2: DP 9 and 17 are met in the active state). */
export const DISCONNECTS: ReadonlySet<number> = new Set([Bcsm.oDisconnect, Bcsm.tDisconnect]);
export const SMS_SUCCESSES: ReadonlySet<number> = new Set([SmsEvent.submitted, SmsEvent.delivered]);
export const SMS_FAILURES: ReadonlySet<number> = new Set([SmsEvent.failed, SmsEvent.deliveryFailed]);

/**
 * The report of the end. Who is busy, does not answer or hangs up ends no call that the service connects to somebody else (3GPP TS 23.078
 * §4.5: Connect), who answers, or, where nobody did, for whom the caller waits until the last report.
 */
export function endOf(state: DialogueState): Report | null {
  const answer = lastOf(state, ANSWERS);
  if (answer === null) return lastOf(state, ENDS);
  const isEnd = (report: Report): boolean => !FAILURES.has(report.event);
  const end = reportOf(state, ENDS, isEnd);
  const isAgain = end !== null && isAfter(answer, end) && reportOf(state, ANSWERS) !== answer;
  return isAgain ? reportOf(state, ENDS, (report) => isEnd(report) && isAfter(report, answer)) : end;
}

/** The latest report of one of these events, of any leg. */
export function lastOf({ reports }: DialogueState, events: ReadonlySet<number>): Report | null {
  let found: Report | null = null;
  for (const report of reports) {
    if (events.has(report.event) && (found === null || isAfter(report, found))) found = report;
  }
  return found;
}

/** Which side an event report says the call ended on, and the cause it has or stands for (Q.850). */
export function meaningOf({ event, leg, cause }: Report): [boolean | null, number] {
  switch (event) {
    case Bcsm.oBusy:
    case Bcsm.tBusy:
      return [false, cause > 0 ? cause : 17];
    case Bcsm.oNoAnswer:
    case Bcsm.tNoAnswer:
      return [false, cause > 0 ? cause : 19];
    case Bcsm.oAbandon:
    case Bcsm.tAbandon:
      return [true, 16];
    case Bcsm.routeSelectFailure:
      return [null, cause];
    default:
      return [leg === 1 ? true : leg === 2 ? false : null, cause];
  }
}
