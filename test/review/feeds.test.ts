import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { Feeds } from '../../src/review/server/feeds.ts';
import { openStore, type Store, type StoredResult } from '../../src/store/store.ts';
import { scratch } from '../support/desk.ts';

/** However busy the machine is. */
const POLL = { timeout: 60_000 };

let folder: ReturnType<typeof scratch>;
beforeAll(() => {
  folder = scratch();
});
afterAll(() => folder.remove());

/** A store that says it holds so many captures of two feeds, a message of SIP in each; each takes `cost` of the clock. */
function storeOf(captures: () => number, onCapture: () => void): Store {
  const store = openStore(`${folder.path}/lake`, true);
  store.eachCapture = function* (): Generator<StoredResult> {
    for (let at = 0; at < captures(); at++) {
      onCapture();
      const counters = new Counters();
      counters.messages.set('sip', 1);
      const time = { s: 1000 + at, ns: 0 };
      const result = {
        ...{
          path: `${at}.pcap`,
          sha256: String(at),
          format: 'pcap',
          compression: null,
          packets: 1,
          bytes: 1,
          diskBytes: 1,
        },
        ...{ first: time, last: time, stop: null, cutPackets: 0 },
      } as unknown as StoredResult['result'];
      yield { feed: at % 2 === 0 ? 'north' : 'south', result, counters };
    }
  };
  return store;
}

describe('sums of feeds', () => {
  it('of a small store are made anew for each page', async () => {
    let captures = 10;
    const feeds = new Feeds(
      storeOf(
        () => captures,
        () => undefined,
      ),
      () => 0,
    );
    expect(await feeds.now()).toMatchObject([
      { feed: 'north', captures: 5, first: 1000, last: 1008, messages: { sip: 5 } },
      { feed: 'south', captures: 5, first: 1001, last: 1009, messages: { sip: 5 } },
    ]);
    captures = 12;
    expect((await feeds.now())?.map((one) => one.captures)).toEqual([6, 6]);
  });

  it('of a large one let others have their turn, and are told as they were until they are due again', async () => {
    let clock = 0;
    let captures = 20_000;
    let gone = 0;
    const feeds = new Feeds(
      storeOf(
        () => captures,
        () => {
          gone++;
          clock += 0.05;
        },
      ),
      () => clock,
    );
    const first = feeds.now();
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    // Whoever asks meanwhile shares the same sums.
    await Promise.all([first, feeds.now()]);
    await expect.poll(() => feeds.now(), POLL).toMatchObject([{ captures: 10_000 }, { captures: 10_000 }]);
    clearInterval(others);
    expect(gone).toBe(20_000);
    expect(turns).toBeGreaterThan(0);
    captures = 20_002;
    expect((await feeds.now())?.[0]?.captures).toBe(10_000);
    expect(gone).toBe(20_000);
    // They took a second: they are due after twenty.
    clock += 21_000;
    expect((await feeds.now())?.[0]?.captures).toBe(10_000);
    await expect.poll(async () => (await feeds.now())?.[0]?.captures, POLL).toBe(10_001);
  });
});
