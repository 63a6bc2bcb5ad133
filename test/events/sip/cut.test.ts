import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { cutAfter, packetsOf, uncutEvents } from '../../support/cut-captures.ts';
import { sharedCaptures } from '../../support/shared.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Left out: two files in formats of other programs, and two whose packet times jump by years from one packet to the next, in which no
 * call holds together.
 */
const captures = sharedCaptures('sip').filter((path) => !/c07-sip-r2|cr_ss101|testing\.ext|sip_ipv6_udp/.test(path));

describe('a capture cut at random packets gives the same events', () => {
  for (const path of captures) {
    test(basename(path), async () => {
      const whole = await uncutEvents([path]);
      const packets = packetsOf(path);
      const random = new Random(20260101, path.replace(/^.*captures\//, ''));
      for (let round = 0; round < 2; round++) {
        const cuts = new Set<number>();
        while (cuts.size < Math.min(9, packets - 1)) cuts.add(random.integer(1, packets - 1));
        const files = cutAfter(
          path,
          packets,
          [...cuts].sort((a, b) => a - b),
          join(folder, `${basename(path)}-${round}`),
        );
        expect(await uncutEvents(random.shuffle(files))).toEqual(whole);
      }
    });
  }
});

describe('calls over a cut', () => {
  test('four workers give what one gives', async () => {
    const files = readdirSync(folder).map((name) => join(folder, name));
    expect(files.length).toBeGreaterThan(20);
    const some = files.filter((_, index) => index % 7 === 0);
    expect(await uncutEvents(some, 4)).toEqual(await uncutEvents([...some].reverse(), 1));
  });
});
