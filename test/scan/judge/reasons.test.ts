import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../src/features/catalogue.ts';
import { cli, records } from '../../support/cli.ts';
import { Scene } from '../../support/scene.ts';

const SAMPLE = 'captures/sample.pcap.gz';
/** What at most this share of ordinary lines show is told first. */
const TELLING = 1e-3;

interface Reason {
  feature: string;
  value: number | null;
  contribution: number;
  rarity: number | null;
}
interface Told {
  line: string;
  score: number;
  exposure: { marked_from: number | null };
  reasons: Reason[];
}

const isTelling = ({ rarity }: Reason): boolean => rarity !== null && rarity <= TELLING;
const familyOf = (name: string): string =>
  CATALOGUE.find((definition) => definition.name === name)?.family ?? 'company';

describe('the reasons of marked lines', () => {
  let lines: Told[];
  beforeAll(async () => {
    const { stdout } = await cli('scan', SAMPLE, '--home-country', 'CN', '--format', 'ndjson');
    lines = records(stdout).filter(({ line }) => line !== undefined) as unknown as Told[];
    expect(lines.length).toBeGreaterThan(5);
  });

  test('begin with what hardly any ordinary line shows, rarest first, and go on with what moved the score most', () => {
    for (const { line, reasons } of lines) {
      // Of a box it is said last.
      const own = reasons.filter(({ contribution }) => contribution > 0);
      const first = own.findIndex((reason) => !isTelling(reason));
      const telling = own.slice(0, Math.min(2, first < 0 ? own.length : first));
      const rarities = telling.map(({ rarity }) => rarity!);
      expect([line, rarities]).toEqual([line, [...rarities].sort((a, b) => a - b)]);
      const families = telling.map(({ feature }) => familyOf(feature));
      expect([line, new Set(families).size]).toEqual([line, families.length]);
      const others = own.slice(telling.length).map(({ contribution }) => contribution);
      expect([line, others]).toEqual([line, [...others].sort((a, b) => b - a)]);
      expect(own.length).toBeLessThanOrEqual(4);
    }
  });

  test('are none that many ordinary lines show as well, where there is another', async () => {
    const { stdout } = await cli('scan', SAMPLE, '--home-country', 'CN', '--format', 'ndjson', '--threshold', '0');
    const all = records(stdout).filter(({ line }) => line !== undefined) as unknown as Told[];
    let told = 0;
    for (const { line, reasons } of all) {
      const usual = reasons.filter(({ rarity }) => rarity !== null && rarity > 0.25);
      if (usual.length === reasons.length) continue;
      expect([line, usual]).toEqual([line, []]);
      told++;
    }
    expect(told).toBeGreaterThan(50);
  });

  test('name the IMEIs of lines whose box changes them, before how much they call', async () => {
    const { stdout } = await cli('scan', SAMPLE, '--home-country', 'CN', '--format', 'ndjson', '--threshold', '0.85');
    const high = records(stdout).filter(({ line }) => line !== undefined) as unknown as Told[];
    const byDevice = high.filter(({ reasons }) => /imei/.test(reasons[0]!.feature));
    expect(byDevice.length).toBeGreaterThan(2);
  });

  test('are explained by figures that add up to the score', async () => {
    const { line, score } = lines[0]!;
    const { stdout } = await cli('explain', line, SAMPLE, '--home-country', 'CN');
    const part = /What moved the score, from (0\.\d+)[^\n]*\n((?: {2}[+-]\d\.\d{3} {2}[^\n]*\n)+)/.exec(stdout)!;
    const moved = part[2]!.match(/^ {2}[+-]\d\.\d{3}/gm)!.map(Number);
    expect(moved.length).toBeGreaterThan(5);
    const sum = moved.reduce((total, by) => total + by, Number(part[1]));
    expect(Math.abs(sum - score)).toBeLessThan(0.0006 * (moved.length + 1));
  });
});

describe('where one proxy sends the calls of all lines to another', () => {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('that they share its address, its headers and its company is no reason against any, and the nearest to the mark is said', async () => {
    const LINES = 300;
    const scene = new Scene();
    for (let call = 0; call < 5 * LINES; call++) {
      const [A, B] = ['10.0.0.1', '10.0.0.2'];
      const time = 20 * call;
      const from = `From: <sip:+86138${20_000_000 + 7_919 * (call % LINES)}@${A}>;tag=a${call}`;
      const to = `To: <sip:+86139${10_000_000 + 104_729 * (call % 997)}@${B}>`;
      const say = (at: number, src: string, dst: string, first: string, cseq: string) =>
        scene.say(time + at, src, dst, [
          first,
          `Via: SIP/2.0/UDP ${A};branch=z9hG4bK${call}${cseq[0]}`,
          from,
          first.startsWith('INVITE') ? to : `${to};tag=b`,
          `Call-ID: ${call}@a`,
          `CSeq: ${cseq}`,
        ]);
      say(0, A, B, `INVITE sip:+86139${10_000_000 + 104_729 * (call % 997)}@${B} SIP/2.0`, '1 INVITE');
      say(5, B, A, 'SIP/2.0 200 OK', '1 INVITE');
      say(5 + 3 + (call % 40), A, B, `BYE sip:${B} SIP/2.0`, '2 BYE');
    }
    const path = scene.write(join(folder, 'trunk.pcap'));
    const { stdout } = await cli('scan', path, '--home-country', 'CN', '--format', 'ndjson', '--threshold', '0');
    const lines = records(stdout).filter(({ line }) => line !== undefined) as unknown as Told[];
    expect(lines.length).toBe(LINES);
    const shared = lines.flatMap(({ reasons }) =>
      reasons.filter(({ feature, value }) => /^lines_|_others$/.test(feature) && (value ?? 0) >= LINES / 2),
    );
    expect(shared).toEqual([]);

    // Nothing is marked here: what comes nearest is said, and what would mark it.
    const [nearest] = lines;
    const asked = nearest!.exposure.marked_from!;
    expect(lines.filter(({ score, exposure }) => score >= (exposure.marked_from ?? 1))).toEqual([]);
    const said = (score: number) => score.toFixed(3).replace(/^0/, '');
    const table = await cli('scan', path, '--home-country', 'CN');
    expect(table.stdout).toBe(
      `0 lines strong, 0 suspect, ${LINES} not. Nearest: ${nearest!.line} with ${said(nearest!.score)}, where ${said(asked)} is asked (--threshold 0 ranks all lines).\n`,
    );
    const summary = records((await cli('scan', path, '--home-country', 'CN', '--format', 'ndjson')).stdout).at(-1)!;
    expect(summary.nearest).toEqual({ line: nearest!.line, score: nearest!.score, marked_from: asked });
  });
});
