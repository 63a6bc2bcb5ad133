import type { Store } from '../../store/store.ts';
import type { Reply } from './api.ts';

type Feed = NonNullable<Reply<'overview'>['feeds']>[number];

/** Captures that are gone through before others get their turn. */
const AT_ONCE = 256;
/** Sums that take longer than this are not waited for, ms. */
const PATIENCE_MS = 100;
/** Making them takes no more than one part in so many of the time. */
const REST = 20;

/** What captures of each feed of a store hold, in sum. A store of months has hundreds of thousands: they are not gone through for each page. */
export class Feeds {
  private readonly store: Store;
  private readonly clock: () => number;
  private kept: { feeds: Feed[]; made: number; took: number } | null = null;
  private making: Promise<Feed[]> | null = null;

  /** @param clock milliseconds, for how old sums are */
  constructor(store: Store, clock: () => number) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * The sums as they are, or, of a large store, were a while ago; null while its first ones are being made.
   *
   * @throws UserError where the store cannot be read
   */
  async now(): Promise<Feed[] | null> {
    const { kept } = this;
    if (kept === null) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), PATIENCE_MS);
      });
      return Promise.race([this.make(), late]).finally(() => clearTimeout(timer));
    }
    if (kept.took < PATIENCE_MS) return this.make();
    if (this.clock() - kept.made > REST * kept.took) this.make().catch(() => undefined);
    return kept.feeds;
  }

  private make(): Promise<Feed[]> {
    this.making ??= this.sum().finally(() => {
      this.making = null;
    });
    return this.making;
  }

  private async sum(): Promise<Feed[]> {
    const start = this.clock();
    await this.store.ready();
    const feeds = new Map<string, Feed>();
    let done = 0;
    for (const { feed, result, counters } of this.store.eachCapture()) {
      const one = feeds.get(feed) ?? {
        feed,
        captures: 0,
        first: null,
        last: null,
        messages: {},
        anomalies: {},
        encrypted: 0,
        cut: 0,
      };
      feeds.set(feed, one);
      one.captures++;
      if (result.first !== null) one.first = Math.min(one.first ?? result.first.s, result.first.s);
      if (result.last !== null) one.last = Math.max(one.last ?? result.last.s, result.last.s);
      for (const [protocol, count] of counters.messages) one.messages[protocol] = (one.messages[protocol] ?? 0) + count;
      for (const [what, count] of counters.anomalies) one.anomalies[what] = (one.anomalies[what] ?? 0) + count;
      for (const count of counters.encrypted.values()) one.encrypted += count;
      one.cut += result.cutPackets;
      if (++done % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const made = this.clock();
    this.kept = { feeds: [...feeds.values()], made, took: made - start };
    return this.kept.feeds;
  }
}
