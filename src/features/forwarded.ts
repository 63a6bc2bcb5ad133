import type { History } from './history.ts';
import { OutcomeCode } from './rows.ts';

/** Reasons for which the line that was called rang, or had the call in hand, before another one got it. */
const HAD_IT: ReadonlySet<string> = new Set(['forwarded no_reply', 'forwarded deflected']);

/** Whether row `i` is a call to the line of which its caller's side says that it went on to another number. */
export function isForwardedOn({ mirror, service }: History, i: number): boolean {
  return mirror[i] === 1 && service[i]! >= 0;
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
  const rang = HAD_IT.has(history.text('service', service[i]!)!);
  outcome[i] = rang ? OutcomeCode.no_answer : OutcomeCode.failed;
  if (!rang) ring[i] = Number.NaN;
}
