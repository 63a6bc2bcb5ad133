import { Decompress } from 'fzstd';
import type { Stop } from '../base/stop.ts';
import type { Decompressor, Sink } from './decompress.ts';

export class ZstdDecompressor implements Decompressor {
  stop: Stop | null = null;
  private readonly stream: Decompress;
  private offset = 0;

  constructor(sink: Sink) {
    this.stream = new Decompress((chunk) => sink(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  async push(chunk: Buffer): Promise<void> {
    if (this.stop !== null) return;
    try {
      this.stream.push(new Uint8Array(chunk));
    } catch (error) {
      this.fail(String(error));
    }
    this.offset += chunk.length;
  }

  finish(): void {
    try {
      this.stream.push(new Uint8Array(0), true);
    } catch (error) {
      this.fail(String(error));
    }
  }

  close(): void {}

  private fail(reason: string): void {
    this.stop ??= { layer: 'zstd', offset: this.offset, need: 0, have: 0, reason };
  }
}
