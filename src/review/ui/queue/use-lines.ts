import { useCallback, useEffect, useRef, useState } from 'react';
import type { QueryGiven, QueueLine, Reply } from '../../server/api.ts';
import { ask, type Failure } from '../client.ts';
import { useLive } from '../live.ts';
import { failureOf } from '../parts/parts.tsx';

const PAGE = 100;
const LARGEST_PAGE = 500;

export interface Lines {
  items: readonly QueueLine[];
  count: Reply<'queue'>['count'] | null;
  failure: Failure | null;
  busy: boolean;
  /** Fetches the next page, where there is one. */
  more: () => void;
  again: () => void;
}

/** Lines that a query finds, page after page as they are scrolled to; told anew when verdicts or cases change. */
export function useLines(q: string, sort: NonNullable<QueryGiven<'queue'>['sort']>): Lines {
  const [state, setState] = useState<{
    items: readonly QueueLine[];
    count: Reply<'queue'>['count'] | null;
    next: string | null;
    failure: Failure | null;
    busy: boolean;
  }>({ items: [], count: null, next: null, failure: null, busy: true });
  const turn = useRef(0);
  const loaded = useRef(PAGE);
  loaded.current = Math.min(LARGEST_PAGE, Math.max(PAGE, state.items.length));

  const first = useCallback(
    (limit: number) => {
      turn.current++;
      const own = turn.current;
      setState((old) => ({ ...old, busy: true }));
      ask('queue', { query: { q, sort, limit } }).then(
        ({ items, next, count }) => {
          if (own === turn.current) setState({ items, next, count, failure: null, busy: false });
        },
        (error) => {
          if (own === turn.current)
            setState({ items: [], next: null, count: null, failure: failureOf(error), busy: false });
        },
      );
    },
    [q, sort],
  );
  useEffect(() => first(PAGE), [first]);
  useLive(({ kind }) => {
    if (kind === 'run' || kind === 'case') first(loaded.current);
  });

  const more = () => {
    const { next, busy } = state;
    if (next === null || busy) return;
    const own = turn.current;
    setState((old) => ({ ...old, busy: true }));
    ask('queue', { query: { q, sort, limit: PAGE, cursor: next } }).then(
      (page) => {
        if (own === turn.current)
          setState((old) => ({ ...old, items: [...old.items, ...page.items], next: page.next, busy: false }));
      },
      (error) => {
        if (own === turn.current) setState((old) => ({ ...old, next: null, failure: failureOf(error), busy: false }));
      },
    );
  };
  return { ...state, more, again: () => first(loaded.current) };
}
