import type { EventColumn } from '../../events/event.ts';
import type { History } from '../history/history.ts';
import { type Sample, sample } from '../measures.ts';

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

/** And whether a call to the line that only its caller's side shows rang there: others are no calls of the line. */
export const BOTH_WAYS_COLUMNS = [...ANSWER_COLUMNS, 'ring_ms'] as const satisfies readonly EventColumn[];

/** Talk times of outgoing calls, seconds, sorted. */
export function outgoingTalk(history: History): Sample {
  return sample.load(history, fillTalk);
}

function fillTalk({ talk, outgoing, outgoingCount }: History, into: Sample): void {
  for (let i = 0; i < outgoingCount; i++) into.add(talk[outgoing[i]!]! / 1000);
}

/** Seconds between the starts of outgoing calls that follow each other, sorted. */
export function startIntervals(history: History): Sample {
  return sample.load(history, fillIntervals);
}

function fillIntervals({ time, outgoing, outgoingCount }: History, into: Sample): void {
  for (let i = 1; i < outgoingCount; i++) into.add(time[outgoing[i]!]! - time[outgoing[i - 1]!]!);
}
