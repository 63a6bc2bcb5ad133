import { createHash, type Hash } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import type { Decompressor } from '../../capture/decompress.ts';
import { readDisk } from '../../capture/disk.ts';
import { GzipDecompressor } from '../../capture/gzip.ts';
import { HEAD_BYTES, recognise } from '../../capture/recognise.ts';
import { ZstdDecompressor } from '../../capture/zstd.ts';

/** Bytes that go to a decompressor at once: what they can become is held in memory. */
const SLICE = 2048;

/** First bytes of a Parquet file. */
const PARQUET = 'PAR1';

/** A file of records, decompressed as it is read. */
export class RecordBytes {
  readonly path: string;
  compression: 'none' | 'gzip' | 'zstd' = 'none';
  /** Decompressed, and as they lie on the disk. */
  bytes = 0;
  diskBytes = 0;
  private readonly hash: Hash = createHash('sha256');
  private readonly isParquet: boolean;
  private readonly onProgress: (bytesOnDisk: number) => void;

  /** @param onProgress given the bytes read so far from the disk or pipe */
  constructor(path: string, isParquet: boolean, onProgress: (bytesOnDisk: number) => void = () => undefined) {
    this.path = path;
    this.isParquet = isParquet;
    this.onProgress = onProgress;
  }

  /** SHA-256 of the decompressed bytes, hexadecimal, when all of them have been read. */
  digest(): string {
    return this.hash.digest('hex');
  }

  /**
   * The decompressed bytes, in chunks that stay valid.
   *
   * @throws UserError, one line, where the file cannot be read, is cut, or holds no records
   */
  async *read(): AsyncGenerator<Buffer> {
    let out: Buffer[] = [];
    let decompressor: Decompressor | null = null;
    const sink = (chunk: Buffer): boolean => {
      out.push(Buffer.from(chunk));
      return true;
    };
    let isFirst = true;
    try {
      for await (const chunk of readDisk(this.path)) {
        this.diskBytes += chunk.length;
        if (isFirst) decompressor = this.begin(chunk, sink);
        isFirst = false;
        if (decompressor === null) {
          yield this.take(Buffer.from(chunk));
        } else {
          for (let at = 0; at < chunk.length; at += SLICE) {
            await decompressor.push(chunk.subarray(at, at + SLICE));
            for (const part of out) yield this.take(part);
            out = [];
            this.check(decompressor);
          }
        }
        this.onProgress(this.diskBytes);
      }
      decompressor?.finish();
      if (decompressor !== null) this.check(decompressor);
      if (this.bytes === 0) throw new UserError(`${this.name}: an empty file`);
    } finally {
      decompressor?.close();
    }
  }

  get name(): string {
    return this.path === '-' ? 'standard input' : this.path;
  }

  private begin(head: Buffer, sink: (chunk: Buffer) => boolean): Decompressor | null {
    const what = recognise(head.subarray(0, HEAD_BYTES));
    if (what.kind === 'gzip' || what.kind === 'zstd') this.compression = what.kind;
    if (what.kind === 'gzip') return new GzipDecompressor(sink);
    return what.kind === 'zstd' ? new ZstdDecompressor(sink) : null;
  }

  private take(chunk: Buffer): Buffer {
    if (this.bytes === 0 && !this.isParquet) this.refuseOthers(chunk);
    this.bytes += chunk.length;
    this.hash.update(chunk);
    return chunk;
  }

  /** Of the first bytes: whether they can be text. */
  private refuseOthers(chunk: Buffer): void {
    const what = recognise(chunk.subarray(0, HEAD_BYTES));
    const packed = this.compression === 'none' ? '' : ` compressed with ${this.compression}`;
    if (isParquet(chunk)) {
      throw new UserError(
        packed === ''
          ? `${this.name}: a Parquet file is read from a file, not from a pipe`
          : `${this.name}: a Parquet file${packed}: decompress it first`,
      );
    }
    const isKnown = what.kind !== 'other' || !/^(text$|data that begins)/.test(what.what);
    if (isKnown)
      throw new UserError(
        `${this.name}: not CSV or Parquet but ${what.kind === 'other' ? what.what : `a ${what.kind} capture`}${packed}`,
      );
  }

  private check({ stop }: Decompressor): void {
    if (stop === null) return;
    throw new UserError(
      `${this.name}: ends at offset ${stop.offset} (${stop.layer} ${stop.reason}): get the whole file; nothing was imported`,
    );
  }
}

/** Whether a file begins as Parquet does. @throws UserError, one line, where it cannot be read */
export async function isParquetFile(path: string): Promise<boolean> {
  if (path === '-') return false;
  for await (const chunk of readDisk(path, PARQUET.length)) return isParquet(chunk);
  return false;
}

function isParquet(head: Buffer): boolean {
  return head.toString('latin1', 0, PARQUET.length) === PARQUET;
}

/** Name of a file of records as a capture: the SHA-256 of its decompressed bytes. */
export async function nameOfRecords(path: string): Promise<string> {
  return digestOf(new RecordBytes(path, await isParquetFile(path)));
}

/** Reads bytes to their end, for their SHA-256. */
export async function digestOf(bytes: RecordBytes): Promise<string> {
  for await (const _ of bytes.read());
  return bytes.digest();
}
