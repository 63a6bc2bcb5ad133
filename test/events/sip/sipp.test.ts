import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catpoolRecords } from '../../support/catpool.ts';
import { placeCalls, type SippPlan } from '../../support/sipp.ts';
import { type TsharkRow, tsharkFields } from '../../support/tshark.ts';

const TRANSPORTS = ['udp', 'tcp'] as const;
const CALLS = 2;

/** What a call of each scenario is, in the columns of an event; times in ms as its scenario waits them. */
const SCENARIOS = {
  answered: {
    flow: 'INVITE 100 180 200 ACK BYE 200',
    event: { kind: 'leg', outcome: 'answered', sip_status: 200, released_by: 'caller' },
    ring: 400,
    talk: 900,
  },
  'hung-up': {
    flow: 'INVITE 180 200 ACK BYE 200',
    event: { kind: 'leg', outcome: 'answered', sip_status: 200, released_by: 'called' },
    ring: 250,
    talk: 600,
  },
  busy: {
    flow: 'INVITE 486 ACK',
    event: { kind: 'leg', outcome: 'busy', sip_status: 486, released_by: 'called' },
    ring: null,
    talk: null,
  },
  cancelled: {
    flow: 'INVITE 180 CANCEL 200 487 ACK',
    event: { kind: 'leg', outcome: 'cancelled', sip_status: 487, released_by: 'caller' },
    ring: 500,
    talk: null,
  },
  declined: {
    flow: 'INVITE 180 603 ACK',
    event: { kind: 'leg', outcome: 'rejected', sip_status: 603, released_by: 'called' },
    ring: 350,
    talk: null,
  },
  registered: {
    flow: 'REGISTER 401 REGISTER 200',
    event: { kind: 'registration', outcome: 'registered', sip_status: 200, expires_s: 600 },
    ring: null,
    talk: null,
  },
  refused: {
    flow: 'REGISTER 401 REGISTER 403',
    event: { kind: 'registration', outcome: 'rejected', sip_status: 403 },
    ring: null,
    talk: null,
  },
} as const;
type Scenario = keyof typeof SCENARIOS;

/** A timer of sipp is late by so much at most on a busy machine, ms. */
const LATE = 300;
/** Its clock ticks in milliseconds, and a pause is counted from the tick before: milliseconds. */
const EARLY = 5;
/** Challenge to authorised request, as the registering scenarios wait, ms. */
const LATENCY = 200;

const plans: SippPlan[] = (Object.keys(SCENARIOS) as Scenario[]).flatMap((scenario, i) =>
  TRANSPORTS.map((transport, j) => ({
    ...{ scenario, transport, calls: CALLS },
    ...{ caller: `8613800${i}${j}000`, called: `8613900${i}${j}000` },
  })),
);
const calls = plans.flatMap((plan) => Array.from({ length: CALLS }, (_, i) => callOf(plan, i + 1)));

function callOf(plan: SippPlan, number: number) {
  return { ...plan, caller: `${plan.caller}${number}`, called: `${plan.called}${number}` };
}

describe('calls placed by sipp and captured by tcpdump', () => {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-sipp-'));
  const capture = join(folder, 'calls.pcap');
  let events: Record<string, unknown>[] = [];
  let messages: TsharkRow[] = [];

  beforeAll(async () => {
    await placeCalls(plans, folder, capture);
    messages = tsharkFields(capture, 'sip', [
      ...['sip.from.user', 'sip.Call-ID', 'sip.Method', 'sip.Status-Code', 'sip.CSeq.method', 'frame.time_epoch'],
      ...['ip.src', 'ip.dst', 'udp.port', 'tcp.port', 'frame.number'],
    ]);
    events = catpoolRecords(['events', capture, '--home-country', 'CN']);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The messages of one call in order, a retransmission right after its original left out: tshark is the witness. */
  function messagesOf(caller: string) {
    const callId = messages.find(([user]) => user[0] === caller)?.[1][0];
    // Two messages in one TCP segment are two occurrences in one row.
    const call = messages
      .filter(([, ids]) => callId !== undefined && ids[0] === callId)
      .flatMap(([, , methods, statuses, cseqMethods, [time], [from], [to], udpPorts, tcpPorts, [frame]]) =>
        [...methods, ...statuses].map((what, i) => ({
          ...{ what, cseqMethod: cseqMethods[i], time },
          source: `${from}:${udpPorts[0] ?? tcpPorts[0]}`,
          destination: `${to}:${udpPorts[1] ?? tcpPorts[1]}`,
          transport: udpPorts.length > 0 ? 'udp' : 'tcp',
          frame: Number(frame),
        })),
      );
    return call.filter(({ what }, i) => i === 0 || what !== call[i - 1]!.what);
  }

  function eventsOf(caller: string): Record<string, unknown>[] {
    return events.filter((event) => [event.msisdn, event.counterpart].includes(caller));
  }

  it('are in the capture as their scenarios say, over UDP and TCP', () => {
    for (const { caller, scenario, transport } of calls) {
      const seen = messagesOf(caller);
      expect([caller, seen.map(({ what }) => what).join(' ')]).toEqual([caller, SCENARIOS[scenario].flow]);
      expect(new Set(seen.map((message) => message.transport))).toEqual(new Set([transport]));
    }
    // The late answer of `busy` makes the caller send its INVITE again, over UDP only.
    const again = messages.filter(([, , method, , , , , , udp]) => method[0] === 'INVITE' && udp.length > 0).length;
    expect(again).toBe(CALLS * 5 + CALLS);
  });

  it('give one event each, and none more', () => {
    expect(events).toHaveLength(calls.length);
    for (const { caller } of calls) expect([caller, eventsOf(caller).length]).toEqual([caller, 1]);
    expect(new Set(events.map((event) => event.event_id)).size).toBe(calls.length);
  });

  it.each(calls)(
    '$scenario over $transport, $caller: who, how it ended, who ended it',
    ({ caller, called, scenario }) => {
      const [event] = eventsOf(caller);
      expect(event).toMatchObject({
        interface: 'sip',
        ...SCENARIOS[scenario].event,
        ...parties(scenario, caller, called),
      });
      const [first] = messagesOf(caller);
      // Of the line's own device the capture shows what it sent: nothing, where the line was called.
      const isCaller = scenario !== 'hung-up';
      expect(event.user_agent).toBe(isCaller ? 'Caller/1.0' : null);
      expect([event.endpoint, event.trunk]).toEqual(
        isCaller ? [first.source, first.destination] : [first.destination, first.source],
      );
    },
  );

  it.each(calls)('$scenario over $transport, $caller: when', ({ caller, scenario }) => {
    const [event] = eventsOf(caller);
    const seen = messagesOf(caller);
    const { ring, talk } = SCENARIOS[scenario];
    const at = (what: string, cseqMethod: string) =>
      seen.find((message) => message.what === what && message.cseqMethod === cseqMethod)?.time;
    // Under load an answer may be sent again: the first counts.
    const last = seen.findLast(({ what }) => /^[2-6]/.test(what))!;
    const end = at('BYE', 'BYE') ?? at('CANCEL', 'CANCEL') ?? at(last.what, last.cseqMethod)!;
    const answer = at('200', 'INVITE') ?? null;
    expect(event.time).toBe(iso(seen[0].time));
    expect(event.end_time).toBe(iso(end));
    expect(event.answer_time).toBe(answer === null ? null : iso(answer));

    expectMilliseconds(event.ring_ms, at('180', 'INVITE'), answer ?? end, ring);
    expectMilliseconds(event.talk_ms, answer, end, talk);
    const isRegistration = event.kind === 'registration';
    expectMilliseconds(event.latency_ms, at('401', 'REGISTER'), seen[2].time, isRegistration ? LATENCY : null);
    const alerted = at('180', 'INVITE');
    expectMilliseconds(event.setup_ms, seen[0].time, alerted, alerted === undefined ? null : 0);

    const frames = seen.map((message) => message.frame);
    expect(event.first_frame).toBe(frames[0]);
    expect(frames).toContain(event.last_frame);
    expect(event.last_frame).toBeGreaterThanOrEqual(seen.find(({ time }) => time === end)!.frame);
  });
});

/** `hung-up` calls the address of a device, as a proxy does; all others ask the network for a number, as a device does. */
function parties(scenario: Scenario, caller: string, called: string) {
  if (scenario === 'hung-up') return { direction: 'terminating', msisdn: called, counterpart: caller };
  if (scenario === 'registered' || scenario === 'refused')
    return { direction: null, msisdn: caller, counterpart: null };
  return { direction: 'originating', msisdn: caller, counterpart: called };
}

/** `actual` is the time between two packets by tshark's clock, and near what the scenario waited; null where it has none. */
function expectMilliseconds(
  actual: unknown,
  from: string | null | undefined,
  to: string | null | undefined,
  waited: number | null,
): void {
  if (waited === null) {
    expect(actual).toBeNull();
    return;
  }
  const seen = Number(nanoseconds(to!) - nanoseconds(from!)) / 1e6;
  expect(actual).toBeCloseTo(seen, 3);
  expect(seen).toBeGreaterThanOrEqual(waited - EARLY);
  expect(seen).toBeLessThan(waited + LATE);
}

/** tshark's seconds since the epoch as whole nanoseconds. */
function nanoseconds(epoch: string): bigint {
  const [seconds, fraction] = epoch.split('.');
  return BigInt(seconds + fraction.padEnd(9, '0'));
}

function iso(epoch: string): string {
  const [seconds, fraction] = epoch.split('.');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}
