import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Finder } from '../../src/probe/finder.ts';

const NOW = 1_700_000_000_000;
const SETTLE = 30_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A file that was last changed so many seconds before now. */
function file(name: string, secondsAgo: number, text = 'x'): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, NOW / 1000 - secondsAgo, NOW / 1000 - secondsAgo);
}

/** Names of the files that are complete after two looks two seconds apart. */
function complete(finder = new Finder(folder, '', null), known: readonly string[] = []): string[] {
  const isKnown = (path: string) => known.includes(path);
  finder.sweep(NOW, SETTLE, isKnown);
  return finder.sweep(NOW + 2000, SETTLE, isKnown).finished.map(({ path }) => path);
}

describe('a file is complete', () => {
  test.each([
    ['dumpcap -b', 'trace_00001_20240305100000.pcapng', 'trace_00002_20240305100100.pcapng'],
    ['tcpdump -G', 'trace-20240305-100000.pcap', 'trace-20240305-100100.pcap'],
    ['tcpdump -C, its first', 'trace.pcap', 'trace.pcap1'],
    ['tcpdump -C', 'trace.pcap9', 'trace.pcap10'],
    ['tcpdump -W, around', 'trace.pcap3', 'trace.pcap0'],
  ])('when its writer opened the next one (%s)', (_, before, after) => {
    file(before, 5);
    file(after, 1);
    expect(complete()).toEqual([before]);
  });

  test('when it has not changed for the time to settle', () => {
    file('old.pcap', 31);
    file('new.pcap', 5);
    expect(complete()).toEqual(['old.pcap']);
  });

  test('when it was watched for the time to settle, however wrong the clock of its disk is', () => {
    file('ahead.pcap', -3600);
    const finder = new Finder(folder, '', null);
    const sweep = (at: number) => finder.sweep(at, SETTLE, () => false).finished.map(({ path }) => path);
    expect(sweep(NOW)).toEqual([]);
    expect(sweep(NOW + SETTLE - 1)).toEqual([]);
    expect(sweep(NOW + SETTLE)).toEqual(['ahead.pcap']);
  });

  test('not when it changed between two looks', () => {
    file('trace_1.pcap', 40);
    file('trace_2.pcap', 1);
    const finder = new Finder(folder, '', null);
    finder.sweep(NOW, SETTLE, () => false);
    file('trace_1.pcap', 40, 'longer');
    expect(finder.sweep(NOW + 2000, SETTLE, () => false).finished).toEqual([]);
    expect(finder.sweep(NOW + 4000, SETTLE, () => false).finished.map(({ path }) => path)).toEqual(['trace_1.pcap']);
  });

  test('not because another writer, or what compresses its files, opened one', () => {
    file('east-1.pcap', 5);
    file('west-2.pcap', 1);
    file('a-1.pcap.gz', 5);
    file('a-2.pcap.gz', 1);
    expect(complete()).toEqual([]);
  });
});

describe('a sweep', () => {
  test('finds files in folders below, oldest first', () => {
    file('b.pcap', 50);
    file('2024/03/a.pcap', 60);
    expect(complete()).toEqual(['2024/03/a.pcap', 'b.pcap']);
  });

  test('passes over what is hidden, incomplete by its name, empty, or in the store', () => {
    file('.x.pcap', 60);
    file('x.pcap.part', 60);
    file('x.pcap.tmp', 60);
    file('empty.pcap', 60, '');
    file('lake/events/x.parquet', 60);
    expect(complete(new Finder(folder, '', join(folder, 'lake')))).toEqual([]);
  });

  test('finds a file again whose content changed under its name', () => {
    file('trace0.pcap', 60, 'first');
    const finder = new Finder(folder, '', null);
    const before = statSync(join(folder, 'trace0.pcap'));
    const isKnown = (_: string, stamp: { size: number }) => stamp.size === before.size;
    finder.sweep(NOW, SETTLE, isKnown);
    expect(finder.sweep(NOW + 2000, SETTLE, isKnown).finished).toEqual([]);
    file('trace0.pcap', 35, 'second time around');
    finder.sweep(NOW + 4000, SETTLE, isKnown);
    expect(finder.sweep(NOW + 6000, SETTLE, isKnown).finished.map(({ path }) => path)).toEqual(['trace0.pcap']);
  });

  test('says in one line where there is no folder', () => {
    expect(() => new Finder(join(folder, 'none'), '', null).sweep(NOW, SETTLE, () => false)).toThrow(
      /none: cannot be read: no such file or directory$/,
    );
  });
});
