import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { type LinesOptions, withLines } from '../../src/scan/run.ts';
import { Scene } from '../support/scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As scenes have it. */
const START = 1_700_000_000;

/** A refused call each `every` seconds in [from, to], seconds after START. */
function capture(name: string, from: number, to: number, every: number): string {
  const scene = new Scene();
  for (let at = from; at <= to; at += every) {
    const common = [
      'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
      'From: <sip:+8613800000001@example.com>;tag=a',
      'To: <sip:+8613900000002@example.com>',
      `Call-ID: ${at}@${name}`,
      'CSeq: 1 INVITE',
    ];
    scene.say(at, '10.0.0.1', '10.0.0.2', ['INVITE sip:+8613900000002@example.com SIP/2.0', ...common]);
    scene.say(at + 1, '10.0.0.2', '10.0.0.1', ['SIP/2.0 486 Busy Here', ...common]);
  }
  return scene.write(join(folder, `${name}.pcap`));
}

/** Calls counted, and the window that they were counted in. */
async function counted(paths: readonly string[], options: Partial<LinesOptions> = {}) {
  const all: LinesOptions = {
    feed: 'test',
    homeCountry: null,
    limits: DEFAULT_LIMITS,
    workers: 1,
    window: 86_400,
    since: null,
    until: null,
    timeZone: null,
    ...options,
  };
  return withLines(paths, all, ({ lines, context, collected }) => {
    let calls = 0;
    lines.each((history) => {
      calls += history.outgoingCount;
    });
    const { from, until, observedSeconds } = context;
    return { calls, from: from - START, until: until - START, observedSeconds, repeated: collected.repeated.length };
  });
}

// 11 calls in ten minutes: 0, 60, ... 600, the last packet at 601.
const FIRST = capture('first', 0, 600, 60);
// From 300 to 900: half of it while the first goes on.
const OVERLAPPING = capture('overlapping', 300, 900, 60);
// Ten hours later.
const LATE = capture('late', 36_000, 36_600, 60);

describe('the window', () => {
  test('is all of short captures', async () => {
    expect(await counted([FIRST])).toEqual({ calls: 11, from: 0, until: 602, observedSeconds: 601, repeated: 0 });
  });

  test('ends with the last packet', async () => {
    expect(await counted([FIRST, LATE], { window: 3600 })).toMatchObject({ calls: 11, from: 33_002, until: 36_602 });
    expect(await counted([FIRST, LATE], { window: 302 })).toMatchObject({ calls: 6, from: 36_300, until: 36_602 });
  });

  test('ends where it is told to, and begins no earlier than it is told to', async () => {
    expect(await counted([FIRST], { until: START + 300 })).toMatchObject({ calls: 5, from: 0, until: 300 });
    expect(await counted([FIRST], { since: START + 0.5, until: START + 299.5 })).toMatchObject({ calls: 4 });
    expect(await counted([FIRST], { since: START + 300 })).toMatchObject({ calls: 6, from: 300, until: 602 });
    expect(await counted([FIRST], { since: START + 60, until: START + 180, window: 60 })).toMatchObject({
      calls: 1,
      from: 120,
      until: 180,
    });
  });

  test('outside the captures holds nothing', async () => {
    expect(await counted([FIRST], { until: START - 500 })).toMatchObject({ calls: 0, observedSeconds: 0 });
    expect(await counted([FIRST], { since: START + 5000 })).toMatchObject({ calls: 0, observedSeconds: 0 });
  });

  test('counts what two captures cover once, and not what none does', async () => {
    // 0..601 and 300..901.
    expect((await counted([OVERLAPPING, FIRST])).observedSeconds).toBe(901);
    expect((await counted([LATE, OVERLAPPING, FIRST])).observedSeconds).toBe(901 + 601);
    // From 602 - 400 = 36,202 on.
    expect((await counted([LATE, FIRST], { window: 400 })).observedSeconds).toBe(399);
  });

  test('counts a capture that is given twice once', async () => {
    const copy = join(folder, 'copy.pcap');
    copyFileSync(FIRST, copy);
    for (const workers of [1, 2]) {
      expect(await counted([FIRST, copy], { workers })).toEqual({
        calls: 11,
        from: 0,
        until: 602,
        observedSeconds: 601,
        repeated: 1,
      });
    }
  });
});
