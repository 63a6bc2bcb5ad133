import { UNSEEN } from '../call-sides.ts';
import type { FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import { share } from '../measures.ts';
import { BOTH_WAYS_COLUMNS, LEAST_CALLS } from './calls.ts';
import { counted, percent } from './say.ts';

const CALLERS_NUMBER =
  'From, P-Asserted-Identity: RFC 3261 §8.1.1, RFC 3325 §9.1; calling party BCD number: 3GPP TS 24.008 §10.5.4.9; InitialDP: TS 29.078 §6.1; calling party number: ITU-T Q.763 §3.10';

/**
 * Who calls the line. Calls that are made to a line so that it looks like a person's come from a few accomplices, again and again, and
 * these are never called.
 */
export const CALLERS: readonly FeatureDefinition[] = [
  {
    id: 'R8a',
    name: 'calls_per_caller',
    family: 'R',
    unit: 'ratio',
    words: { en: 'Incoming calls per distinct number that called.', zh: '每个来电号码的平均来电次数。' },
    formula: `incoming calls with a number / distinct counterparts of them; missing below 5 calls, or ${UNSEEN}`,
    source: CALLERS_NUMBER,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (_value, history) => {
        const { calls, callers } = callersOf(history);
        return `${counted(calls, 'incoming call')} from ${counted(callers, 'number')}`;
      },
      zh: (_value, history) => {
        const { calls, callers } = callersOf(history);
        return `来电 ${calls} 次，来自 ${callers} 个号码`;
      },
    },
    compute: (history, { population }) => {
      const { calls, callers } = callersOf(history);
      return calls < LEAST_CALLS || !population.showsIncoming(history) ? Number.NaN : calls / callers;
    },
  },
  {
    id: 'R8b',
    name: 'called_caller_share',
    family: 'R',
    unit: 'share',
    words: {
      en: 'Share of incoming calls that come from numbers which the line called too.',
      zh: '来电中来自本机也呼叫过的号码的比例。',
    },
    formula: `incoming calls from counterparts of outgoing calls / incoming calls with a number; missing below 3, or ${UNSEEN}`,
    source: CALLERS_NUMBER,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its incoming calls from numbers that it called too`,
      zh: (value) => `${percent(value)} 的来电来自其呼叫过的号码`,
    },
    compute: (history, { population }) =>
      population.showsIncoming(history) ? share(callersOf(history).known, callersOf(history).calls, 3) : Number.NaN,
  },
  {
    id: 'R8c',
    name: 'repeated_caller_share',
    family: 'R',
    unit: 'share',
    words: {
      en: 'Share of incoming calls that come from numbers which called again and were never called.',
      zh: '来电中来自多次呼入而从未被呼叫的号码的比例。',
    },
    formula: `incoming calls from numbers with two or more of them and no outgoing call / incoming calls with a number; missing below 3, or ${UNSEEN}`,
    source: CALLERS_NUMBER,
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its incoming calls from numbers that call again and that it never calls`,
      zh: (value) => `${percent(value)} 的来电来自反复呼入而其从未呼叫的号码`,
    },
    compute: (history, { population }) =>
      population.showsIncoming(history) ? share(callersOf(history).again, callersOf(history).calls, 3) : Number.NaN,
  },
];

interface Callers {
  /** Incoming calls that have a number. */
  calls: number;
  /** The distinct numbers. */
  callers: number;
  /** Calls from numbers that the line called too. */
  known: number;
  /** Calls from numbers that called more than once and were never called. */
  again: number;
}

function callersOf({ counterparts, callers: from, called }: History): Callers {
  const found: Callers = { calls: 0, callers: 0, known: 0, again: 0 };
  for (let code = 0; code < counterparts; code++) {
    const calls = from[code]!;
    if (calls === 0) continue;
    found.calls += calls;
    found.callers++;
    if (called[code]! > 0) found.known += calls;
    else if (calls > 1) found.again += calls;
  }
  return found;
}
