import { useEffect, useRef, useState } from 'react';
import type { DeskEvent } from '../server/api.ts';

const KINDS: readonly DeskEvent['kind'][] = ['run', 'arriving', 'case', 'upload', 'settings', 'model'];
const listeners = new Set<(event: DeskEvent) => void>();

/** Listens to the desk while somebody is signed in. @returns whether the line is up */
export function useDeskEvents(): boolean {
  const [isUp, setUp] = useState(true);
  useEffect(() => {
    const source = new EventSource('/api/events');
    source.onopen = () => setUp(true);
    source.onerror = () => setUp(false);
    for (const kind of KINDS)
      source.addEventListener(kind, ({ data }) => {
        const event = JSON.parse(data as string) as DeskEvent;
        for (const listener of listeners) listener(event);
      });
    return () => source.close();
  }, []);
  return isUp;
}

/** Calls with each event of the desk. */
export function useLive(call: (event: DeskEvent) => void): void {
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    const listener = (event: DeskEvent) => latest.current(event);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}
