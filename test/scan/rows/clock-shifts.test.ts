import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Truth {
  caller?: string;
  legs: { direction: string }[];
}

/** A few hours of one network as five probes see it, whose clocks are ahead by so many seconds. */
async function network(name: string, clocks: Record<string, number>): Promise<{ captures: string[]; truth: Truth[] }> {
  const out = join(folder, name);
  const scenario = join(folder, `${name}.yaml`);
  const lines = Object.entries(clocks).map(([clock, seconds]) => `  ${clock}: ${seconds}`);
  writeFileSync(scenario, ['ss7:', '  loss: 0', '  retransmissions: 0', ...lines, ''].join('\n'));
  const wanted = ['--seed', '11', '--country', 'CN', '--subscribers', '60', '--gateways', '1', '--hours', '5'];
  const start = ['--start', '2024-03-05T02:00:00Z', '--interfaces', 'sip,a,map,cap,isup'];
  await cli('simulate', '--out', out, '--scenario', scenario, ...wanted, ...start);
  const truth = readFileSync(join(out, 'truth.ndjson'), 'utf8').trim().split('\n');
  return {
    captures: readdirSync(out)
      .filter((file) => file.endsWith('.pcap'))
      .map((file) => join(out, file)),
    truth: truth.map((line) => JSON.parse(line) as Truth),
  };
}

/** Outgoing calls of each line. */
async function outgoing(captures: readonly string[]): Promise<Map<string, number>> {
  const { stdout } = await cli('features', ...captures, '--home-country', 'CN', '--format', 'ndjson');
  return new Map(
    records(stdout).map((row) => {
      const { line, outgoing_per_hour, hours } = row as { line: string; outgoing_per_hour: number; hours: number };
      return [line, Math.round(outgoing_per_hour * Math.max(1, hours))];
    }),
  );
}

describe('captures of several probes named together', () => {
  const CLOCKS = { clockA: 3.1, clockMap: 0, clockCap: -2.2, clockIsup: -2.4 };

  test('show each call once, whatever the clocks of the probes say, and how these differ', async () => {
    const { captures, truth } = await network('apart', CLOCKS);
    const placed = new Map<string, number>();
    for (const { caller, legs } of truth)
      if (caller !== undefined && legs.length > 0) placed.set(caller, (placed.get(caller) ?? 0) + 1);
    const found = await outgoing(captures);
    expect(found.size).toBeGreaterThan(50);
    for (const [line, calls] of found) expect([line, calls]).toEqual([line, placed.get(line) ?? 0]);

    const stats = join(folder, 'stats.json');
    const { stderr } = await cli('scan', ...captures, '--home-country', 'CN', '--stats', stats);
    expect(stderr).toMatch(/clocks put right by calls that several saw: .*bssap -?[\d.]+ s/);
    const { clocks } = JSON.parse(readFileSync(stats, 'utf8')) as {
      clocks: { feed: string; seconds: number | null }[];
    };
    const seconds = (over: string): number => clocks.find(({ feed }) => feed.endsWith(over))!.seconds!;
    expect(seconds('isup') - seconds('bssap')).toBeCloseTo(CLOCKS.clockA - CLOCKS.clockIsup, 0);
    expect(seconds('cap') - seconds('bssap')).toBeCloseTo(CLOCKS.clockA - CLOCKS.clockCap, 0);
  });

  test('say nothing of clocks that agree', async () => {
    const { captures } = await network('together', { clockA: 0, clockMap: 0, clockCap: 0, clockIsup: 0 });
    const stats = join(folder, 'stats.json');
    await cli('scan', ...captures, '--home-country', 'CN', '--stats', stats);
    expect((JSON.parse(readFileSync(stats, 'utf8')) as { clocks: unknown[] }).clocks).toEqual([]);
  });
});
