import type { FeatureContext } from './definition.ts';
import { Direction, type History, Kind } from './history/history.ts';

/** Below this many calls, and as many short messages, a verdict rests on too little. */
const FEW = 5;

/** On how much a line's numbers rest. */
export interface Exposure {
  /** Hours of the window that captures cover. */
  observedHours: number;
  /** Events of the line. */
  events: number;
  /** Calls, both directions, each once. */
  calls: number;
  /** Short messages that the line sent, each once. */
  sent: number;
  /** In words, for instance `rests on 3 calls in 10 min: too little to tell by itself`. */
  restsOn: { en: string; zh: string };
}

/** How much was seen of a line. */
export function exposureOf(history: History, context: Pick<FeatureContext, 'observedSeconds'>): Exposure {
  const calls = history.outgoingCount + history.incomingCount;
  const events = history.count;
  const { sent, received } = shortMessages(history);
  const messages = calls < FEW ? sent + received : 0;
  const few = calls < FEW && messages < FEW;
  const span = durationWords(context.observedSeconds);
  const besides =
    messages >= FEW
      ? { en: ` and ${plural(messages, 'short message')}`, zh: `和 ${messages} 条短信` }
      : calls === 0
        ? { en: ` and ${plural(events, 'event')}`, zh: `和 ${events} 个事件` }
        : { en: '', zh: '' };
  const en = `rests on ${plural(calls, 'call')}${besides.en} in ${span.en}`;
  const zh = `依据 ${span.zh}内的 ${calls} 次通话${besides.zh}`;
  return {
    observedHours: context.observedSeconds / 3600,
    events,
    calls,
    sent,
    restsOn: few ? { en: `${en}: too little to tell by itself`, zh: `${zh}：仅凭其自身行为无法判断` } : { en, zh },
  };
}

/** Short messages of a line, each once. */
function shortMessages({ kinds, kind, direction, repeat, count }: History): { sent: number; received: number } {
  const found = { sent: 0, received: 0 };
  if (kinds[Kind.sms] === 0) return found;
  for (let i = 0; i < count; i++) {
    if (kind[i] !== Kind.sms || repeat[i] === 1) continue;
    if (direction[i] === Direction.outgoing) found.sent++;
    else found.received++;
  }
  return found;
}

/** Hours that rates are taken over: at least one, for what a short capture did not show is not made up. */
export function rateHours(context: Pick<FeatureContext, 'observedSeconds'>): number {
  return Math.max(1, context.observedSeconds / 3600);
}

/** `45 s`, `10 min`, `24 h`, `7 d`: two figures at most. */
export function durationWords(seconds: number): { en: string; zh: string } {
  for (const [size, from, en, zh] of UNITS) {
    if (seconds >= from) return { en: `${figure(seconds / size)} ${en}`, zh: `${figure(seconds / size)} ${zh}` };
  }
  return { en: `${figure(seconds)} s`, zh: `${figure(seconds)} 秒` };
}

/** Seconds of the unit, seconds from which it is used, its names. */
const UNITS = [
  [86_400, 172_800, 'd', '天'],
  [3600, 5400, 'h', '小时'],
  [60, 90, 'min', '分钟'],
] as const;

function figure(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
