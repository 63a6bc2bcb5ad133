import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DiskCalls, diskCalls } from '../../src/delivery/files.ts';
import { journalLine } from '../../src/delivery/journal.ts';
import { openOutbox } from '../../src/delivery/outbox.ts';
import { failed, refused, SENT } from '../../src/delivery/sink.ts';
import { HOUR, open, order, Receiver, SECOND, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';

/** A disk that is full from its nth call on, counted from 1; a write that meets it is made by half. */
class FullDisk implements DiskCalls {
  made = 0;
  fullAt: number;

  constructor(fullAt: number) {
    this.fullAt = fullAt;
  }

  private refuse(): void {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }
  write(file: number, data: Buffer, offset: number): number {
    if (++this.made >= this.fullAt) {
      if (this.made === this.fullAt)
        diskCalls.write(file, data.subarray(0, offset + (data.length - offset) / 2), offset);
      this.refuse();
    }
    return diskCalls.write(file, data, offset);
  }
  fsync(file: number): void {
    if (++this.made >= this.fullAt) this.refuse();
    diskCalls.fsync(file);
  }
  rename(from: string, to: string): void {
    if (++this.made >= this.fullAt) this.refuse();
    diskCalls.rename(from, to);
  }
}

describe('a disk that is full', () => {
  it('from any call on loses nothing: what was not taken is taken when the caller comes again', async () => {
    const steps = async (disk: FullDisk) => {
      const clock = new ManualClock();
      const folder = scratch();
      const receiver = new Receiver(clock, 2);
      // What opens it needs room: without, it says so, and that is all.
      try {
        openOutbox(folder, [setup(receiver)], clock, {
          probe: 'p1',
          window: HOUR,
          maxBytes: 1e6,
          report: () => undefined,
          calls: new FullDisk(1),
        });
        expect.unreachable();
      } catch (error) {
        expect((error as Error).message).toMatch(/^cannot write .*: no space left on device$/);
      }
      const { outbox } = open(folder, [setup(receiver)], clock, { calls: disk });
      const opening = disk.made;
      const again: (() => void)[] = [];
      const work = [
        () => outbox.raise([suspect('a'), suspect('b')]),
        () => outbox.raise([suspect('c')]),
        () => outbox.post(order('order-1')),
        () => outbox.raise([suspect('a', 1), suspect('d')]),
      ];
      for (const step of work) {
        try {
          step();
        } catch (error) {
          expect((error as Error).message).toMatch(/^cannot write .*: no space left on device: .* not taken$/);
          again.push(step);
        }
        await outbox.pump();
      }
      const calls = disk.made;
      disk.fullAt = Number.POSITIVE_INFINITY;
      await clock.advance(SECOND);
      for (const step of again) step();
      expect(await outbox.pump()).toBeNull();
      expect([...receiver.subjects].sort()).toEqual(['8613800000001', 'a', 'b', 'c', 'd']);
      expect(new Set(receiver.ids).size).toBe(5);
      await outbox.close(0);
      const next = open(folder, [setup(receiver)], clock).outbox;
      expect(next.status()).toMatchObject({ damaged: 0, sinks: [{ queued: 0, sent: 5 }] });
      expect(next.raise([suspect('a', 2), suspect('d', 2)])).toBe(0);
      return { opening, calls };
    };
    const { opening, calls } = await steps(new FullDisk(Number.POSITIVE_INFINITY));
    expect(calls - opening).toBeGreaterThan(20);
    for (let at = opening + 1; at <= calls; at++) await steps(new FullDisk(at));
  });

  it('is reported once an hour', async () => {
    const clock = new ManualClock();
    const disk = new FullDisk(Number.POSITIVE_INFINITY);
    const receiver = new Receiver(clock);
    const { outbox, reports } = open(scratch(), [setup(receiver)], clock, { calls: disk });
    outbox.raise(['a', 'b', 'c'].map((line) => suspect(line)));
    disk.fullAt = disk.made + 1;
    await outbox.pump();
    await outbox.pump();
    expect(receiver.subjects).toEqual(['a', 'b', 'c']);
    const full = expect.stringMatching(/^delivery: cannot write .*progress\.json: no space left on device$/);
    expect(reports).toEqual([full]);
    await clock.advance(HOUR);
    await outbox.pump();
    expect(reports).toEqual([full, full]);
  });
});

describe('a process that ends at any call of the disk', () => {
  it('leaves an outbox that delivers all it took', async () => {
    const run = async (endAt: number) => {
      const clock = new ManualClock();
      const folder = scratch();
      const receiver = new Receiver(clock);
      const disk = new FullDisk(endAt);
      const taken: string[] = [];
      const options = { probe: 'p1', window: HOUR, maxBytes: 20_000, report: () => undefined, calls: disk };
      try {
        const outbox = openOutbox(folder, [setup(receiver)], clock, options);
        for (let group = 0; group < 3; group++) {
          const lines = [`${group}-a`, `${group}-b`];
          outbox.raise(lines.map((line) => suspect(line)));
          taken.push(...lines);
          if (group === 1) await outbox.pump();
        }
      } catch {
        // What this process had in its memory is gone; what is on the disk is not closed.
      }
      const next = open(folder, [setup(receiver)], clock).outbox;
      expect(await next.pump()).toBeNull();
      const first = [...new Set(receiver.subjects)];
      expect(first.slice(0, taken.length)).toEqual(taken);
      expect(new Set(receiver.ids).size).toBe(first.length);
      // Told once: the next process knows what this one told.
      expect(next.raise(first.map((line) => suspect(line, 1)))).toBe(0);
      return disk.made;
    };
    const all = await run(Number.POSITIVE_INFINITY);
    for (let at = 1; at <= all; at++) await run(at);
  });
});

describe('the folder of an outbox', () => {
  it('and all its files are for its user alone', async () => {
    const folder = join(scratch(), 'a', 'outbox');
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(folder, [setup(receiver)], clock);
    receiver.answer = () => refused('no');
    outbox.raise([suspect('a')]);
    outbox.post(order('order-1'));
    await outbox.pump();
    outbox.raise([suspect('b')]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder).sort();
    expect(names).toEqual([
      'dead.jsonl',
      'documents.jsonl',
      'key',
      'lock',
      'progress.json',
      'queue-000000000001.jsonl',
      'windows.jsonl',
    ]);
    for (const name of names) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  it('is one process at a time', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    mkdirSync(folder, { recursive: true });
    // The process that runs this one, and when it began, as proc(5) says it.
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    writeFileSync(join(folder, 'lock'), `${process.ppid} ${start}\n`);
    expect(() => open(folder, [], clock)).toThrow(
      `${join(folder, 'lock')}: in use by process ${process.ppid}: end it first`,
    );
    // The same number, but a process that began at another time: the one that held it is gone.
    writeFileSync(join(folder, 'lock'), `${process.ppid} 1\n`);
    // Left by processes that were killed while they took it; no process has a number so high (proc(5), pid_max).
    for (const name of ['lock.4194305', 'lock.4194306.old']) writeFileSync(join(folder, name), '');
    await open(folder, [], clock).outbox.close(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('of a newer version is refused and stays as it is', () => {
    const folder = scratch();
    const text = journalLine({ version: 2, sinks: {} });
    writeFileSync(join(folder, 'progress.json'), text);
    expect(() => open(folder, [], new ManualClock())).toThrow(
      `${folder}: written by a newer catpool (outbox version 2; this one knows 1): update catpool`,
    );
    expect(readdirSync(folder)).toEqual(['progress.json']);
    expect(readFileSync(join(folder, 'progress.json'), 'utf8')).toBe(text);
  });

  it('that is a file, is said in one line', () => {
    const path = join(scratch(), 'file');
    writeFileSync(path, '');
    chmodSync(path, 0o600);
    expect(() => open(path, [], new ManualClock())).toThrow(/^cannot (read|write) .*file.*: not a directory$/);
  });

  it('of which a file cannot be read is refused in one line, and not held', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    mkdirSync(join(folder, 'windows.jsonl'));
    expect(() => open(folder, [], clock)).toThrow(/^cannot read .*windows\.jsonl: illegal operation on a directory$/);
    expect(readdirSync(folder)).not.toContain('lock');
  });

  it('with damaged lines loses those alone, and counts them', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    receiver.answer = () => failed('down');
    const first = open(folder, [setup(receiver)], clock).outbox;
    first.raise(['a', 'b', 'c'].map((line) => suspect(line)));
    await first.close(0);
    const path = join(folder, 'queue-000000000001.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"line":"b"', '"line":"X"'));
    appendFileSync(path, '{"crc":"00000000","entry":{"seq');
    receiver.answer = () => SENT;
    const second = open(folder, [setup(receiver)], clock).outbox;
    expect(second.status().damaged).toBe(2);
    second.raise([suspect('d')]);
    await second.pump();
    expect(receiver.subjects).toEqual(['a', 'c', 'd']);
  });

  it('that cannot be read for a while delivers when it can', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox, reports } = open(folder, [setup(receiver)], clock);
    outbox.raise([suspect('a')]);
    const path = join(folder, 'queue-000000000001.jsonl');
    renameSync(path, `${path}.aside`);
    // What cannot be read as a file, even by root.
    mkdirSync(path);
    expect(await outbox.pump()).toBeGreaterThan(0);
    expect(reports).toEqual([
      expect.stringMatching(/^delivery: noc: cannot read .*queue-0{11}1\.jsonl: .*: trying again$/),
    ]);
    rmdirSync(path);
    renameSync(`${path}.aside`, path);
    await clock.advance(SECOND);
    expect(await outbox.pump()).toBeNull();
    expect(receiver.subjects).toEqual(['a']);
  });

  it('without what was known of its sinks delivers again, under the same ids', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const [fast, slow] = [new Receiver(clock), new Receiver(clock)];
    slow.answer = () => failed('down');
    const sinks = [setup(fast, { name: 'fast' }), setup(slow, { name: 'slow' })];
    const first = open(folder, sinks, clock).outbox;
    first.raise([suspect('a'), suspect('b')]);
    await first.pump();
    await first.close(0);
    writeFileSync(join(folder, 'progress.json'), 'garbage');
    slow.answer = () => SENT;
    const second = open(folder, sinks, clock).outbox;
    await second.pump();
    expect(slow.subjects).toEqual(['a', 'b']);
    expect(fast.subjects).toEqual(['a', 'b', 'a', 'b']);
    expect(new Set(fast.ids).size).toBe(2);
  });

  it('keeps nothing that every sink has', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const receiver = new Receiver(clock, 100);
    const { outbox } = open(folder, [setup(receiver)], clock, { maxBytes: 1e6 });
    for (let round = 0; round < 20; round++) {
      outbox.raise(Array.from({ length: 200 }, (_, index) => suspect(`line-${round}-${index}`)));
      await outbox.pump();
      expect(outbox.status().bytes).toBeLessThan(3e5);
    }
    expect(receiver.got).toHaveLength(4000);
    await outbox.close(0);
    const next = open(folder, [setup(receiver)], clock).outbox;
    expect(next.status().bytes).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('queue'))).toEqual([]);
  });
});

describe('the dead list', () => {
  it('holds what was refused whole, with the sink and the reason', async () => {
    const folder = scratch();
    const clock = new ManualClock('2026-03-01T08:00:00Z');
    const receiver = new Receiver(clock);
    receiver.answer = () => refused('HTTP 410 Gone\r\nforged: 8613800000001');
    const { outbox, reports } = open(folder, [setup(receiver, { masked: true })], clock);
    outbox.raise([suspect('8613800000001')]);
    outbox.post(order('order-1'));
    expect(await outbox.pump()).toBeNull();
    const dead = readFileSync(join(folder, 'dead.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const known = {
      schema: 'catpool.dead/1',
      time: '2026-03-01T08:00:00.000Z',
      sink: 'noc',
      why: 'HTTP 410 Gone forged: 86138******01',
    };
    expect(dead).toMatchObject([
      { ...known, entry: { finding: { line: '8613800000001' } } },
      { ...known, entry: { document: order('order-1') } },
    ]);
    expect(reports.join()).not.toContain('8613800000001');
  });

  it('takes the oldest when the outbox is full: the newest are kept, and it is said once', async () => {
    const folder = scratch();
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox, reports } = open(folder, [setup(receiver)], clock, { maxBytes: 20_000 });
    const lines = Array.from({ length: 100 }, (_, index) => `line-${index}`);
    for (const line of lines) outbox.raise([suspect(line)]);
    const { bytes, sinks } = outbox.status();
    const { queued, dropped } = sinks[0]!;
    expect(bytes).toBeLessThanOrEqual(20_000);
    expect(queued).toBeGreaterThan(20);
    expect(queued + dropped).toBe(100);
    const dead = readFileSync(join(folder, 'dead.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(dead.map(({ entry }) => entry.finding.line)).toEqual(lines.slice(0, dropped));
    await outbox.pump();
    expect(receiver.subjects).toEqual(lines.slice(dropped));
    expect(reports).toEqual(['delivery: noc: the outbox is full: the oldest are left out, see dead.jsonl']);
  });

  it('is written before the refused is done with: on a full disk it is tried again', async () => {
    const clock = new ManualClock();
    const disk = new FullDisk(Number.POSITIVE_INFINITY);
    const receiver = new Receiver(clock);
    receiver.answer = () => refused('no');
    const folder = scratch();
    const { outbox } = open(folder, [setup(receiver)], clock, { calls: disk });
    outbox.raise([suspect('a')]);
    disk.fullAt = disk.made + 1;
    expect(await outbox.pump()).toBeGreaterThan(0);
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1, dead: 0 });
    disk.fullAt = Number.POSITIVE_INFINITY;
    await clock.advance(SECOND);
    expect(await outbox.pump()).toBeNull();
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 0, dead: 1 });
    expect(readFileSync(join(folder, 'dead.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });
});
