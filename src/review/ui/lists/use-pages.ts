import { useState } from 'react';
import type { DeskEvent, Reply } from '../../server/api.ts';
import { ask, type Failure, type Given } from '../client.ts';
import { useWork } from '../parts/use-work.ts';
import { type Answer, useReply } from '../use-reply.ts';

type Paged = 'orders' | 'labels' | 'audit';

export interface Pages<N extends Paged> {
  answer: Answer<N>;
  items: readonly Reply<N>['items'][number][];
  /** Fetches the next page; null on the last. */
  more: (() => void) | null;
  busy: boolean;
  failure: Failure | null;
}

/** A list that comes a page at a time. */
export function usePages<N extends Paged>(
  name: N,
  query: Record<string, string>,
  touches?: (event: DeskEvent) => boolean,
): Pages<N> {
  const answer = useReply(name, { query } as Given<N>, touches);
  const key = JSON.stringify(query);
  const [later, setLater] = useState<{
    key: string;
    of: unknown;
    items: Reply<N>['items'][number][];
    next: string | null;
  }>();
  const work = useWork();
  const { data } = answer;
  // Further pages hold only as long as the first one is the one they follow.
  const own = later !== undefined && later.key === key && later.of === data ? later : null;
  const next = own === null ? (data?.next ?? null) : own.next;
  const fetchMore = () =>
    work.run(async () => {
      const page = await ask(name, { query: { ...query, cursor: next } } as Given<N>);
      setLater({ key, of: data, items: [...(own?.items ?? []), ...page.items], next: page.next });
    });
  return {
    answer,
    items: [...(data?.items ?? []), ...(own?.items ?? [])],
    more: next === null ? null : () => void fetchMore(),
    busy: work.busy,
    failure: work.failure,
  };
}
