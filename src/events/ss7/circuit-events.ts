import { add, type Counters } from '../../base/counters.ts';
import { isSubscriberNumber, type NumberPlan } from '../../base/numbers.ts';
import { compareTimes } from '../../base/time.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent } from '../event.ts';
import { join, numberOf, type Packed } from '../packed.ts';
import { clearOf, winnerOf } from './circuits.ts';
import { endCall, isAfter, newEvent, type Origin, timeCall } from './finish.ts';
import { type CircuitState, Did, type Seizure } from './state.ts';

/** The legs of a circuit that nothing more will be added to: one a seizure. */
export function eachCircuitEvent(
  state: CircuitState,
  context: EventContext,
  counters: Counters,
  onEvent: (event: CatpoolEvent) => void,
): void {
  const winner = winnerOf(state);
  if (winner === null) {
    if (state.marks[Did.release]! !== null || state.marks[Did.answer]! !== null)
      add(counters.anomalies, 'circuit without a seizure');
    return;
  }
  const { low, high, cic, network, bicc } = state;
  const origin: Origin = { context, span: state, over: 'isup', names: [network, low, high, cic, bicc ? 1 : 0] };
  for (const seizure of state.seizures) {
    const event = newLeg(state, seizure, origin);
    if (seizure === winner) endLeg(event, state, seizure);
    else loseLeg(event, winner);
    onEvent(event);
  }
}

function newLeg(state: CircuitState, seizure: Seizure, origin: Origin): CatpoolEvent {
  const { low, high, cic } = state;
  const { from } = seizure;
  const { plan } = origin.context;
  const event = newEvent('leg', seizure, String(from), origin);
  event.direction = 'originating';
  const { additional } = state;
  // The network's number of the caller; where it gives none, or a short one of a company, the one that the caller's own exchange adds.
  const calling = subscriberOf(seizure.calling, plan);
  event.msisdn = calling ?? (additional?.from === from ? subscriberOf(additional.digits, plan) : null);
  let { called } = seizure;
  if (state.subsequent.length > 0) {
    for (const { digits } of state.subsequent.toSorted(compareTimes)) called = join(called, digits);
  }
  event.counterpart = numberOf(called, plan);
  event.trunk = `${from}-${from === low ? high : low}-${cic}`;
  return event;
}

function subscriberOf(packed: Packed, plan: NumberPlan): string | null {
  const number = numberOf(packed, plan);
  return number !== null && isSubscriberNumber(number) ? number : null;
}

/** Redirecting reasons (Q.763 §3.6), as conditions of call forwarding. */
const REASONS: Record<number, string> = {
  1: 'busy',
  2: 'no_reply',
  3: 'unconditional',
  4: 'deflected',
  5: 'deflected',
  6: 'not_reachable',
};

/** That and why the call was forwarded; null where it was not. A line that rang before, for a reason that is not told, did not answer. */
function forwardingOf({ marks }: CircuitState, from: number): string | null {
  const forwarded = marks[Did.forwarded]!;
  if (forwarded === null || forwarded.from === from) return null;
  const ringing = marks[Did.ringing]!;
  const isLater = forwarded.cause >= 0 && ringing !== null && isAfter(forwarded, ringing);
  const reason = REASONS[forwarded.cause] ?? (isLater ? 'no_reply' : null);
  return reason === null ? 'forwarded' : `forwarded ${reason}`;
}

function endLeg(event: CatpoolEvent, state: CircuitState, { from }: Seizure): void {
  const { marks } = state;
  event.forwarding = forwardingOf(state, from);
  const release = marks[Did.release]!;
  const clear = release === null ? clearOf(state) : null;
  const reset = marks[Did.reset]! ?? clear;
  if (release !== null && (reset === null || !isAfter(release, reset))) {
    const suspend = marks[Did.suspend]!;
    const resume = marks[Did.resume]!;
    const answer = marks[Did.answer]!;
    // The called user hung up first (Q.764 §2.5.1.3): the release is the network's, some time later.
    const isSuspended =
      suspend !== null &&
      (resume === null || isAfter(suspend, resume)) &&
      isAfter(release, suspend) &&
      answer !== null &&
      isAfter(suspend, answer);
    const answered = timeCall(event, marks, isSuspended ? suspend : release, true);
    endCall(event, answered, release.from === from && !isSuspended, isSuspended ? 16 : release.cause);
    if (release.cause > 0) event.cause = release.cause;
  } else if (reset !== null) {
    // RLC comes from the side that did not release (Q.764 §2.3.1).
    endCall(event, timeCall(event, marks, reset, true), reset === clear ? clear!.from !== from : null, -1);
  } else {
    timeCall(event, marks, null, true);
  }
}

/** Both ends seized the circuit: this one gave way (Q.764 §2.10.1.4) and tried another circuit. */
function loseLeg(event: CatpoolEvent, winner: Seizure): void {
  const end = isAfter(winner, event.time) ? winner : event.time;
  event.end_time = { s: end.s, ns: end.ns };
  event.outcome = 'failed';
  event.released_by = 'network';
}
