import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { add, type Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import { compareTime, type PacketTime } from '../base/time.ts';
import { CaptureDecoder } from './decode.ts';
import { readDisk, unreadable } from './disk.ts';
import { notCapture } from './read.ts';
import { isForeignCapture } from './recognise.ts';

/** One capture to read. */
export interface CaptureInput {
  /** As given, or the folder as given and the path in it; `-` is standard input. */
  path: string;
  /** `stdin`: standard input or a named pipe, which can be read once. */
  kind: 'file' | 'stdin';
  /** Size on disk; null where unknown. */
  bytes: number | null;
  /** Time of the first packet; null where there is none, or it can't be known before reading. */
  first: PacketTime | null;
  /** Whether it is known that the file is not compressed. */
  plain?: boolean;
}

/** End of the anomaly of a capture that cannot be read, in a folder of others. */
export const PASSED_OVER = ', passed over';

/** Bytes read at a time to find a first packet. */
const PEEK_BYTES = 64 * 1024;

/**
 * Finds the captures to read. A folder stands for the captures in it and in its folders; what is no capture there, and names
 * that begin with a dot, are passed over. A file that is named twice, also through a folder or a link, is read once.
 *
 * @param counters told of captures of other programs that are passed over
 * @returns them in order of first packet, then of name, whatever the order of `paths`; the ones without a known first packet last
 * @throws UserError, one line: a path that is missing or unreadable, a named file that is no capture, a folder without any
 */
export async function listCaptures(paths: readonly string[], counters?: Counters): Promise<CaptureInput[]> {
  const finder = new Finder();
  for (const path of [...paths].sort(compareText)) await finder.add(path);
  for (const what of finder.foreign) if (counters !== undefined) add(counters.anomalies, `${what}${PASSED_OVER}`);
  return finder.inputs.sort(compareInputs);
}

class Finder {
  readonly inputs: CaptureInput[] = [];
  /** What captures of other programs are. */
  readonly foreign: string[] = [];
  /** Files and folders looked at, by device and inode, and standard input. */
  private readonly seen = new Map<string, 'capture' | 'other'>();

  async add(path: string): Promise<void> {
    if (path === '-') {
      if (!this.seen.has(path)) this.inputs.push({ path, kind: 'stdin', bytes: null, first: null });
      this.seen.set(path, 'capture');
      return;
    }
    const stats = await statOf(path);
    if (stats.isDirectory()) {
      if (!(await this.folder(path, stats))) throw new UserError(`${path}: no pcap or pcapng capture in this folder`);
    } else if (stats.isFile()) {
      const found = await this.file(path, stats);
      if (found !== null) throw notCapture({ path, kind: 'file' }, found);
    } else if (!this.seen.has(identity(stats))) {
      this.seen.set(identity(stats), 'capture');
      this.inputs.push({ path, kind: 'stdin', bytes: null, first: null });
    }
  }

  /** Gives whether there are captures below. */
  private async folder(path: string, stats: Stats): Promise<boolean> {
    const id = identity(stats);
    const known = this.seen.get(id);
    if (known !== undefined) return known === 'capture';
    // A link may lead back to this folder while it is being walked.
    this.seen.set(id, 'other');
    const names = await readdir(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    let any = false;
    for (const name of names.sort(compareText)) {
      if (name.startsWith('.')) continue;
      const inner = join(path, name);
      // A link to nothing, or a file that was there a moment ago.
      const innerStats = await stat(inner).catch(() => null);
      if (innerStats?.isDirectory()) any = (await this.folder(inner, innerStats)) || any;
      else if (innerStats?.isFile()) any = (await this.file(inner, innerStats)) === null || any;
    }
    if (any) this.seen.set(id, 'capture');
    return any;
  }

  /** Adds the file if it is a capture and gives null, or else what it is. */
  private async file(path: string, stats: Stats): Promise<string | null> {
    const id = identity(stats);
    if (this.seen.get(id) === 'capture') return null;
    const { found, first, plain } = await peek(path);
    this.seen.set(id, found === null ? 'capture' : 'other');
    if (found === null) this.inputs.push({ path, kind: 'file', bytes: stats.size, first, plain });
    else if (isForeignCapture(found)) this.foreign.push(found);
    return found;
  }
}

/** Reads up to the first packet. */
async function peek(path: string): Promise<{ found: string | null; first: PacketTime | null; plain: boolean }> {
  let first: PacketTime | null = null;
  const decoder = new CaptureDecoder(
    (packet) => {
      first ??= { s: packet.seconds, ns: packet.nanoseconds };
    },
    () => first === null,
  );
  try {
    for await (const chunk of readDisk(path, PEEK_BYTES)) {
      await decoder.push(chunk);
      if (first !== null || decoder.found !== null) break;
    }
    if (first === null) decoder.finish();
  } finally {
    decoder.close();
  }
  return { found: decoder.found, first, plain: decoder.compression === 'none' };
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function identity(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function compareInputs(a: CaptureInput, b: CaptureInput): number {
  if (a.first === null || b.first === null) {
    if (a.first !== b.first) return a.first === null ? 1 : -1;
    return compareText(a.path, b.path);
  }
  return compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns) || compareText(a.path, b.path);
}

/** By code unit: the same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
