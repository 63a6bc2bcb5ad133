import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { commitAll, decoded, scannedRows, storedRows } from '../support/lake.ts';
import { Scene } from '../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const head = (method: string, to: string, cseq: string, call = 'c1') => [
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
  scene.say(0, '10.0.0.1', '10.0.0.2', head('INVITE sip:+8613900000002@example.org SIP/2.0', '', '1 INVITE'));
  scene.say(2, '10.0.0.2', '10.0.0.1', head('SIP/2.0 200 OK', ';tag=b', '1 INVITE'));
  scene.say(900, '10.0.0.1', '10.0.0.2', head('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', 'c2'));
  scene.say(905, '10.0.0.2', '10.0.0.1', head('SIP/2.0 486 Busy Here', ';tag=b', '1 INVITE', 'c2'));
  scene.say(1800, '10.0.0.1', '10.0.0.2', head('INVITE sip:2@example.org SIP/2.0', '', '1 INVITE', 'c3'));
  scene.say(3602, '10.0.0.1', '10.0.0.2', head('BYE sip:+8613900000002@example.org SIP/2.0', ';tag=b', '2 BYE'));
  return scene;
}

describe('a call over three files', () => {
  const pieces = (): string[] => {
    const scene = longCall();
    return [0, 2, 4].map((from, index) => scene.write(join(folder, `piece-${index}.pcap`), from, from + 2));
  };

  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[2, 0, 1]]])(
    'is one call with its talk time, with a restart after each, in order %s',
    async (order) => {
      const files = pieces();
      const path = join(folder, `store-${order.join('')}`);
      for (const index of order) {
        const store = openStore(path, true);
        await commitAll(store, [files[index]!]);
        await store.close();
      }
      const store = openStore(path, false);
      const rows = (await storedRows(store)).map((row) => JSON.parse(row));
      const calls = rows.filter(({ talk_ms }) => talk_ms !== null);
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ outcome: 'answered', talk_ms: 3_600_000, msisdn: '8613800000001' });
      expect(rows).toHaveLength(3);
      expect(rows.map((row) => JSON.stringify(row))).toEqual(await scannedRows(files));
      await store.close();
    },
  );

  test('is open until its end is in', async () => {
    const files = pieces();
    const store = openStore(join(folder, 'store-open'), true);
    await commitAll(store, files.slice(0, 2));
    expect((await storedRows(store)).map((row) => JSON.parse(row).outcome)).toEqual(['open', 'busy']);
    await commitAll(store, files.slice(2));
    expect((await storedRows(store)).map((row) => JSON.parse(row).outcome)).toEqual(['answered', 'busy', 'open']);
    await store.close();
  });
});

describe('a capture', () => {
  test('counts once, plain and compressed', async () => {
    const plain = longCall().write(join(folder, 'plain.pcap'));
    const packed = join(folder, 'packed.pcap.gz');
    writeFileSync(packed, gzipSync(readFileSync(plain)));
    copyFileSync(plain, join(folder, 'copy.pcap'));
    const store = openStore(join(folder, 'store-once'), true);
    expect(await store.commit('test', await decoded(packed))).toBe(true);
    expect(await store.commit('test', await decoded(plain))).toBe(false);
    expect(await store.commit('test', await decoded(join(folder, 'copy.pcap')))).toBe(false);
    expect(await storedRows(store)).toEqual(await scannedRows([plain]));
    const [{ result }] = store.captures() as [ReturnType<typeof store.captures>[number]];
    expect(store.has(result.sha256)).toBe(true);
    expect(store.has(result.sha256, 'other')).toBe(false);
    await store.close();
  });
});

describe('two feeds', () => {
  test('in one store, written by two at a time, keep to themselves', async () => {
    const files = [0, 2, 4].map((from, index) => longCall().write(join(folder, `two-${index}.pcap`), from, from + 2));
    const path = join(folder, 'store-two');
    const a = openStore(path, true);
    const b = openStore(path, true);
    await Promise.all([commitAll(a, files, 'a'), commitAll(b, [...files].reverse(), 'b')]);
    for (const store of [a, b]) {
      expect(await storedRows(store, { feed: 'a' })).toEqual(await scannedRows(files, 'a'));
      expect(await storedRows(store, { feed: 'b' })).toEqual(await scannedRows(files, 'b'));
      expect(await storedRows(store)).toHaveLength(6);
      await store.close();
    }
  });

  test('refuse a second writer', async () => {
    const file = longCall().write(join(folder, 'second.pcap'));
    const other = longCall().write(join(folder, 'second-part.pcap'), 0, 2);
    const path = join(folder, 'store-second');
    const a = openStore(path, true);
    const b = openStore(path, true);
    a.writer('x');
    b.writer('x');
    await commitAll(a, [file], 'x');
    await expect(commitAll(b, [other], 'x')).rejects.toThrow(/written by another catpool: each needs a --feed/);
    await a.close();
    await b.close();
  });

  test.each(['', '.', '../x', 'a/b', 'a b'])('are not called %j', async (feed) => {
    const store = openStore(join(folder, 'store-names'), true);
    expect(() => store.writer(feed)).toThrow(/in a store a name has/);
    await store.close();
  });
});
