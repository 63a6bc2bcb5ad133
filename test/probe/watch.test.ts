import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/delivery/clock.ts';
import { parseConfig } from '../../src/probe/config.ts';
import { Probe } from '../../src/probe/probe.ts';
import { DEFAULT_MODEL } from '../../src/scan/judge/default-model.ts';
import { openStore } from '../../src/store/store.ts';
import { cli, records } from '../support/cli.ts';
import { scannedRows, storedRows } from '../support/lake.ts';
import { sampleAsTold } from '../support/sample.ts';
import { Scene } from '../support/scene.ts';
import { root } from '../support/sources.ts';

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

/** A line of the log: words and fields. */
type Line = Record<string, unknown> & { words: string };

function probeWith(config: string, lines: Line[], clock: Clock = systemClock): Probe {
  const say = (fields: object, words: string) => void lines.push({ ...fields, words });
  return new Probe({
    folder: drop,
    pipe: false,
    store: lake,
    config: parseConfig(`feed: test\nsettle: 0s\n${config}`, 'test'),
    clock,
    log: { debug: say, info: say, warn: say, error: say },
    environment: {},
  });
}

/** A clock that stands, and whose waits pass. */
function clockAt(time: string): Clock {
  return { now: () => Date.parse(time), sleep: () => Promise.resolve() };
}

/** One run of `watch --once`, and what it logged. */
async function once(config = 'score: off', lines: Line[] = []): Promise<Line[]> {
  await probeWith(config, lines).once();
  return lines;
}

function words(lines: readonly Line[]): string[] {
  return lines.map((line) => line.words).filter((text) => text !== 'ready' && !text.startsWith('home country '));
}

async function rows(): Promise<string[]> {
  const store = openStore(lake, false);
  const all = await storedRows(store);
  await store.close();
  return all;
}

/** As the program zstd packs it. */
function zstd(data: Buffer): Buffer {
  const { stdout, stderr, status } = spawnSync('zstd', ['-q', '-c'], { input: data });
  if (status !== 0) throw new Error(`zstd: ${stderr}`);
  return stdout;
}

const message = (method: string, to: string, cseq: string, call = 'c1') => [
  `${method}`,
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
  'From: <sip:+8613800000001@example.org>;tag=a',
  `To: <sip:+8613900000002@example.org>${to}`,
  `Call-ID: ${call}`,
  `CSeq: ${cseq}`,
];

/** A call answered after 2 s and ended after an hour, with other calls between. */
function longCall(): Scene {
  const scene = new Scene();
  scene.say(0, '10.0.0.1', '10.0.0.2', message('INVITE sip:+8613900000002@example.org SIP/2.0', '', '1 INVITE'));
  scene.say(2, '10.0.0.2', '10.0.0.1', message('SIP/2.0 200 OK', ';tag=b', '1 INVITE'));
  scene.say(900, '10.0.0.1', '10.0.0.2', message('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', 'c2'));
  scene.say(905, '10.0.0.2', '10.0.0.1', message('SIP/2.0 486 Busy Here', ';tag=b', '1 INVITE', 'c2'));
  scene.say(1800, '10.0.0.1', '10.0.0.2', message('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', 'c3'));
  scene.say(1803, '10.0.0.2', '10.0.0.1', message('SIP/2.0 404 Not Found', ';tag=b', '1 INVITE', 'c3'));
  scene.say(2700, '10.0.0.1', '10.0.0.2', message('INVITE sip:3@example.org SIP/2.0', '', '1 INVITE', 'c4'));
  scene.say(3602, '10.0.0.1', '10.0.0.2', message('BYE sip:+8613900000002@example.org SIP/2.0', ';tag=b', '2 BYE'));
  return scene;
}

describe('a capture', () => {
  test('is read once, also after a restart', async () => {
    longCall().write(join(drop, 'a.pcap'));
    expect(words(await once())).toEqual(['capture taken']);
    expect(words(await once())).toEqual([]);
  });

  test('is in once where its ledger was lost', async () => {
    const path = longCall().write(join(drop, 'a.pcap'));
    await once();
    rmSync(join(lake, 'probes/test/ledger.jsonl'));
    expect(words(await once())).toEqual(['capture left out']);
    expect(await rows()).toEqual(await scannedRows([path]));
  });

  test('is read again where the store does not have it any more', async () => {
    const path = longCall().write(join(drop, 'a.pcap'));
    await once();
    for (const part of ['commits', 'events']) rmSync(join(lake, part), { recursive: true });
    expect(words(await once())).toEqual(['capture taken']);
    expect(await rows()).toEqual(await scannedRows([path]));
  });

  test('counts once, plain, copied and compressed', async () => {
    const path = longCall().write(join(drop, 'a.pcap'));
    copyFileSync(path, join(drop, 'b.pcap'));
    writeFileSync(join(drop, 'c.pcap.gz'), gzipSync(readFileSync(path)));
    writeFileSync(join(drop, 'd.pcap.zst'), zstd(readFileSync(path)));
    const leftOut = Array.from({ length: 3 }, () => 'capture left out');
    expect(words(await once()).sort()).toEqual([...leftOut, 'capture taken']);
    expect(await rows()).toEqual(await scannedRows([path]));
  });

  test('is read as it was before zstd packed it, in one frame or several', async () => {
    const path = longCall().write(join(folder, 'whole.pcap'));
    const whole = readFileSync(path);
    writeFileSync(join(drop, 'one.pcap.zst'), zstd(whole));
    expect(words(await once())).toEqual(['capture taken']);
    expect(await rows()).toEqual(await scannedRows([path]));
    const frames = [whole.subarray(0, 1000), whole.subarray(1000)].map(zstd);
    writeFileSync(join(drop, 'two.pcap.zst'), Buffer.concat(frames));
    expect(words(await once())).toEqual(['capture left out']);
    expect(await rows()).toEqual(await scannedRows([path]));
  });

  test('under an old name is another one', async () => {
    const first = longCall().write(join(folder, 'first.pcap'), 0, 4);
    const second = longCall().write(join(folder, 'second.pcap'), 4);
    copyFileSync(first, join(drop, 'ring.pcap0'));
    await once();
    copyFileSync(second, join(drop, 'ring.pcap0'));
    expect(words(await once())).toEqual(['capture taken']);
    expect(await rows()).toEqual(await scannedRows([first, second]));
  });

  test('that began first is taken first', async () => {
    for (const [index, from] of [4, 0, 2].entries()) longCall().write(join(drop, `${index}.pcap`), from, from + 2);
    const lines = await once();
    expect(lines.flatMap(({ capture }) => capture ?? [])).toEqual(['1.pcap', '2.pcap', '0.pcap']);
  });
});

describe('a file that its writer goes on with after it was taken', () => {
  test.each(['pcap', 'pcap.gz', 'pcap.zst'])('gives what came since, and nothing twice (%s)', async (end) => {
    const whole = readFileSync(longCall().write(join(folder, 'whole.pcap')));
    const early = readFileSync(longCall().write(join(folder, 'early.pcap'), 0, 3));
    const path = join(drop, `slow.${end}`);
    const pack = (data: Buffer) => (end === 'pcap' ? data : end === 'pcap.gz' ? gzipSync(data) : zstd(data));
    // The beginning of a fourth packet is on the disk too.
    writeFileSync(path, pack(whole.subarray(0, early.length + 20)));
    expect(words(await once())).toEqual(['capture taken', 'capture cut or damaged: read up to there']);
    if (end === 'pcap') appendFileSync(path, whole.subarray(early.length + 20));
    else writeFileSync(path, pack(whole));
    expect(words(await once())).toEqual(['capture left out']);
    expect(words(await once())).toEqual(['capture taken']);
    const seen = (await rows()).map((row) => JSON.parse(row));
    const expected = (await scannedRows([join(folder, 'whole.pcap')])).map((row) => JSON.parse(row));
    const said = ({ kind, time, outcome, talk_ms, counterpart }: Record<string, unknown>) => ({
      kind,
      time,
      outcome,
      talk_ms,
      counterpart,
    });
    expect(seen.map(said)).toEqual(expected.map(said));
    expect(words(await once())).toEqual([]);
  });
});

describe('a call that begins in one file and ends three files later', () => {
  test('is one call with its talk time, with a restart after each file', async () => {
    const files: string[] = [];
    for (let piece = 0; piece < 4; piece++) {
      files.push(longCall().write(join(drop, `${piece}.pcap`), 2 * piece, 2 * piece + 2));
      await once();
    }
    const calls = (await rows()).map((row) => JSON.parse(row)).filter(({ talk_ms }) => talk_ms !== null);
    expect(calls).toEqual([
      expect.objectContaining({ outcome: 'answered', talk_ms: 3_600_000, msisdn: '8613800000001' }),
    ]);
    expect(await rows()).toEqual(await scannedRows(files));
  });
});

describe('a file that is no capture', () => {
  const list = () =>
    readFileSync(join(lake, 'probes/test/quarantine.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  test('is put into quarantine with its reason, and holds nothing up', async () => {
    writeFileSync(join(drop, 'a.pcap'), 'not a capture at all');
    longCall().write(join(drop, 'b.pcap'));
    expect(words(await once())).toEqual(['capture put into quarantine', 'capture taken']);
    expect(list()).toEqual([
      {
        schema: 'catpool.quarantine/1',
        path: 'a.pcap',
        reason: expect.stringMatching(/not a pcap or pcapng capture but text$/),
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        bytes: 20,
      },
    ]);
    expect(words(await once())).toEqual([]);
  });

  test('is tried again when it changes', async () => {
    writeFileSync(join(drop, 'a.pcap'), 'not a capture at all');
    await once();
    longCall().write(join(drop, 'a.pcap'));
    expect(words(await once())).toEqual(['capture taken']);
    expect(list()).toEqual([]);
  });
});

describe('alerts', () => {
  const sink = (more = '') =>
    `windows: [24h]\ndelivery: { sinks: [{ type: file, name: out, path: ${join(folder, 'alerts.jsonl')}${more} }] }`;
  const alerts = () =>
    readFileSync(join(folder, 'alerts.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  test('tell each new suspect and gateway once, with its number starred', async () => {
    copyFileSync(join(root, 'captures/sample.pcap.gz'), join(drop, 'sample.pcap.gz'));
    const config = sink(', alerts: [new_suspect, new_gateway]');
    await once(config);
    const labels = readFileSync(join(root, 'captures/sample-labels.csv'), 'utf8');
    const told = alerts();
    const lines = told.filter(({ kind }) => kind === 'new_suspect');
    expect(lines).toHaveLength(sampleAsTold().marked);
    for (const { line } of lines) {
      expect(line).toMatch(/^\d{5}\*+\d\d$/);
      const pattern = new RegExp(`^${line.replaceAll('*', '\\d')},.*gateway`, 'm');
      expect(labels).toMatch(pattern);
    }
    expect(new Set(told.filter(({ kind }) => kind === 'new_gateway').map(({ gateway }) => gateway)).size).toBe(
      sampleAsTold().boxes,
    );
    await once(config);
    expect(alerts()).toHaveLength(told.length);
  });

  test('tell that scores are spread otherwise than in training, with how far, and nothing where they are not', async () => {
    copyFileSync(join(root, 'captures/sample.pcap.gz'), join(drop, 'sample.pcap.gz'));
    const { stdout } = await cli('scan', drop, '--threshold', '0', '--format', 'ndjson', '--window', '24h');
    const scores = records(stdout).flatMap(({ score, line }) => (line === undefined ? [] : [score as number]));
    scores.sort((a, b) => a - b);
    const model = JSON.parse(readFileSync(DEFAULT_MODEL, 'utf8'));
    /** A model whose training saw half of the lines at or below a score, and half above it. */
    const halved = (score: number): string => {
      const path = join(folder, `halved-${score}.json`);
      const spread = { rows: 1e6, missing: 0, values: [score, 2], below: [0, 0.5], atMost: [0.5, 1] };
      writeFileSync(path, JSON.stringify({ ...model, scores: spread, scoreDrift: undefined }));
      return path;
    };
    const clock = clockAt('2026-03-01T10:20:30Z');
    const config = (score: number) => `${sink(', alerts: [drift]')}\nmodel: ${halved(score)}\nthreshold: 0.99`;
    await probeWith(config(scores[Math.floor(scores.length / 2)]!), [], clock).once();
    expect(() => alerts()).toThrow(/ENOENT/);
    rmSync(join(lake, 'probes/test/state.json'));
    // Amid the widest gap between high scores, so that none is near it.
    const gaps = scores.slice(1).map((score, at) => ({ at, width: score - scores[at]! }));
    const { at } = gaps.slice(Math.floor(0.8 * gaps.length)).reduce((a, b) => (b.width > a.width ? b : a));
    const most = (scores[at]! + scores[at + 1]!) / 2;
    await probeWith(config(most), [], clock).once();
    // The index by its definition: the sum over bins of (share here - share then) x ln(share here / share then).
    const below = scores.filter((score) => score <= most).length / scores.length;
    const index = (below - 0.5) * Math.log(below / 0.5) + (0.5 - below) * Math.log((1 - below) / 0.5);
    expect(index).toBeGreaterThan(0.25);
    expect(alerts()).toEqual([
      expect.objectContaining({
        kind: 'drift',
        measure: 'population stability index of scores, window of 24 h',
        value: expect.closeTo(index, 2),
        high: 0.25,
        raised: '2026-03-01T10:20:30.000Z',
      }),
    ]);
  });

  test('tell when the disk of the store is nearly full: once in the time that was set, with how often it was so', async () => {
    longCall().write(join(drop, 'a.pcap'));
    mkdirSync(lake);
    // A small disk where this user can mount one, else the one that is there, against a bound that it does not hold.
    const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', lake]).status === 0;
    const config = `score: off\n${sink(', alerts: [disk_nearly_full]')}\nalerts: { disk_free: ${mounted ? 5 : 99}% }`;
    const at = (time: string) => probeWith(config, [], clockAt(time)).once();
    const filler = join(lake, '.filler');
    try {
      if (mounted) {
        await at('2026-03-01T00:00:00Z');
        expect(() => alerts()).toThrow(/ENOENT/);
        const { bavail, bsize } = statfsSync(lake);
        writeFileSync(filler, Buffer.alloc(bavail * bsize - 150_000));
      }
      for (const time of ['01T10:00:30', '01T10:00:59', '01T10:01:00', '03T00:00:00']) await at(`2026-03-${time}Z`);
      if (mounted) {
        rmSync(filler);
        await at('2026-03-09T00:00:00Z');
      }
      const about = { kind: 'disk_nearly_full', path: lake };
      // The second of a minute is the same finding.
      expect(alerts()).toEqual([
        expect.objectContaining({ ...about, time: '2026-03-01T10:00:00.000Z', repeats: 0, previous: null }),
        expect.objectContaining({ ...about, repeats: 1, previous: '2026-03-01T10:00:30.000Z' }),
      ]);
      const [{ free_bytes: free, total_bytes: total }] = alerts();
      expect(free).toBeLessThan((mounted ? 0.05 : 0.99) * total);
      if (mounted) expect(total).toBe(4 * 1024 * 1024);
    } finally {
      if (mounted) spawnSync('/bin/umount', [lake]);
    }
  });

  test('tell when nothing of a protocol has come for the time that was set', async () => {
    longCall().write(join(drop, 'a.pcap'));
    await once(sink(', alerts: [feed_lost]'));
    const state = join(lake, 'probes/test/state.json');
    expect(readFileSync(state, 'utf8')).toContain('"sip"');
    const silent = `${sink(', alerts: [feed_lost]')}\nalerts: { feed_loss: 1s }`;
    await systemClock.sleep(1500);
    await once(silent);
    expect(alerts()).toEqual([expect.objectContaining({ kind: 'feed_lost', protocol: 'sip', feed: 'test' })]);
  });
});

describe('a damaged file of the store', () => {
  test('is told in one line that names it, and holds no capture up', async () => {
    copyFileSync(join(root, 'captures/sample.pcap.gz'), join(drop, 'a.pcap.gz'));
    await once();
    const day = join(lake, 'events', readdirSync(join(lake, 'events'))[0]!);
    const [name] = readdirSync(day);
    writeFileSync(join(day, name!), 'no Parquet');
    longCall().write(join(drop, 'b.pcap'));
    const lines: Line[] = [];
    await expect(once('windows: [24h]', lines)).rejects.toThrow(new RegExp(`^[^\n]*${name}[^\n]*$`));
    expect(words(lines)).toEqual(['capture taken', 'could not score']);
  });
});

describe('a store that cannot be written', () => {
  test('is told in one line, and the capture is taken when it can', async () => {
    longCall().write(join(drop, 'a.pcap'));
    mkdirSync(lake);
    // A full disk where this user can mount one, else a folder that it may not write to.
    const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', lake]).status === 0;
    try {
      await once();
      rmSync(join(lake, 'probes'), { recursive: true });
      rmSync(join(lake, 'commits'), { recursive: true });
      const filler = join(lake, '.filler');
      if (mounted) spawnSync('/bin/dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
      else chmodSync(lake, 0o500);
      await expect(once()).rejects.toThrow(/^[^\n]*(?:no space left on device|permission denied)[^\n]*$/i);
      if (mounted) rmSync(filler);
      else chmodSync(lake, 0o700);
      expect(words(await once())).toEqual(['capture taken']);
      expect(await rows()).toEqual(await scannedRows([join(drop, 'a.pcap')]));
    } finally {
      if (mounted) spawnSync('/bin/umount', [lake]);
    }
  });
});

describe('a store that is only filled', () => {
  /** A call of a few seconds on each of so many days, ten captures a day. */
  function days(count: number): string[][] {
    return Array.from({ length: count }, (_, day) =>
      Array.from({ length: 10 }, (_, part) => {
        const scene = new Scene();
        const at = day * 86_400 + part * 600;
        const call = `${day}-${part}`;
        scene.say(at, '10.0.0.1', '10.0.0.2', message('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', call));
        scene.say(at + 1, '10.0.0.2', '10.0.0.1', message('SIP/2.0 486 Busy Here', ';tag=b', '1 INVITE', call));
        return scene.write(join(drop, `${day}-${part}.pcap`));
      }),
    );
  }

  test('has few files a day, and lets old days go but for what cases cite', async () => {
    const all = days(4);
    await once();
    const store = openStore(lake, false);
    const dayOfFiles = store
      .files('test')
      .map(({ name }) => name.slice('events/day='.length, 'events/day=YYYY-MM-DD'.length));
    // The newest day gets more, and is left alone until then.
    const newestDay = [...dayOfFiles].sort().at(-1);
    for (const day of new Set(dayOfFiles))
      if (day !== newestDay) expect(dayOfFiles.filter((other) => other === day).length).toBeLessThan(8);
    const results = store.captures().map(({ result }) => result);
    const cited = results.find(({ path }) => path === all[0]![3])!.sha256;
    await store.close();
    expect(await rows()).toEqual(await scannedRows(all.flat()));
    mkdirSync(join(lake, 'cited'));
    writeFileSync(join(lake, 'cited', 'desk.txt'), `${cited}\n`);
    const lines = await once('score: off\nretention: { age: 1d }');
    expect(lines.find((line) => line.words === 'old days taken away')).toMatchObject({ days: expect.any(Array) });
    const left = (await rows()).map((row) => JSON.parse(row));
    const last = await scannedRows(all[3]!);
    const kept = left.filter(({ first_capture }) => first_capture === cited);
    expect(kept).toHaveLength(1);
    const newest = left.filter(({ first_capture }) => first_capture !== cited).map((row) => JSON.stringify(row));
    expect(newest).toEqual(expect.arrayContaining(last));
    expect(newest.every((row) => JSON.parse(row).time >= new Date((1_700_000_000 + 86_400) * 1000).toISOString())).toBe(
      true,
    );
  });
});

describe('a capture dated in the future', () => {
  /** Seconds: as far as a pcap can tell, 2106 is the last year. */
  const LATER = 40 * 365 * 86_400;
  const busy = (call: string) => message('SIP/2.0 486 Busy Here', ';tag=b', '1 INVITE', call);
  const ask = (call: string) => message('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', call);

  /** A call at a time, in a capture of its own. */
  function call(at: number, name: string): string {
    const scene = new Scene();
    scene.say(at, '10.0.0.1', '10.0.0.2', ask(name));
    scene.say(at + 1, '10.0.0.2', '10.0.0.1', busy(name));
    return scene.write(join(drop, `${name}.pcap`));
  }

  test('makes nothing old: age counts from the newest packet that is not', async () => {
    for (let day = 0; day < 4; day++) call(day * 86_400, `day-${day}`);
    call(LATER, 'later');
    const lines = await once('score: off\nretention: { age: 1d }');
    // The last call was at 22:13 on 17 November 2023; two whole days had ended a day before.
    expect(lines.find((line) => line.words === 'old days taken away')?.days).toEqual(['2023-11-14', '2023-11-15']);
    const left = (await rows()).map((row) => JSON.parse(row).time.slice(0, 10));
    expect(left).toEqual(['2023-11-16', '2023-11-17', '2063-11-04']);
    call(3 * 86_400 + 60, 'next');
    expect(words(await once('score: off\nretention: { age: 1d }'))).toEqual(['capture taken']);
  });

  test('is counted and told as a jump of the clock, once, and the next capture is none', async () => {
    const told = join(folder, 'alerts.jsonl');
    const config = `score: off\ndelivery: { sinks: [{ type: file, name: out, path: ${told}, alerts: [clock_jump] }] }`;
    const [early, late, next] = [call(0, 'early'), call(LATER, 'late'), call(60, 'next')];
    rmSync(late);
    rmSync(next);
    await once(config);
    call(LATER, 'late');
    const probe = probeWith(config, []);
    await probe.once();
    expect(probe.status().counters.anomalies.get('capture dated in the future')).toBe(1);
    expect(probe.status().last_packet).toBe(1_700_000_001);
    call(60, 'next');
    await once(config);
    expect(await rows()).toEqual(await scannedRows([early, late, next]));
    const alerts = readFileSync(told, 'utf8').trimEnd().split('\n');
    expect(alerts.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ kind: 'clock_jump', feed: 'test', time: expect.stringMatching(/^2063-11-04/) }),
    ]);
  });
});

describe('what a probe keeps', () => {
  test('is for its user alone', async () => {
    longCall().write(join(drop, 'a.pcap'));
    await once();
    const names = ['', 'ledger.jsonl', 'state.json', 'spool', 'outbox'];
    const modes = names.map((name) => [name, statSync(join(lake, 'probes/test', name)).mode & 0o777]);
    expect(modes).toEqual(names.map((name) => [name, name.includes('.') ? 0o600 : 0o700]));
  });

  test('is not taken by two processes at a time', async () => {
    longCall().write(join(drop, 'a.pcap'));
    await once();
    // The first process of the machine runs, and is not this one.
    const start = readFileSync('/proc/1/stat', 'latin1').split(') ')[1]!.split(' ')[19];
    writeFileSync(join(lake, 'probes/test/lock'), `1 ${start}\n`);
    await expect(once()).rejects.toThrow(/lock: in use by process 1: end it first$/);
  });
});
