import { useCallback, useEffect, useState } from 'react';
import type { DeskEvent, Reply } from '../server/api.ts';
import { ask, type Failure, type Given, type Known } from './client.ts';
import { useLive } from './live.ts';

export interface Answer<N extends Known> {
  /** Null until the first answer; what was there stays while it is asked again. */
  data: Reply<N> | null;
  failure: Failure | null;
  /** Asks again. */
  again: () => void;
  /** Puts in place what a change gave back. */
  put: (data: Reply<N>) => void;
}

/** What the desk is still reading the store for is asked for again after this long, ms. */
const READING_MS = 1000;

/**
 * Asks the desk, again whenever what is asked changes, or an event says that the answer did.
 *
 * @param given null: not yet
 */
export function useReply<N extends Known>(
  name: N,
  given: Given<N> | null,
  touches: (event: DeskEvent) => boolean = () => false,
): Answer<N> {
  const key = given === null ? null : JSON.stringify([name, given]);
  const [state, setState] = useState<{ key: string | null; data: Reply<N> | null; failure: Failure | null }>({
    key: null,
    data: null,
    failure: null,
  });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what is asked; a turn asks again
  useEffect(() => {
    if (given === null) return;
    const stop = new AbortController();
    let later: ReturnType<typeof setTimeout> | undefined;
    ask(name, given, stop.signal).then(
      (data) => setState({ key, data, failure: null }),
      (failure: Failure) => {
        if (stop.signal.aborted) return;
        if (failure.code === 'reading') later = setTimeout(again, READING_MS);
        setState((old) => ({ key, data: old.key === key ? old.data : null, failure }));
      },
    );
    return () => {
      stop.abort();
      clearTimeout(later);
    };
  }, [key, turn]);
  useLive((event) => {
    if (touches(event)) again();
  });
  const isOwn = state.key === key;
  return {
    data: isOwn ? state.data : null,
    failure: isOwn ? state.failure : null,
    again,
    put: useCallback((data: Reply<N>) => setState({ key, data, failure: null }), [key]),
  };
}
