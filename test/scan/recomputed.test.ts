import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { root } from '../support/sources.ts';

/** What `events` says of one event, as far as it is needed here. */
interface Told {
  kind: string;
  time: string;
  direction: string | null;
  msisdn: string | null;
  aor: string | null;
  counterpart: string | null;
  answer_time: string | null;
  end_time: string | null;
  setup_ms: number | null;
  talk_ms: number | null;
  outcome: string;
  cause: number | null;
  sip_status: number | null;
  released_by: string | null;
  imei: string | null;
  cell: string | null;
  interface: string;
  latency_ms: number | null;
  user_agent: string | null;
  header_order: string | null;
  sdp_fingerprint: string | null;
  via_mismatch: boolean | null;
  expires_s: number | null;
}

/** One line, as `events` tells it. */
interface Line {
  hours: number;
  events: Told[];
  outgoing: Told[];
}

/**
 * Features by the formulas that `features --describe` prints, from what `events` prints and nothing else; null: missing. A short way to
 * each number, however slow: what the program does for speed is not done again.
 */
const BY_FORMULA: Record<string, (line: Line) => number | null> = {
  imeis: ({ events }) => least(1, distinct(events, 'imei').length, distinct(events, 'imei').length),
  imei_entropy: ({ events }) => least(5, known(events, 'imei').length, entropy(known(events, 'imei'))),
  imeis_per_user_agent: ({ events }) => {
    const [imeis, agents] = [distinct(events, 'imei').length, distinct(events, 'user_agent').length];
    return imeis === 0 || agents === 0 ? null : imeis / agents;
  },
  same_tac_change_share: ({ events }) => {
    const changes = changesOf(known(events, 'imei'));
    return least(
      2,
      changes.length,
      part(changes, ([from, to]) => from.slice(0, 8) === to.slice(0, 8)),
    );
  },
  imei_changes_per_registration: ({ events }) => {
    const attaches = events.filter(({ kind, outcome }) => kind === 'registration' && outcome === 'registered').length;
    const imeis = known(events, 'imei');
    return imeis.length === 0 ? null : least(3, attaches, changesOf(imeis).length / attaches);
  },
  authentication_latency_median: ({ events }) => quantile(3, latencies(events), 0.5),
  authentication_latency_p10: ({ events }) => quantile(3, latencies(events), 0.1),
  authentication_latency_p95: ({ events }) => quantile(3, latencies(events), 0.95),
  authentications_per_call: ({ events, outgoing }) => {
    const answered = known(events, 'latency_ms').length;
    return answered === 0 ? null : least(5, outgoing.length, answered / outgoing.length);
  },
  cells: ({ events }) => least(1, distinct(events, 'cell').length, distinct(events, 'cell').length),
  top_cell_share: ({ events }) => least(5, known(events, 'cell').length, topShare(known(events, 'cell'))),
  cell_entropy: ({ events }) => least(5, known(events, 'cell').length, entropy(known(events, 'cell'))),
  outgoing_per_hour: ({ outgoing, hours }) => outgoing.length / Math.max(1, hours),
  outgoing_per_active_hour: ({ outgoing }) =>
    least(1, outgoing.length, outgoing.length / new Set(outgoing.map(({ time }) => time.slice(0, 13))).size),
  peak_hour_calls: ({ outgoing }) =>
    Math.max(0, ...startsOf(outgoing).map((from, at, all) => all.slice(at).filter((s) => s < from + 3600).length)),
  idle_gap_median: ({ outgoing }) => quantile(3, gapsOf(outgoing), 0.5),
  idle_gap_minimum: ({ outgoing }) => least(3, gapsOf(outgoing).length, Math.min(...gapsOf(outgoing))),
  call_interval_variation: ({ outgoing }) => variation(5, stepsOf(startsOf(outgoing))),
  call_interval_timer_share: ({ outgoing }) => {
    const steps = stepsOf(startsOf(outgoing));
    const middle = quantile(5, steps, 0.5);
    return middle === null ? null : part(steps, (step) => step >= 0.9 * middle && step <= 1.1 * middle);
  },
  talk_variation: ({ outgoing }) => variation(5, talksOf(outgoing)),
  talk_mean: ({ outgoing }) => least(3, talksOf(outgoing).length, mean(talksOf(outgoing))),
  talk_entropy: ({ outgoing }) => least(5, talksOf(outgoing).length, entropy(binsOf(outgoing))),
  talk_top_share: ({ outgoing }) => least(5, talksOf(outgoing).length, topShare(binsOf(outgoing))),
  talk_up_to_10_s: ({ outgoing }) =>
    least(
      5,
      talksOf(outgoing).length,
      part(talksOf(outgoing), (s) => s <= 10),
    ),
  talk_up_to_30_s: ({ outgoing }) =>
    least(
      5,
      talksOf(outgoing).length,
      part(talksOf(outgoing), (s) => s <= 30),
    ),
  talk_over_180_s: ({ outgoing }) =>
    least(
      5,
      talksOf(outgoing).length,
      part(talksOf(outgoing), (s) => s > 180),
    ),
  answer_seizure_ratio: ({ outgoing }) => outcomeShare(outgoing, isAnswered),
  busy_outcome_share: ({ outgoing }) => outcomeShare(outgoing, ({ outcome }) => outcome === 'busy'),
  no_answer_share: ({ outgoing }) => outcomeShare(outgoing, ({ outcome }) => outcome === 'no_answer'),
  failed_share: ({ outgoing }) =>
    outcomeShare(outgoing, ({ outcome }) => outcome === 'rejected' || outcome === 'failed'),
  cancelled_share: ({ outgoing }) => outcomeShare(outgoing, ({ outcome }) => outcome === 'cancelled'),
  post_dial_delay: ({ outgoing }) => {
    const middle = quantile(3, known(outgoing, 'setup_ms'), 0.5);
    return middle === null ? null : middle / 1000;
  },
  post_dial_delay_variation: ({ outgoing }) => variation(5, known(outgoing, 'setup_ms')),
  release_cause_entropy: ({ outgoing }) => {
    const causes = outgoing.flatMap(({ cause, sip_status: status }) =>
      cause === 31 || (cause === null && status === 200)
        ? ['cause 16']
        : cause !== null
          ? [`cause ${cause}`]
          : status !== null
            ? [`status ${status}`]
            : [],
    );
    return least(5, causes.length, entropy(causes));
  },
  released_by_line_share: ({ outgoing }) => {
    const sides = outgoing.filter((call) => isAnswered(call) && /^call(er|ed)$/.test(call.released_by ?? ''));
    return least(
      5,
      sides.length,
      part(sides, (call) => call.released_by === 'caller'),
    );
  },
  called_numbers: ({ outgoing }) => distinct(outgoing, 'counterpart').length,
  called_numbers_per_hour: ({ outgoing, hours }) => distinct(outgoing, 'counterpart').length / Math.max(1, hours),
  calls_per_called_number: ({ outgoing }) => {
    const called = known(outgoing, 'counterpart');
    return least(5, called.length, called.length / new Set(called).size);
  },
  top_five_share: ({ outgoing }) => {
    const called = known(outgoing, 'counterpart');
    const top = [...tally(called).values()].sort((a, b) => b - a).slice(0, 5);
    return least(10, called.length, top.reduce((sum, count) => sum + count, 0) / called.length);
  },
  sequential_number_share: ({ outgoing }) => {
    const called = distinct(outgoing, 'counterpart').filter((number) => /^\d{7,15}$/.test(number));
    const isNear = (a: string, b: string) => a !== b && Math.abs(Number(a) - Number(b)) <= 10;
    return least(
      5,
      called.length,
      part(called, (number) => called.some((other) => isNear(number, other))),
    );
  },
  prefix_entropy: ({ outgoing }) => {
    const called = distinct(outgoing, 'counterpart').filter((number) => /^\d{7,15}$/.test(number));
    // Country codes of one digit, of two (ITU-T E.164), and all others, of three.
    const codeOf = (number: string) =>
      /^[17]/.test(number) ? 1 : /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(number) ? 2 : 3;
    const prefixes = called.map((number) => number.slice(0, codeOf(number) + (codeOf(number) === 1 ? 3 : 2)));
    return least(5, called.length, entropy(prefixes));
  },
  outgoing_minutes_per_hour: ({ outgoing, hours }) =>
    talksOf(outgoing).reduce((sum, seconds) => sum + seconds, 0) / 60 / Math.max(1, hours),
  sdp_fingerprints: ({ events }) =>
    least(1, distinct(events, 'sdp_fingerprint').length, distinct(events, 'sdp_fingerprint').length),
  user_agents: ({ events }) => least(1, distinct(events, 'user_agent').length, distinct(events, 'user_agent').length),
  header_orders: ({ events }) =>
    least(1, distinct(events, 'header_order').length, distinct(events, 'header_order').length),
  via_mismatch_share: ({ events }) => {
    const told = known(events, 'via_mismatch');
    return least(
      3,
      told.length,
      part(told, (differs) => differs),
    );
  },
  registration_expires: ({ events }) => quantile(1, known(events, 'expires_s'), 0.5),
  registration_period: ({ events }) => {
    const registered = events.filter(({ kind, outcome }) => kind === 'registration' && outcome === 'registered');
    return quantile(3, stepsOf(startsOf(registered)), 0.5);
  },
};

test('what explain says of a line follows from what events prints, by the formulas that features prints', async () => {
  const sample = join(root, 'captures/sample.pcap.gz');
  const all = records((await cli('events', sample, '--format', 'ndjson')).stdout) as unknown as Told[];
  const lines = new Map<string, Told[]>();
  for (const event of all) {
    const name = event.msisdn ?? event.aor;
    if (name !== null) lines.set(name, [...(lines.get(name) ?? []), event]);
  }
  const told = records((await cli('features', sample, '--format', 'ndjson')).stdout);
  const compared = new Map<string, number>();
  for (const features of told) {
    const events = lines.get(String(features.line))!;
    const own = events.filter(({ kind, direction }) => kind === 'leg' && direction === 'originating');
    // A call that only the called line's side shows is the caller's nevertheless.
    const shown = all.filter(
      (call) =>
        call.kind === 'leg' &&
        call.direction === 'terminating' &&
        call.counterpart === features.line &&
        !own.some((leg) => leg.counterpart === call.msisdn && Math.abs(seconds(leg.time) - seconds(call.time)) < 10),
    );
    const turned = shown.map((call): Told => ({ ...call, counterpart: call.msisdn }));
    const outgoing = [...own, ...turned].sort((a, b) => (a.time < b.time ? -1 : 1));
    const line: Line = { hours: Number(features.hours), events, outgoing };
    for (const [name, formula] of Object.entries(BY_FORMULA)) {
      const expected = formula(line);
      const what = `${features.line} ${name}`;
      if (expected === null) expect(features[name], what).toBeNull();
      else expect(features[name], what).toBeCloseTo(expected, 6);
      if (expected !== null) compared.set(name, (compared.get(name) ?? 0) + 1);
    }
  }
  // Each was there to be compared.
  expect(Object.keys(BY_FORMULA).filter((name) => !compared.has(name))).toEqual([]);

  // What explain says is what features says, and its counts are of the events.
  const marked = records((await cli('scan', sample, '--format', 'ndjson')).stdout).filter(
    ({ line }) => line !== undefined,
  );
  for (const { line } of marked.slice(0, 2)) {
    const explained = records((await cli('explain', String(line), sample, '--format', 'ndjson')).stdout)[0]!;
    const features = told.find((one) => one.line === line)!;
    for (const { name, value } of explained.features as { name: string; value: number | null }[]) {
      if (name in BY_FORMULA && value !== null) expect(features[name], `${line} ${name}`).toBeCloseTo(value, 6);
    }
    expect(JSON.stringify(explained)).toContain(
      `rests on ${lines.get(String(line))!.filter(({ kind }) => kind === 'leg').length} calls`,
    );
  }
});

function isAnswered({ answer_time: answer, outcome }: Told): boolean {
  return answer !== null || outcome === 'answered';
}

/** On SIP those up to 12 s (T3260, 3GPP TS 24.008). */
function latencies(events: readonly Told[]): number[] {
  return known(
    events.filter(({ interface: over, latency_ms }) => over !== 'sip' || (latency_ms ?? 0) <= 12_000),
    'latency_ms',
  );
}

function known<K extends keyof Told>(events: readonly Told[], column: K): NonNullable<Told[K]>[] {
  return events.flatMap((event) => event[column] ?? []) as NonNullable<Told[K]>[];
}

function distinct<K extends keyof Told>(events: readonly Told[], column: K): NonNullable<Told[K]>[] {
  return [...new Set(known(events, column))];
}

function changesOf(values: readonly string[]): [string, string][] {
  return values.slice(1).flatMap((to, at): [string, string][] => (to === values[at] ? [] : [[values[at]!, to]]));
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function entropy(values: readonly unknown[]): number {
  return -[...tally(values).values()]
    .map((count) => count / values.length)
    .reduce((sum, share) => sum + share * Math.log2(share), 0);
}

function topShare(values: readonly unknown[]): number {
  return Math.max(...tally(values).values()) / values.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variation(fewest: number, values: readonly number[]): number | null {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return least(fewest, values.length, Math.sqrt(squares / (values.length - 1)) / middle);
}

/** Quantile of type 7 (Hyndman and Fan 1996). */
function quantile(fewest: number, values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return least(fewest, sorted.length, below + (at % 1) * ((sorted[Math.floor(at) + 1] ?? below) - below));
}

function part<T>(values: readonly T[], is: (value: T) => boolean): number {
  return values.filter(is).length / values.length;
}

function least(fewest: number, count: number, value: number): number | null {
  return count < fewest ? null : value;
}

function seconds(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) / 1000 + Number(`0${time.slice(19, -1)}`);
}

function startsOf(events: readonly Told[]): number[] {
  return events.map(({ time }) => seconds(time));
}

function stepsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - times[at]!);
}

/** Idle time from the end of a call, where it is known, to the start of the next. */
function gapsOf(calls: readonly Told[]): number[] {
  return calls.slice(1).flatMap(({ time }, at) => {
    const end = calls[at]!.end_time;
    const gap = end === null ? Number.NaN : seconds(time) - seconds(end);
    return gap >= -5 ? [Math.max(0, gap)] : [];
  });
}

function talksOf(calls: readonly Told[]): number[] {
  return known(calls, 'talk_ms').map((ms) => ms / 1000);
}

function binsOf(calls: readonly Told[]): number[] {
  return talksOf(calls).map((talk) => Math.floor(talk / 5));
}

/** Of calls whose end is known: one that is open before an answer, or sent elsewhere, tells nothing. */
function outcomeShare(calls: readonly Told[], is: (call: Told) => boolean): number | null {
  const told = calls.filter((call) => isAnswered(call) || (call.outcome !== 'open' && call.outcome !== 'redirected'));
  return least(5, told.length, part(told, is));
}
