import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { systemClock } from '../../src/delivery/clock.ts';
import { parseConfig } from '../../src/probe/config.ts';
import { Probe } from '../../src/probe/probe.ts';
import { findHomeCountry } from '../../src/scan/home-country.ts';
import { homeOfStore } from '../../src/store/feed-state.ts';
import { openStore } from '../../src/store/store.ts';
import { cli } from '../support/cli.ts';
import { Scene } from '../support/scene.ts';

let folder: string;
let drop: string;
let lake: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  drop = join(folder, 'drop');
  lake = join(folder, 'lake');
  mkdirSync(drop);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Line = Record<string, unknown> & { words: string };

/** One run of `watch --once`, and what it logged. */
async function once(config = ''): Promise<Line[]> {
  const lines: Line[] = [];
  const say = (fields: object, words: string) => void lines.push({ ...fields, words });
  await new Probe({
    folder: drop,
    pipe: false,
    store: lake,
    config: parseConfig(`feed: test\nsettle: 0s\nscore: off\n${config}`, 'test'),
    clock: systemClock,
    log: { debug: say, info: say, warn: say, error: say },
    environment: {},
  }).once();
  return lines;
}

function homeLines(lines: readonly Line[]): Line[] {
  return lines.filter(({ words }) => words.startsWith('home country'));
}

/** A capture of calls to a number as it is dialled in Germany; each caller is in a cell of a country (MCC), where one is given. */
function capture(name: string, hour: number, calls: number, mcc?: string): void {
  const [A, B] = ['10.0.0.1', '10.0.0.2'];
  const scene = new Scene();
  for (let i = 0; i < calls; i++) {
    const time = 3600 * hour + 10 * i;
    const common = [
      `Via: SIP/2.0/UDP ${A};branch=z9hG4bK${name}${i}`,
      `From: <sip:caller${i}@${A}>;tag=a${i}`,
      `To: <sip:030123456@${B}>`,
      `Call-ID: ${name}${i}`,
      'CSeq: 1 INVITE',
    ];
    const cell =
      mcc === undefined ? [] : [`P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=${mcc}0018070000101`];
    scene.say(time, A, B, [`INVITE sip:030123456@${B} SIP/2.0`, ...common, ...cell]);
    scene.say(time + 1, B, A, ['SIP/2.0 486 Busy Here', ...common.map((line) => line.replace(/^To.*/, '$&;tag=b'))]);
  }
  scene.write(join(drop, name));
}

/** Numbers called by the events in the store. */
async function called(): Promise<Set<string | null>> {
  const store = openStore(lake, false);
  const numbers = new Set<string | null>();
  for await (const { counterpart } of store.events()) numbers.add(counterpart);
  await store.close();
  return numbers;
}

describe('the home country of a probe that none was named to', () => {
  test('is that of the first captures, and kept by the store', async () => {
    capture('a.pcap', 0, 3, '262');
    const first = await once();
    expect(homeLines(first)).toEqual([
      {
        home_country: 'DE',
        signs: 3,
        of: 3,
        by: 'cells',
        words: 'home country found in the first captures, and kept',
      },
    ]);
    expect(homeOfStore(lake)).toBe('DE');

    // Whatever comes later changes nothing, and is not looked at for it.
    capture('b.pcap', 2, 9, '234');
    const second = await once();
    expect(second.find(({ words }) => words === 'ready')).toMatchObject({ home_country: 'DE' });
    expect(homeLines(second)).toEqual([]);
    expect(await called()).toEqual(new Set(['4930123456']));
    expect((await cli('scan', '--store', lake)).stderr).toContain('home country DE, of the store');
  });

  test('is told by all captures that wait, in the order of their packets, whatever else lies there', async () => {
    writeFileSync(join(drop, 'broken.pcap'), Buffer.from('a1b2c3d4 no capture'));
    capture('a.pcap', 0, 3);
    capture('b.pcap', 2, 3, '262');
    expect(homeLines(await once())).toMatchObject([{ home_country: 'DE' }]);
    expect(await called()).toEqual(new Set(['4930123456']));
  });

  test('is looked for in the others where a capture is gone by then, and no further than the probe is let', async () => {
    capture('a.pcap', 0, 3, '234');
    capture('b.pcap', 2, 3, '262');
    const inputs = await listCaptures([drop]);
    rmSync(join(drop, 'a.pcap'));
    await expect(findHomeCountry(inputs, DEFAULT_LIMITS)).rejects.toThrow(/no such file/);
    const look = (signal?: AbortSignal) =>
      findHomeCountry(inputs, DEFAULT_LIMITS, null, { isLenient: true, ...(signal === undefined ? {} : { signal }) });
    expect(await look()).toMatchObject({ region: 'DE', signs: 3 });
    expect(await look(AbortSignal.abort())).toBeNull();
  });

  test('stays unknown for a feed that began with captures that tell none', async () => {
    capture('a.pcap', 0, 3);
    expect(homeLines(await once()).map(({ words }) => words)).toEqual([
      'home country unknown: numbers without a country code stay as they are in this feed (home_country)',
    ]);
    capture('b.pcap', 2, 3, '262');
    expect(homeLines(await once())).toEqual([]);
    expect(await called()).toEqual(new Set(['030123456']));
    expect(homeOfStore(lake)).toBeNull();
  });

  test('is not looked for where it was named, and need not be named again', async () => {
    capture('a.pcap', 0, 3, '234');
    expect(homeLines(await once('home_country: DE\n'))).toEqual([]);
    capture('b.pcap', 2, 3, '234');
    expect(homeLines(await once())).toEqual([]);
    expect(await called()).toEqual(new Set(['4930123456']));
  });
});
