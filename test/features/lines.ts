import type { PacketTime } from '../../src/base/time.ts';
import { type CatpoolEvent, type EventKind, emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import type { FeatureContext, FeatureDefinition } from '../../src/features/definition.ts';
import { History } from '../../src/features/history/history.ts';
import { Population } from '../../src/features/population.ts';

/** Monday 2024-01-01 00:00:00 UTC, seconds since the epoch. Times in these tests are seconds after it. */
export const START = 1_704_067_200;

/** A time, to the millisecond. */
export function at(second: number): PacketTime {
  const milliseconds = Math.round(second * 1000);
  return { s: START + Math.floor(milliseconds / 1000), ns: (milliseconds % 1000) * 1e6 };
}

let serial = 0;

/** An event with every other column missing and an id of its own. */
export function event(kind: EventKind, second: number, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  serial++;
  return {
    ...emptyEvent(kind, at(second), 'probe', 'sip'),
    msisdn: '8613800000001',
    event_id: serial.toString(16).padStart(16, '0'),
    ...columns,
  };
}

/** An outgoing call that rang for 5 s after 2 s and was answered for `talk` seconds. */
export function call(second: number, to: string, talk: number, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  return event('leg', second, {
    direction: 'originating',
    counterpart: to,
    answer_time: at(second + 7),
    end_time: at(second + 7 + talk),
    setup_ms: 2000,
    ring_ms: 5000,
    talk_ms: talk * 1000,
    outcome: 'answered',
    released_by: 'caller',
    cause: 16,
    sip_status: 200,
    ...columns,
  });
}

/** An incoming call, likewise. */
export function callFrom(
  second: number,
  from: string,
  talk: number,
  columns: Partial<CatpoolEvent> = {},
): CatpoolEvent {
  return call(second, from, talk, { direction: 'terminating', ...columns });
}

/** An outgoing call that nobody answered, over after 10 s. */
export function missed(second: number, to: string, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  return event('leg', second, {
    direction: 'originating',
    counterpart: to,
    end_time: at(second + 10),
    outcome: 'no_answer',
    sip_status: 480,
    ...columns,
  });
}

/** A successful registration. */
export function registration(second: number, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  return event('registration', second, { outcome: 'registered', sip_status: 200, ...columns });
}

/** A short message sent. */
export function sms(second: number, to: string, length: number, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  return event('sms', second, {
    direction: 'originating',
    counterpart: to,
    sms_length: length,
    outcome: 'delivered',
    ...columns,
  });
}

/** The sealed history of a line's own events. */
export function historyOf(events: readonly CatpoolEvent[], line = '8613800000001'): History {
  const history = new History();
  history.reset(line);
  for (const each of events) history.push(each, 'own');
  history.seal();
  return history;
}

/** A population of these histories. */
export function populationOf(...histories: readonly History[]): Population {
  const population = new Population();
  for (const history of histories) population.add(history);
  return population;
}

/** 24 observed hours from {@link START} on, UTC, nobody else in the population. */
export function context(columns: Partial<FeatureContext> = {}): FeatureContext {
  return {
    from: START,
    until: START + 86_400,
    observedSeconds: 86_400,
    population: new Population(),
    localOffset: () => 0,
    ...columns,
  };
}

/** The feature of this name. */
export function feature(name: string): FeatureDefinition {
  const found = CATALOGUE.find((definition) => definition.name === name);
  if (found === undefined) throw new Error(`no feature ${name}`);
  return found;
}

/** Value of one feature on a history written by hand. */
export function measured(name: string, events: readonly CatpoolEvent[], columns: Partial<FeatureContext> = {}): number {
  return feature(name).compute(historyOf(events), context(columns));
}
