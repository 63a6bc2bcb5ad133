import type { EventColumn } from '../events/event.ts';
import { type History, OutcomeCode } from './history.ts';
import { type Sample, sample } from './measures.ts';

/** Shares and statistics over calls are missing below this many. */
export const LEAST_CALLS = 5;

/** Columns that decide which rows are calls, and in which direction (with {@link History.repeat}). */
export const CALL_COLUMNS = [
  'kind',
  'time',
  'direction',
  'counterpart',
  'end_time',
] as const satisfies readonly EventColumn[];
/** And whether a call was answered. */
export const ANSWER_COLUMNS = [...CALL_COLUMNS, 'outcome', 'answer_time'] as const satisfies readonly EventColumn[];

/** Answered, also where the call is still open. */
export function isAnswered(history: History, row: number): boolean {
  return history.outcome[row] === OutcomeCode.answered || !Number.isNaN(history.answer[row]!);
}

/** Known to be answered or known not to be: not open before an answer, not sent elsewhere, not only asked for credentials. */
export function isResolved(history: History, row: number): boolean {
  if (isAnswered(history, row)) return true;
  const outcome = history.outcome[row]!;
  return outcome !== 0 && !UNRESOLVED.has(outcome);
}

/** Talk times of outgoing calls, seconds. */
export function outgoingTalk(history: History): Sample {
  sample.clear();
  for (let i = 0; i < history.outgoingCount; i++) sample.add(history.talk[history.outgoing[i]!]! / 1000);
  return sample;
}

/** Seconds between the starts of outgoing calls that follow each other. */
export function startIntervals(history: History): Sample {
  sample.clear();
  for (let i = 1; i < history.outgoingCount; i++) {
    sample.add(history.time[history.outgoing[i]!]! - history.time[history.outgoing[i - 1]!]!);
  }
  return sample;
}

const UNRESOLVED: ReadonlySet<number> = new Set([OutcomeCode.open, OutcomeCode.redirected, OutcomeCode.challenged]);
