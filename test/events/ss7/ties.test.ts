import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/base/limits.ts';
import type { Tied } from '../../../src/events/ss7/state.ts';
import { type TieRules, Ties } from '../../../src/events/ss7/ties.ts';

const CAPTURE = { sha256: '' };
const RULES: TieRules<Tied> = {
  limit: 'ss7Dialogues',
  isClosed: () => true,
  linger: 2,
  silence: () => 600,
  merge: () => undefined,
  isSame: () => false,
  tieOpens: true,
};

function tied(key: number, seconds: number): Tied {
  const first = { firstS: seconds, firstNs: 0, firstFrame: 1, firstCapture: CAPTURE };
  const last = { lastS: seconds, lastNs: 0, lastFrame: 1, lastCapture: CAPTURE };
  return { ...first, ...last, key1: key, key2: -1, opened1: true, opened2: false };
}

function tableOf(limits: Limits = DEFAULT_LIMITS): { table: Ties<Tied>; ended: WeakRef<Tied>[]; counters: Counters } {
  const ended: WeakRef<Tied>[] = [];
  const counters = new Counters();
  const table = new Ties(RULES, limits, counters, false, (state) => ended.push(new WeakRef(state)));
  return { table, ended, counters };
}

/** Begins and ends as many states, a hundred each second. */
function use(table: Ties<Tied>, count: number): void {
  for (let key = 0; key < count; key++) {
    const seconds = Math.floor(key / 100);
    const held = table.insert(tied(key, seconds));
    table.tie(held, key, true);
    table.touched(held);
    table.advance(seconds);
  }
}

test('what has ended is let go of, however many follow', async () => {
  const { table, ended } = tableOf();
  use(table, 50_000);
  expect(ended.length).toBeGreaterThan(49_000);
  // References are kept until the end of the turn in which they were made.
  await setImmediate();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  // The queue of what is to end is cut now and then: it may hold some thousands.
  expect(ended.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(10_000);
  expect(table.states().length).toBeLessThan(1000);
});

test('a full table ends what has been closed longest', () => {
  const { table, ended, counters } = tableOf({ ...DEFAULT_LIMITS, ss7Dialogues: 50 });
  use(table, 5000);
  expect(table.states().length).toBeLessThanOrEqual(50);
  expect(ended.length + table.states().length).toBe(5000);
  expect(counters.dropped.get('ss7Dialogues')).toBeGreaterThan(1000);
});
