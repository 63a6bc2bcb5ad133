import type { Stop } from '../base/stop.ts';
import type { Decompressor, Sink } from './decompress.ts';
import { GzipDecompressor } from './gzip.ts';
import type { PacketHandler } from './packet.ts';
import { PcapReader } from './pcap.ts';
import { PcapngReader } from './pcapng.ts';
import { type Compression, HEAD_BYTES, recognise } from './recognise.ts';
import type { RecordReader } from './records.ts';
import { ZstdDecompressor } from './zstd.ts';

/** Bytes that tell every magic number from the others. */
const MAGIC_BYTES = 4;

const EMPTY = Buffer.alloc(0);

/** Decodes one capture, compressed or not, from its bytes as they come. It finds out the format by itself. */
export class CaptureDecoder {
  /** Null until known, and where the bytes are nothing we know. */
  compression: 'none' | Compression | null = null;
  /** Reads the records; null until the format is known. */
  reader: RecordReader | null = null;
  /** Decompressed bytes. */
  bytes = 0;
  /** Where this is no capture: what it is instead, in words. No more is read then. */
  found: string | null = null;

  private readonly handler: PacketHandler;
  private readonly tap: Sink;
  private decompressor: Decompressor | null = null;
  /** First bytes of the file, then of what was decompressed, while they are too few to tell what it is. */
  private head = EMPTY;

  /**
   * @param handler is given each packet
   * @param tap is given the decompressed bytes, after the packets in them; it returns false to have no more
   */
  constructor(handler: PacketHandler, tap: Sink) {
    this.handler = handler;
    this.tap = tap;
  }

  /** Decodes the next bytes of the file. */
  async push(chunk: Buffer): Promise<void> {
    if (this.found !== null) return;
    if (this.compression === null) {
      const start = this.gather(chunk);
      if (start !== null) await this.begin(start);
    } else if (this.decompressor !== null) {
      await this.decompressor.push(chunk);
    } else {
      this.plain(chunk);
    }
  }

  /** The file ends here. Gives where it could not be read on, if so. */
  finish(): Stop | null {
    const damage = this.reader?.stop ?? null;
    this.decompressor?.finish();
    this.reader?.finish();
    const cut = this.decompressor?.stop ?? null;
    if (this.reader === null && this.found === null && cut === null) this.found = this.describe(recognise(this.head));
    return damage ?? cut ?? this.reader?.stop ?? null;
  }

  close(): void {
    this.decompressor?.close();
  }

  private async begin(start: Buffer): Promise<void> {
    const what = recognise(start.subarray(0, HEAD_BYTES));
    if (what.kind === 'gzip' || what.kind === 'zstd') {
      const sink = (chunk: Buffer) => this.plain(chunk);
      this.compression = what.kind;
      this.decompressor = what.kind === 'gzip' ? new GzipDecompressor(sink) : new ZstdDecompressor(sink);
      await this.decompressor.push(start);
    } else {
      this.compression = 'none';
      this.plain(start);
    }
  }

  /** Takes decompressed bytes. False: no more are wanted. */
  private plain(chunk: Buffer): boolean {
    if (this.found !== null) return false;
    this.bytes += chunk.length;
    if (this.reader !== null) {
      this.reader.push(chunk);
      return this.tap(chunk);
    }
    const start = this.gather(chunk);
    if (start !== null) {
      const what = recognise(start.subarray(0, HEAD_BYTES));
      if (what.kind === 'pcap') this.reader = new PcapReader(start, this.handler);
      else if (what.kind === 'pcapng') this.reader = new PcapngReader(this.handler);
      else this.found = this.describe(what);
      this.reader?.push(start);
    }
    return this.found === null && this.tap(chunk);
  }

  /** Adds to the first bytes. Gives them once they suffice, else null. */
  private gather(chunk: Buffer): Buffer | null {
    const head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    const enough = head.length >= MAGIC_BYTES;
    this.head = enough ? EMPTY : Buffer.from(head);
    return enough ? head : null;
  }

  private describe(what: ReturnType<typeof recognise>): string {
    const words = what.kind === 'other' ? what.what : `${what.kind} data`;
    return this.decompressor === null ? words : `${words} compressed with ${this.compression}`;
  }
}
