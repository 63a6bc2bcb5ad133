import { change, usePlace } from '../router.tsx';

/** Seconds since the epoch. */
export interface Span {
  from: number;
  until: number;
}

/** The part of the time axis that the address asks for; what is left out is that of the verdict. */
export function useSpanQuery(): { since?: number; until?: number } {
  const { query } = usePlace();
  const since = Number(query.get('since') ?? Number.NaN);
  const until = Number(query.get('until') ?? Number.NaN);
  return Number.isFinite(since) && Number.isFinite(until) && since < until ? { since, until } : {};
}

const SHORTEST_S = 10;

/** Looks at a part of the time axis. Null: all of it. */
export function lookAt(span: Span | null): void {
  if (span === null) {
    change({ since: null, until: null });
    return;
  }
  const middle = (span.from + span.until) / 2;
  const half = Math.max(SHORTEST_S, span.until - span.from) / 2;
  change({ since: (middle - half).toFixed(0), until: (middle + half).toFixed(0) });
}
