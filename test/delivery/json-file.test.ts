import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { readDelivery } from '../../src/delivery/config.ts';
import { diskCalls } from '../../src/delivery/files.ts';
import { jsonFile } from '../../src/delivery/json-file.ts';
import { openSinks } from '../../src/delivery/open-sinks.ts';
import { open, SECOND, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';

const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const subjects = (path: string) => lines(path).map(({ subject }) => subject);

function fileOutbox(path: string) {
  const { sinks } = readDelivery({ sinks: [{ type: 'file', name: 'log', path }] });
  return open(scratch(), openSinks(sinks, { clock: systemClock, environment: {} }), new ManualClock()).outbox;
}

describe('a file', () => {
  it('holds one line of JSON for each alert, numbers starred, for its user alone', async () => {
    const path = join(scratch(), 'log', 'alerts.jsonl');
    const outbox = fileOutbox(path);
    outbox.raise([suspect('8613800000001'), suspect('line\nforged')]);
    expect(await outbox.pump()).toBeNull();
    expect(readFileSync(path, 'utf8')).not.toContain('8613800000001');
    expect(subjects(path)).toEqual(['86138******01', 'line forged']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('is begun anew when it was rotated away or removed', async () => {
    const folder = scratch();
    const path = join(folder, 'alerts.jsonl');
    const outbox = fileOutbox(path);
    const say = async (line: string) => {
      outbox.raise([suspect(line)]);
      await outbox.pump();
    };
    await say('a');
    await say('b');
    renameSync(path, join(folder, 'alerts.jsonl.1'));
    await say('c');
    rmSync(path);
    await say('d');
    expect(subjects(join(folder, 'alerts.jsonl.1'))).toEqual(['a', 'b']);
    expect(subjects(path)).toEqual(['d']);
  });

  it('gets whole lines after the torn one of a crash', async () => {
    const path = join(scratch(), 'alerts.jsonl');
    writeFileSync(path, '{"schema":"catpool.alert/1","id":"half');
    const outbox = fileOutbox(path);
    outbox.raise([suspect('a')]);
    await outbox.pump();
    outbox.raise([suspect('b')]);
    await outbox.pump();
    const [torn, ...whole] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(torn).toBe('{"schema":"catpool.alert/1","id":"half');
    expect(whole.map((line) => JSON.parse(line).subject)).toEqual(['a', 'b']);
  });

  it('on a full disk keeps no half line, and gets everything when there is room again', async () => {
    const path = join(scratch(), 'alerts.jsonl');
    let room = 100;
    const sink = jsonFile(path, {
      ...diskCalls,
      write: (file, data, offset) => {
        const length = Math.min(room, data.length - offset);
        if (length === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        room -= length;
        return diskCalls.write(file, data.subarray(0, offset + length), offset);
      },
    });
    const clock = new ManualClock();
    const { outbox, reports } = open(scratch(), [setup(sink)], clock);
    outbox.raise([suspect('a'), suspect('b')]);
    expect(await outbox.pump()).toBeGreaterThan(0);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(reports).toEqual([`delivery: noc: cannot write ${path}: no space left on device: trying again`]);
    room = 1e6;
    await clock.advance(SECOND);
    expect(await outbox.pump()).toBeNull();
    expect(subjects(path)).toEqual(['a', 'b']);
  });

  it('in a folder that cannot be is tried again', async () => {
    const folder = scratch();
    appendFileSync(join(folder, 'occupied'), '');
    const outbox = fileOutbox(join(folder, 'occupied', 'alerts.jsonl'));
    outbox.raise([suspect('a')]);
    expect(await outbox.pump()).toBeGreaterThan(0);
    expect(outbox.status().sinks[0]).toMatchObject({
      queued: 1,
      trouble: expect.stringMatching(/^cannot write .*occupied/),
    });
  });
});
