import { useCallback, useState } from 'react';
import type { Failure } from '../client.ts';
import { failureOf } from './parts.tsx';

export interface Work {
  busy: boolean;
  failure: Failure | null;
  /** Does one thing at a time, and keeps what went wrong. @returns whether it was done */
  run: (work: () => Promise<void>) => Promise<boolean>;
}

/** A change that is under way. */
export function useWork(): Work {
  const [state, setState] = useState<{ busy: boolean; failure: Failure | null }>({ busy: false, failure: null });
  const run = useCallback(async (work: () => Promise<void>) => {
    setState({ busy: true, failure: null });
    try {
      await work();
      setState({ busy: false, failure: null });
      return true;
    } catch (error) {
      setState({ busy: false, failure: failureOf(error) });
      return false;
    }
  }, []);
  return { ...state, run };
}
