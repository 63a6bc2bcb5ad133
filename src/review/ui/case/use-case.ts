import { useCallback, useState } from 'react';
import type { CaseView } from '../../server/api.ts';
import { Failure } from '../client.ts';
import { failureOf } from '../parts/parts.tsx';
import { type Answer, useReply } from '../use-reply.ts';

export interface CaseDesk {
  answer: Answer<'case'>;
  busy: boolean;
  failure: Failure | null;
  /** Somebody else was quicker: what is shown is how it stands now. */
  overtaken: boolean;
  /** Changes the case and shows what it became. @returns whether it was done */
  run: (work: () => Promise<CaseView>) => Promise<boolean>;
}

/** A case, and one change of it at a time. */
export function useCase(id: number): CaseDesk {
  const answer = useReply('case', { params: { case: id } }, (event) => event.kind === 'case' && event.case === id);
  const [state, setState] = useState<{ busy: boolean; failure: Failure | null; overtaken: boolean }>({
    busy: false,
    failure: null,
    overtaken: false,
  });
  const { put } = answer;
  const run = useCallback(
    async (work: () => Promise<CaseView>) => {
      setState({ busy: true, failure: null, overtaken: false });
      try {
        put(await work());
        setState({ busy: false, failure: null, overtaken: false });
        return true;
      } catch (error) {
        const current = error instanceof Failure && error.status === 409 ? error.details.current : undefined;
        if (current !== undefined) put(current as CaseView);
        setState({
          busy: false,
          failure: current === undefined ? failureOf(error) : null,
          overtaken: current !== undefined,
        });
        return false;
      }
    },
    [put],
  );
  return { answer, ...state, run };
}
