import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, records } from '../../support/cli.ts';
import { tsharkFields } from '../../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The tap of each network; in `unchallenged`, as on a trunk, nobody is asked for credentials. */
const TAPS = { access: 'access', core: 'core', hidden: 'hidden', trunk: 'trunk', unchallenged: 'access' };
const LEGS = ['b2bua', 'proxy'] as const;
type Row = Record<string, unknown>;
const eventsAt = new Map<string, Row[]>();

const captureOf = (tap: string, legs: string): string => join(folder, `${tap}-${legs}`, 'capture-001.pcap');

beforeAll(async () => {
  for (const [name, tap] of Object.entries(TAPS))
    for (const legs of LEGS) {
      const scenario = join(folder, `${name}-${legs}.yaml`);
      const challenge = name === 'unchallenged' ? 0 : 0.3;
      const network = {
        tap,
        legs,
        loss: 0,
        tcp: 0.2,
        nat: 0.5,
        challenge,
        setup: 1,
        setupSpread: 1,
        refreshSpread: 0.015,
        pickUp: 1,
        coldStart: 0,
        outages: 0,
      };
      writeFileSync(
        scenario,
        JSON.stringify({
          ...{ seed: 5, subscribers: 60, gateways: 1, hours: 0.5, country: '86' },
          network,
          population: { outings: 1, talkSpread: 1, missed: 1 },
        }),
      );
      await cli('simulate', '--scenario', scenario, '--out', join(folder, `${name}-${legs}`));
      const { stdout } = await cli('events', captureOf(name, legs), '--home-country', 'CN', '--format', 'ndjson');
      eventsAt.set(
        `${name} ${legs}`,
        records(stdout).filter(({ kind }) => kind !== undefined),
      );
    }
});

const keyOf = ({ kind, time, msisdn, direction }: Row): string => `${kind} ${time} ${msisdn} ${direction}`;

function compared(tap: string, legs: string, columns: readonly string[]): [Row[], Row[]] {
  const picked = (row: Row): Row => ({
    key: keyOf(row),
    ...Object.fromEntries(columns.map((name) => [name, row[name]])),
  });
  const sorted = (rows: Row[]): Row[] =>
    rows.map(picked).sort((a, b) => ((a.key as string) < (b.key as string) ? -1 : 1));
  return [sorted(eventsAt.get(`${tap} ${legs}`)!), sorted(eventsAt.get(`access ${legs}`)!)];
}

const CALL = [
  'counterpart',
  'outcome',
  'setup_ms',
  'ring_ms',
  'talk_ms',
  'released_by',
  'sip_status',
  'user_agent',
  'cell',
];

describe.each(LEGS)('a tap behind the access proxies (%s)', (legs) => {
  test('sees the lines as the tap beside them does: their addresses, devices and identifiers, and their calls', () => {
    const [behind, beside] = compared('core', legs, [
      ...CALL,
      ...['contact', 'imei', 'access', 'id_shape', 'via_mismatch', 'expires_s', 'latency_ms', 'sdp_fingerprint'],
    ]);
    expect(beside.length).toBeGreaterThan(400);
    expect(behind).toEqual(beside);
    const endpoints = (tap: string): string[] =>
      eventsAt
        .get(`${tap} ${legs}`)!
        .filter(({ direction }) => direction !== 'terminating')
        .map((row) => `${keyOf(row)} ${String(row.endpoint).replace(/:\d+$/, '')}`)
        .sort();
    expect(endpoints('core')).toEqual(endpoints('access'));
  });

  test('sees them all through a few addresses, as every packet says', () => {
    const sources = (tap: string): Set<string> =>
      new Set(
        tsharkFields(captureOf(tap, legs), 'sip.Method == "REGISTER"', ['ip.src']).map(([source]) => source![0]!),
      );
    expect(sources('access').size).toBeGreaterThan(20);
    for (const tap of ['core', 'hidden']) expect(sources(tap).size).toBeLessThanOrEqual(8);
  });

  test('that hides them still shows the calls', () => {
    const [hidden, beside] = compared('hidden', legs, ['counterpart', 'outcome', 'talk_ms', 'released_by']);
    expect(hidden).toEqual(beside);
    const endpoints = new Set(
      eventsAt
        .get(`hidden ${legs}`)!
        .filter(({ kind }) => kind === 'registration')
        .map(({ endpoint }) => endpoint),
    );
    expect(endpoints.size).toBeLessThanOrEqual(8);
  });

  test('between switches shows the calls, and of lines neither registrations, messages nor addresses', () => {
    const calls = (tap: string): Row[] => eventsAt.get(`${tap} ${legs}`)!.filter(({ kind }) => kind === 'leg');
    const told = ({ msisdn, counterpart, outcome, talk_ms, released_by }: Row): string =>
      [...[msisdn, counterpart].sort(), outcome, talk_ms, released_by].join(' ');
    expect(calls('trunk').length).toBeGreaterThan(10);
    expect(calls('trunk').map(told).sort()).toEqual(calls('unchallenged').map(told).sort());
    expect(calls('trunk').length).toBe(eventsAt.get(`trunk ${legs}`)!.length);
    const sources = tsharkFields(captureOf('trunk', legs), 'sip', ['ip.src']).map(([source]) => source![0]!);
    expect(new Set(sources).size).toBeLessThanOrEqual(11);
    const methods = new Set(tsharkFields(captureOf('trunk', legs), 'sip', ['sip.CSeq.method']).map(([m]) => m![0]!));
    for (const method of ['REGISTER', 'MESSAGE']) expect(methods).not.toContain(method);
  });

  test.each(['core', 'hidden', 'trunk'])('writes what tshark finds nothing wrong with (%s)', (tap) => {
    const wrong = '_ws.malformed || _ws.expert.severity == "Error"';
    expect(tsharkFields(captureOf(tap, legs), wrong, ['frame.number'])).toEqual([]);
  });
});
