import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listCaptures } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { rescueSegments, Segments } from '../../src/probe/live/segments.ts';

/** A full minute. */
const START = 1_700_000_040;

let folder: string;
let now: number;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  now = 5e12;
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): Segments {
  return new Segments(
    folder,
    60,
    () => now,
    (words) => said.push(words),
  );
}

function packet(seconds: number) {
  const data = Buffer.from('packet');
  return { data, start: 0, end: 6, originalLength: 6, linkType: 1, seconds: START + seconds, nanoseconds: 0 };
}

/** Seconds after the beginning of the packets of each complete segment, in order. */
async function segments(): Promise<number[][]> {
  const found: number[][] = [];
  for (const input of await listCaptures([folder])) {
    const times: number[] = [];
    await readCapture(input, ({ seconds }) => times.push(seconds - START));
    found.push(times);
  }
  return found;
}

describe('live input', () => {
  test('is cut at full minutes of packet time', async () => {
    const live = open();
    for (const at of [0, 30, 59, 60, 119, 180]) live.write(packet(at));
    live.end();
    expect(await segments()).toEqual([[0, 30, 59], [60, 119], [180]]);
  });

  test('of agents whose clocks differ is not cut again and again', async () => {
    const live = open();
    for (const at of [58, 61, 59, 62, 60]) live.write(packet(at));
    live.end();
    expect(await segments()).toEqual([[58], [61, 59, 62, 60]]);
  });

  test('goes on after its clock went back', async () => {
    const live = open();
    for (const at of [3600, 0, 1, 61]) live.write(packet(at));
    live.end();
    expect(await segments()).toEqual([[0, 1], [61], [3600]]);
  });

  test('that stops coming is a capture after two lengths of a segment by the wall clock', async () => {
    const live = open();
    live.write(packet(0));
    now += 119_000;
    live.tick();
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.live-/)]);
    now += 2000;
    live.tick();
    expect(await segments()).toEqual([[0]]);
  });

  test('is there after a crash as far as it was a second before', async () => {
    const live = open();
    live.write(packet(0));
    live.tick();
    live.write(packet(1));
    rescueSegments(folder);
    expect(await segments()).toEqual([[0]]);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('counts what the disk does not take, says so once, and goes on', async () => {
    const live = open();
    rmSync(folder, { recursive: true });
    live.write(packet(0));
    live.write(packet(1));
    expect([live.written, live.lost]).toEqual([0, 2]);
    expect(said).toEqual([expect.stringMatching(/^live input cannot be written to .*: no such file or directory$/)]);
    folder = mkdtempSync(folder);
    const again = open();
    again.write(packet(2));
    again.end();
    expect(await segments()).toEqual([[2]]);
  });

  test('has nothing to rescue where there is no folder', () => {
    rescueSegments(join(folder, 'none'));
    writeFileSync(join(folder, 'other.pcap'), 'x');
    rescueSegments(folder);
    expect(existsSync(join(folder, 'other.pcap'))).toBe(true);
  });
});
