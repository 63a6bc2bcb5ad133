import { join } from 'node:path';
import { comparePlaces, type LakeFile, type Place } from './commit.ts';
import { filesTable, quote } from './duck.ts';
import { copy, SQL_COLUMNS } from './event-batch.ts';
import type { FeedWriter } from './feed.ts';
import { groupOf } from './restitch.ts';

/** Files of a day from which on they are made one. */
const MANY = 8;
/** A file of this size stays as it is, bytes. */
const LARGE = 64 * 1024 * 1024;
const DAY = 86_400;

/**
 * Makes one file of many small ones of a day, a commit for each day.
 *
 * @param many files of the newest day, which get more; of earlier days {@link MANY} are enough
 * @returns files that there are fewer
 */
export async function compact(writer: FeedWriter, many = MANY): Promise<number> {
  const { state } = writer;
  let newest = '';
  for (const file of state.files.values()) if (dayOf(file) > newest) newest = dayOf(file);
  const groups = new Map<string, LakeFile[]>();
  for (const file of state.files.values()) {
    if (file.bytes >= LARGE) continue;
    let key = `${file.kind} ${dayOf(file)}`;
    if (file.kind === 'stitched') {
      if (file.from === null || file.to === null || groupOf(file.from) !== groupOf(file.to)) continue;
      key += ` ${groupOf(file.from)}`;
    }
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  let fewer = 0;
  for (const files of groups.values()) {
    const [first] = files as [LakeFile];
    if (files.length < (dayOf(first) === newest ? many : Math.min(many, MANY))) continue;
    const generation = state.generation + 1;
    const stem = `${first.kind}-${generation}`;
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const merged = await rewrite(writer, files, writer.fileName(dayOf(first), stem), null, rows);
    writer.publish(`compact-${generation}.json`, {
      files: [merged],
      superseded: files.map(({ name }) => name),
    });
    writer.sweep();
    fewer += files.length - 1;
  }
  return fewer;
}

export interface Retention {
  /** Days that ended before this go, seconds since the epoch; null: none by age. */
  before: number | null;
  /** Bytes of events that may stay; null: any number. The newest day always stays, and so do days that are yet to come. */
  bytes: number | null;
  /** The time, seconds since the epoch: a day after it is a mistake of somebody's clock, and not the newest. Left out: unknown. */
  now?: number;
  /** SHA-256 of captures that are cited, whose events stay. */
  keep: ReadonlySet<string>;
}

/**
 * Takes the events of old days away, oldest day first, and the captures that ended before them. Events of captures that are cited
 * stay. @returns days taken away
 */
export async function prune(
  writer: FeedWriter,
  { before, bytes, now = Number.POSITIVE_INFINITY, keep }: Retention,
): Promise<string[]> {
  const { state } = writer;
  const days = [...new Set([...state.files.values()].map(dayOf))].sort();
  const newest = days.filter((day) => Date.parse(day) / 1000 <= now).at(-1) ?? '';
  const gone: string[] = [];
  let total = 0;
  for (const file of state.files.values()) total += file.bytes;
  for (const day of days.filter((day) => day < newest)) {
    const end = Date.parse(day) / 1000 + DAY;
    const isOld = before !== null && end <= before;
    const isMuch = bytes !== null && total > bytes;
    if (!isOld && !isMuch) break;
    const files = [...state.files.values()].filter((file) => dayOf(file) === day);
    const generation = state.generation + 1;
    const kept: LakeFile[] = [];
    const superseded: string[] = [];
    for (const kind of ['own', 'stitched'] as const) {
      const some = files.filter((file) => file.kind === kind);
      const rows = some.reduce((sum, file) => sum + file.rows, 0);
      const cited = rows === 0 || keep.size === 0 ? 0 : await countRows(writer, some, keep);
      if (cited === rows) continue;
      superseded.push(...some.map(({ name }) => name));
      if (cited === 0) continue;
      // What stays is no part of the stitch any more.
      const rest = await rewrite(writer, some, writer.fileName(day, `kept-${generation}-${kind}`), keep, cited);
      kept.push({ ...rest, from: null, to: null });
    }
    const { expired, base } = expire(writer, end, keep);
    if (superseded.length === 0 && expired.length === 0) continue;
    const forgotten = writer.endsOf(expired);
    writer.publish(`prune-${generation}.json`, {
      files: kept,
      superseded,
      expired,
      base,
      horizon: Math.max(end, state.horizon ?? end),
    });
    writer.forget(forgotten);
    writer.sweep();
    total = 0;
    for (const file of state.files.values()) total += file.bytes;
    gone.push(day);
  }
  return gone;
}

/** Captures at the beginning of the stitch that ended before a time, and what was open after them. */
function expire(
  writer: FeedWriter,
  end: number,
  keep: ReadonlySet<string>,
): { expired: string[]; base: { place: Place; rest: string } | null } {
  const { state } = writer;
  let { base } = state;
  const places = state.places();
  // The stitch can begin anew only where what was open is kept.
  for (let at = 0; at < places.length; at++) {
    const place = places.at(at);
    if (!(state.captures.last(place.sha256) < end)) break;
    const rest = state.rests.get(place.sha256);
    if (rest !== undefined && writer.hasRest(rest)) base = { place, rest };
  }
  const expired: string[] = [];
  const all = state.captures.places(null);
  for (let at = 0; base !== null && at < all.length; at++) {
    const place = all.at(at);
    if (comparePlaces(place, base.place) > 0) break;
    if (!keep.has(place.sha256)) expired.push(place.sha256);
  }
  return { expired, base };
}

/** One file of several, by time; with `keep` only the events that begin or end in these captures. */
async function rewrite(
  { root, disk, duck }: FeedWriter,
  files: readonly LakeFile[],
  name: string,
  keep: ReadonlySet<string> | null,
  rows: number,
): Promise<LakeFile> {
  const path = join(root, name);
  await disk.make(path, (part) =>
    copy(duck, `SELECT ${SQL_COLUMNS} FROM ${tableOf(root, files)} WHERE ${cites(keep)} ORDER BY time, event_id`, part),
  );
  const places = files.flatMap(({ from, to }) => (from === null || to === null ? [] : [from, to])).sort(comparePlaces);
  return {
    name,
    kind: files[0]!.kind,
    rows,
    bytes: disk.size(path),
    first: Math.min(...files.map(({ first }) => first)),
    last: Math.max(...files.map(({ last }) => last)),
    from: places[0] ?? null,
    to: places.at(-1) ?? null,
  };
}

function dayOf({ name }: LakeFile): string {
  return name.slice('events/day='.length, 'events/day=YYYY-MM-DD'.length);
}

async function countRows({ root, duck }: FeedWriter, files: readonly LakeFile[], keep: ReadonlySet<string>) {
  let rows = 0;
  for await (const chunk of duck.chunks(`SELECT count(*) FROM ${tableOf(root, files)} WHERE ${cites(keep)}`))
    rows += Number(chunk.getColumnValues(0)[0]);
  return rows;
}

function tableOf(root: string, files: readonly LakeFile[]): string {
  return filesTable(files.map((file) => join(root, file.name)));
}

/** SQL for events that begin or end in one of these captures; all events where there are none to choose. */
function cites(captures: ReadonlySet<string> | null): string {
  if (captures === null) return 'true';
  const list = [...captures].map(quote).join(', ');
  return `(first_capture IN (${list}) OR last_capture IN (${list}))`;
}
