import type { History } from './history.ts';
import { Direction, Kind, OutcomeCode } from './rows.ts';

/** What a call that went on was to the line, by why: it rang, or had the call in hand, or another call. Else it failed before it rang. */
const OUTCOMES: Record<string, number> = {
  'forwarded no_reply': OutcomeCode.no_answer,
  'forwarded deflected': OutcomeCode.no_answer,
  'forwarded busy': OutcomeCode.busy,
};

/** Whether row `i` is a call to the line, on its caller's side or its own, that went on to another number. */
export function isForwardedOn({ kind, direction, service }: History, i: number): boolean {
  return kind[i] === Kind.leg && direction[i] === Direction.incoming && service[i]! >= 0;
}

/**
 * What such a call is to the line: not answered there, and over for it when somebody else answered. One that the network forwards at once
 * came to nothing before it rang.
 */
export function leaveAnswerOut(history: History, i: number): void {
  const { answer, end, ring, talk, outcome, releasedBy, service, answered } = history;
  if (!Number.isNaN(answer[i]!)) end[i] = answer[i]!;
  answer[i] = talk[i] = Number.NaN;
  answered[i] = 1;
  releasedBy[i] = 0;
  outcome[i] = OUTCOMES[history.text('service', service[i]!)!] ?? OutcomeCode.failed;
  if (outcome[i] !== OutcomeCode.no_answer) ring[i] = Number.NaN;
}
