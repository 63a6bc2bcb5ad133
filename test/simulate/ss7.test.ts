import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { Naming } from '../../src/features/naming/naming.ts';
import { at, instant, observe, type Pair, paired, type Seen } from './network.ts';

/** Probes with right clocks that miss nothing. */
const EXACT = { loss: 0, clockA: 0, clockMap: 0, clockCap: 0, clockIsup: 0 };
const SMALL = {
  subscribers: 110,
  gateways: 3,
  hours: 5,
  start: '2024-03-05T08:00:00Z',
  interfaces: ['sip', 'a', 'map', 'cap', 'isup'],
  everyGateway: { lines: 6 },
  network: { loss: 0, legs: 'b2bua' },
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function seen(changes: Record<string, unknown>): Promise<Seen> {
  const result = await observe({ ...SMALL, ...changes });
  folders.push(result.folder);
  return result;
}

const SIP_ALONE = [
  '--disable-all-protocols',
  ...['frame', 'eth', 'ip', 'udp', 'tcp', 'sip', 'sdp', 'data-text-lines'].flatMap((name) => [
    '--enable-protocol',
    name,
  ]),
];

/** Packets that tshark finds fault with, of all captures. */
function faults(captures: readonly string[]): string[] {
  return captures.flatMap((capture) => {
    const out = execFileSync(
      'tshark',
      [
        ...['-n', '-r', capture, '-Y', '_ws.malformed or _ws.expert.severity >= "Error"'],
        // A port on which a phone has SIP may be another protocol's elsewhere.
        ...(capture.includes('sip-') ? SIP_ALONE : []),
        ...['-T', 'fields', '-e', 'frame.number', '-e', '_ws.col.Protocol', '-e', '_ws.expert.message'],
      ],
      { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    return out.split('\n').flatMap((line) => (line === '' ? [] : [`${capture} ${line}`]));
  });
}

describe.each([
  {
    name: 'a British network with point codes of 14 bits',
    changes: { seed: 5, country: '44', ss7: { ...EXACT, pointCodes: 'itu', circuit: 0.6, retransmissions: 0.01 } },
  },
  {
    name: 'a Chinese network with point codes of 24 bits, CAMEL phase 4 and IMEIs everywhere',
    changes: {
      seed: 6,
      country: '86',
      ss7: {
        ...EXACT,
        ...{ pointCodes: 'china', circuit: 0.9, camelPhase: 4, camelImei: 1, imeisv: 1, identity: 1, commonId: 1 },
        ...{ camel: 1, camelTerminating: 1, checkImei: 1, exchanges: 3, areaCells: 2 },
      },
    },
  },
  {
    name: 'a Nigerian network with CAMEL phase 2',
    changes: { seed: 7, country: '234', ss7: { ...EXACT, camelPhase: 2, exchanges: 4, areaCells: 2, byImsi: 0.2 } },
  },
])('the same subscribers as five probes see them, in $name', ({ changes }) => {
  let network: Seen;
  let pairs: Pair[];
  let missing: object[];
  let extra: CatpoolEvent[];

  beforeAll(async () => {
    network = await seen(changes);
    ({ pairs, missing, extra } = paired(network));
  });

  it('gives back each call once on every interface it crossed, and no other', () => {
    expect(missing).toEqual([]);
    expect(extra).toEqual([]);
    const count = (over: string) => pairs.filter(({ leg }) => leg.interface === over).length;
    for (const over of ['sip', 'bssap', 'cap', 'isup']) expect(count(over), over).toBeGreaterThan(50);
  });

  it('with its outcome, who ended it, answer and talk time', () => {
    for (const { call, leg, event } of pairs) {
      const words = JSON.stringify({ call, leg });
      // Some phones that are busy say on SIP that they do not answer.
      if (leg.interface === 'sip' && call.outcome === 'busy')
        expect(['busy', 'no_answer', 'rejected']).toContain(event.outcome);
      else expect(event.outcome, words).toBe(call.outcome);
      if (event.outcome === call.outcome) expect(event.released_by, words).toBe(call.released_by);
      expect(event.answer_time === null, words).toBe(call.answer === null);
      if (call.answer === null) continue;
      expect(Math.abs(at(event.answer_time!) - instant(call.answer)), words).toBeLessThan(0.3);
      if (call.end !== null)
        expect(Math.abs(event.talk_ms! / 1000 - (instant(call.end) - instant(call.answer))), words).toBeLessThan(0.3);
    }
  });

  it('with IMSI, TMSI, IMEI, cell and trunk as they stood', () => {
    for (const { call, leg, event } of pairs) {
      const words = JSON.stringify({ call, leg });
      if (leg.trunk !== undefined) expect(event.trunk, words).toBe(leg.trunk);
      if (leg.cell !== undefined) expect(event.cell, words).toBe(leg.cell);
      if (leg.tmsi) expect(event.tmsi, words).toBe(leg.tmsi);
      if (leg.imsi !== undefined && (leg.named || event.imsi !== null)) expect(event.imsi, words).toBe(leg.imsi);
      if (event.imei !== null && leg.imei !== undefined) expect(event.imei, words).toBe(leg.imei);
    }
  });

  it('gives back every location update, detach, short message and service code, and no other', () => {
    const { acts, events } = network;
    for (const over of ['bssap', 'map'] as const) {
      for (const kind of ['presence', 'sms', 'ussd'] as const) {
        const wanted = acts.filter((act) => act.kind === kind && act.interfaces.includes(over));
        // Routing and cancelling also show where somebody is; updates are what has an outcome of its own.
        const left = events.filter(
          (event) =>
            event.kind === kind &&
            event.interface === over &&
            (kind !== 'presence' || over === 'bssap' || event.outcome === 'registered'),
        );
        if (kind === 'presence') expect(wanted.length, `${over} ${kind}`).toBeGreaterThan(0);
        for (const act of wanted) {
          const index = left.findIndex(
            (event) =>
              Math.abs(at(event.time) - instant(act.time)) < 5 &&
              (event.imsi === act.imsi ||
                (event.imsi === null && (event.tmsi === act.tmsi || event.tmsi === act.given))) &&
              (over === 'map' || event.cell === act.cell) &&
              (over === 'map' || kind !== 'presence' || event.lu_type === act.update) &&
              (kind === 'presence' || event.direction === act.direction) &&
              (kind !== 'sms' || (event.counterpart === act.counterpart && event.sms_length === act.octets)) &&
              (kind !== 'ussd' || event.ussd_code === act.code),
          );
          // A dialogue that goes on at the end of the captures has no result yet.
          const late = instant(act.time) > Date.parse(SMALL.start) / 1000 + SMALL.hours * 3600 - 5;
          if (!late) expect(index, `${over} ${JSON.stringify(act)}`).toBeGreaterThanOrEqual(0);
          if (index >= 0) left.splice(index, 1);
        }
        expect(left, `${over} ${kind}`).toEqual([]);
      }
    }
  });

  it('ties the names of a line together: whatever shows an IMSI is of the number that has it', () => {
    const naming = new Naming();
    for (const event of network.events) naming.learn(event);
    const numbers = new Map<string, string>();
    for (const { line, imsi } of network.acts) numbers.set(imsi, line);
    for (const { call, leg } of pairs)
      if (leg.imsi !== undefined) numbers.set(leg.imsi, leg.direction === 'originating' ? call.caller : call.called);
    const imsis = new Set(
      network.events.flatMap(({ imsi, interface: over }) => (imsi && over !== 'sip' ? [imsi] : [])),
    );
    expect(imsis.size).toBeGreaterThan(30);
    let tied = 0;
    for (const imsi of imsis) {
      const event = network.events.find((each) => each.imsi === imsi)!;
      const name = naming.lineOf({ ...event, msisdn: null, aor: null });
      if (name === imsi) continue;
      tied++;
      if (numbers.has(imsi)) expect(name).toBe(numbers.get(imsi));
    }
    // Who only keeps in touch by periodic updates never shows its number.
    expect(tied / imsis.size).toBeGreaterThan(0.3);
  });

  it('is what tshark reads without a malformed packet or an error', () => {
    expect(faults(network.captures)).toEqual([]);
  });
});
