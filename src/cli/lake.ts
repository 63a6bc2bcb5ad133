import { UserError } from '../base/errors.ts';
import { believedUntil } from '../base/time.ts';
import { OF_DIGITS } from '../features/catalogue.ts';
import { type Added, addToStore, lastWindow } from '../scan/lake.ts';
import type { Lake, LinesOptions } from '../scan/run.ts';
import { listFeeds } from '../store/feed-state.ts';
import { type EventFilter, openStore, type Store } from '../store/store.ts';
import { type CaptureArguments, collectOptionsOf } from './options.ts';
import { count, progressBar, say, warn, warnOfCaptures } from './report.ts';
import { totalBytes } from './total.ts';

export interface StoreArguments extends Omit<CaptureArguments, 'capture'> {
  capture?: string[] | undefined;
  store?: string | undefined;
  pseudonymKey?: string | undefined;
}

/** Captures, of a command that needs some where it is given no store. */
export function capturesOf(command: string, { capture, store, pseudonymKey }: StoreArguments, orElse = ''): string[] {
  if (store === undefined && pseudonymKey !== undefined) throw new UserError('--pseudonym-key needs --store');
  if (store === undefined && (capture === undefined || capture.length === 0))
    throw new UserError(`${command}: name captures, or --store${orElse}`);
  return capture ?? [];
}

/**
 * Opens the store a command was given, puts its captures in, and hands it over.
 *
 * @param homeCountry of captures, see {@link atHome}
 * @param use given which feed to read: all of them, unless it was named and no captures
 */
export async function withStore<T>(
  args: StoreArguments & { store: string },
  homeCountry: string | null,
  use: (store: Store, filter: EventFilter, added: Added | null) => T | Promise<T>,
): Promise<T> {
  const captures = args.capture ?? [];
  if (captures.length === 0 && args.feed !== undefined) refuseUnknownFeed(args.store, args.feed);
  const options = { ...collectOptionsOf({ ...args, capture: captures }), homeCountry };
  const store = openStore(args.store, captures.length > 0, {
    limits: options.limits,
    homeCountry,
    ss7Variant: options.ss7Variant ?? null,
    threads: Math.min(2, options.workers),
    pseudonymKey: args.pseudonymKey,
  });
  try {
    const added = captures.length > 0 ? await add(captures, store, options, args.strict) : null;
    if (store.pseudonyms !== null) say(PSEUDONYMOUS);
    return await use(store, { feed: added === null ? args.feed : undefined }, added);
  } finally {
    await store.close();
  }
}

/** A feed that is named to be read has to be there. */
function refuseUnknownFeed(store: string, feed: string): void {
  const feeds = listFeeds(store);
  if (feeds.length > 0 && !feeds.includes(feed))
    throw new UserError(`--feed ${feed}: ${store} has no such feed, but ${feeds.join(', ')}`);
}

/** What a pseudonymous store cannot show. */
const PSEUDONYMOUS = `pseudonymous store: missing are ${[...OF_DIGITS].join(', ')}; neighbouring serial numbers tie no lines`;

/** The options of a command that goes through lines, for the last window of a store that is not of the future; says what that leaves out. */
export function lakeOptions(options: LinesOptions, store: Store, filter: EventFilter): LinesOptions & { lake: Lake } {
  const notAfter = believedUntil(Date.now());
  const window = lastWindow(store, filter.feed, { ...options, notAfter });
  // Where all are of the future the window is too, and where --until is given it leaves out what it is told to.
  const leavesOut = options.until === null && window.until <= notAfter + 1;
  const future = leavesOut ? store.after(notAfter, filter.feed) : 0;
  if (future > 0) warn(`${count(future, 'capture')} dated in the future left out (--until sets where the window ends)`);
  return { ...options, ...window, lake: { store, filter: { ...filter, ...window } } };
}

async function add(
  captures: readonly string[],
  store: Store,
  options: ReturnType<typeof collectOptionsOf>,
  strict: boolean,
): Promise<Added> {
  const bar = progressBar(totalBytes(captures));
  let added: Added;
  try {
    added = await addToStore(captures, store, { ...options, onProgress: (bytes) => bar.update(bytes) });
  } finally {
    bar.stop();
  }
  const damaged = warnOfCaptures(added.captures, [], added.counters);
  for (const path of added.expired) warn(`${path}: older than what the store keeps; left out`);
  const before = added.repeated.length > 0 ? `, ${added.repeated.length.toLocaleString('en-US')} were in before` : '';
  say(`${count(added.captures.length, 'capture')} put into the store${before}`);
  if (damaged && strict) process.exitCode = 1;
  return added;
}
