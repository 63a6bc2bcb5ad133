import type { History } from '../features/history/history.ts';
import { Kind } from '../features/history/history.ts';

/** An attach and what comes with it: identity, authentication, the answer. */
const ATTACH_SECONDS = 30;
const CALLS = [1, 5, 20] as const;
const HOURS = [1, 6, 24] as const;

/** Names of the places at which {@link cutsOf} cuts. */
export const CUTS: readonly string[] = [
  'attach',
  ...CALLS.map((calls) => (calls === 1 ? '1 call' : `${calls} calls`)),
  ...HOURS.map((h) => `${h} h`),
];
/** Those of {@link CUTS} that come with what the line does, not with the clock. */
export const DEEDS = 1 + CALLS.length;

/** Of each of {@link CUTS}, the time (seconds since the epoch) its events began before; null where the line did not come so far. */
export function cutsOf(history: History, until: number): (number | null)[] {
  const first = history.time[0]!;
  const calls = [
    ...history.outgoing.subarray(0, history.outgoingCount),
    ...history.incoming.subarray(0, history.incomingCount),
  ].sort((a, b) => a - b);
  const attach =
    history.kind[0] === Kind.leg ? null : Math.min(first + ATTACH_SECONDS, history.time[calls[0] ?? -1] ?? until);
  return [
    attach,
    ...CALLS.map((count) => {
      const call = calls[count - 1];
      if (call === undefined) return null;
      const ended = history.end[call]!;
      const next = history.time[calls[count] ?? -1] ?? Number.POSITIVE_INFINITY;
      // Up to its end, and before the next one begins; what began with the call itself counts.
      const began = history.time[call]! + 1e-3;
      return Math.max(began, Math.min(Number.isNaN(ended) ? began : ended, next));
    }),
    ...HOURS.map((hours) => (first + hours * 3600 <= until ? first + hours * 3600 : null)),
  ];
}
