import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disk } from '../../src/store/disk.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { commitAll, decoded, scannedRows, storedRows } from '../support/lake.ts';
import { Scene } from '../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Killed extends Error {}

/** A disk whose process dies right before its step number `at`. */
function dyingDisk(at: number): { disk: Disk; steps: () => number } {
  let steps = 0;
  const disk = new Disk((step, path) => {
    if (steps++ >= at) throw new Killed(`${step} ${path}`);
  });
  return { disk, steps: () => steps };
}

/** Calls of a minute, one begun every 20 s, those of midnight too; in five files. */
function files(): string[] {
  const scene = new Scene();
  for (let call = 0; call < 20; call++) {
    const from = call * 20 + 86_400 - (1_700_000_000 % 86_400) - 200;
    const say = (time: number, first: string, tag: string, cseq: string): void => {
      const headers = [
        first,
        'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
        'From: <sip:+8613800000001@example.org>;tag=a',
        `To: <sip:+86139000000${10 + call}@example.org>${tag}`,
        `Call-ID: call-${call}`,
        `CSeq: ${cseq}`,
      ];
      const [a, b] = first.startsWith('SIP')
        ? (['10.0.0.2', '10.0.0.1'] as const)
        : (['10.0.0.1', '10.0.0.2'] as const);
      scene.say(from + time, a, b, headers);
    };
    say(0, 'INVITE sip:x@example.org SIP/2.0', '', '1 INVITE');
    say(1, 'SIP/2.0 200 OK', ';tag=b', '1 INVITE');
    say(5, 'BYE sip:x@example.org SIP/2.0', ';tag=b', '2 BYE');
  }
  const size = scene.size / 5;
  return [0, 1, 2, 3, 4].map((piece) => {
    const first = Math.round(piece * size) + (piece === 0 ? 0 : 1);
    return scene.write(join(folder, `crash-${piece}.pcap`), first, Math.round((piece + 1) * size) + 1);
  });
}

function namesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
}

describe('a store whose writer is killed', () => {
  const work = {
    // The third comes late: what was joined without it is joined anew.
    'while a late capture is put in': (store: Store) => commitLast(store),
    'while files are made fewer': async (store: Store) => void (await store.compact('test', 2)),
    'while old days are taken away': async (store: Store) =>
      void (await store.prune('test', { before: 2_000_000_000, bytes: null, keep: new Set() })),
    'while commits are folded': async (store: Store) => store.writer('test').fold(),
  };
  const commitLast = async (store: Store): Promise<void> => commitAll(store, [files()[2]!]);

  test.each(Object.entries(work))('%s, between any two steps, has it wholly or not at all', async (name, doIt) => {
    const all = files();
    const first = name.includes('late') ? all.filter((_, index) => index !== 2) : all;
    const root = join(folder, name.replaceAll(' ', '-'));
    const prepare = async (path: string): Promise<void> => {
      const store = openStore(path, true);
      await commitAll(store, first);
      await store.close();
    };
    const read = async (path: string): Promise<string[]> => {
      const store = openStore(path, false);
      const rows = await storedRows(store);
      await store.close();
      return rows;
    };
    await prepare(join(root, 'start'));
    cpSync(join(root, 'start'), join(root, 'whole'), { recursive: true });
    const before = await read(join(root, 'whole'));
    const whole = openStore(join(root, 'whole'), false);
    await doIt(whole);
    await whole.close();
    const after = await read(join(root, 'whole'));
    expect(after.length - before.length).toBe(name.includes('late') ? 3 : name.includes('old days') ? -10 : 0);
    let ended = false;
    for (let at = 0; !ended; at++) {
      const path = join(root, String(at));
      cpSync(join(root, 'start'), path, { recursive: true });
      const { disk } = dyingDisk(at);
      const dying = openStore(path, false, { disk });
      try {
        await doIt(dying);
        ended = true;
      } catch (error) {
        expect(error).toBeInstanceOf(Killed);
      }
      await dying.close();
      const found = await read(path);
      expect([before, after]).toContainEqual(found);
      // The next one goes on as if nothing had been.
      const next = openStore(path, false);
      next.writer('test');
      await next.close();
      expect(await read(path)).toEqual(found);
      expect(namesUnder(path).filter((file) => file.includes('.part'))).toEqual([]);
      const again = openStore(path, false);
      await doIt(again);
      await again.close();
      expect(await read(path)).toEqual(after);
      expect(at).toBeLessThan(200);
      rmSync(path, { recursive: true });
    }
  });

  test('holds what one reading of all gives, once all are in', async () => {
    const path = join(folder, 'all');
    for (let at = 0; ; at += 3) {
      const { disk, steps } = dyingDisk(at);
      let died = false;
      try {
        const store = openStore(path, true, { disk });
        for (const file of files()) await store.commit('test', await decoded(file));
        await store.close();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        died = true;
      }
      if (!died) break;
      expect(steps()).toBeLessThan(500);
    }
    const store = openStore(path, false);
    expect(await storedRows(store)).toEqual(await scannedRows(files()));
    await store.close();
  });
});

describe('the files of a store', () => {
  test('are for one user alone', async () => {
    const path = join(folder, 'modes');
    const store = openStore(path, true);
    await commitAll(store, files().slice(0, 2));
    await store.close();
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    expect(entries.length).toBeGreaterThan(8);
    for (const entry of entries) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });
});
