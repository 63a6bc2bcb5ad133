import { closeSync, openSync, writeSync } from 'node:fs';
import { writing } from '../base/errors.ts';

/** Bytes gathered before they are written. */
const BUFFER_BYTES = 1024 * 1024;
const RECORD_HEADER = 16;
/** No packet is cut: libpcap's MAXIMUM_SNAPLEN. */
const SNAP_LENGTH = 262_144;

export interface PcapWriterOptions {
  /** LINKTYPE_ value; 1 (Ethernet) where not given. */
  linkType?: number;
  /** Nanoseconds in place of microseconds. */
  nanoseconds?: boolean;
}

/**
 * Writes a classic pcap, little-endian (draft-ietf-opsawg-pcap). A file it makes can be read by its owner only. What the disk does not
 * take is a UserError.
 */
export class PcapWriter {
  private readonly path: string;
  private readonly file: number;
  private readonly unit: number;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private length = 0;

  constructor(path: string, options: PcapWriterOptions = {}) {
    this.unit = options.nanoseconds ? 1 : 1000;
    this.path = path;
    this.file = writing(path, () => openSync(path, 'w', 0o600));
    const { buffer } = this;
    buffer.fill(0, 0, 24);
    buffer.writeUInt32LE(options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0);
    buffer.writeUInt16LE(2, 4);
    buffer.writeUInt16LE(4, 6);
    buffer.writeUInt32LE(SNAP_LENGTH, 16);
    buffer.writeUInt32LE(options.linkType ?? 1, 20);
    this.length = 24;
  }

  /**
   * Adds a packet.
   *
   * @param seconds whole seconds since the epoch, @param nanoseconds of the second
   * @param originalLength its length on the wire, where that is more than `data`
   */
  write(data: Uint8Array, seconds: number, nanoseconds: number, originalLength = data.length): void {
    const { buffer } = this;
    if (this.length + RECORD_HEADER + data.length > BUFFER_BYTES) this.flush();
    let at = this.length;
    at = buffer.writeUInt32LE(seconds, at);
    at = buffer.writeUInt32LE(Math.floor(nanoseconds / this.unit), at);
    at = buffer.writeUInt32LE(data.length, at);
    at = buffer.writeUInt32LE(originalLength, at);
    buffer.set(data, at);
    this.length = at + data.length;
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.flush();
    writing(this.path, () => closeSync(this.file));
  }

  private flush(): void {
    writing(this.path, () => {
      for (let at = 0; at < this.length; ) at += writeSync(this.file, this.buffer, at, this.length - at);
    });
    this.length = 0;
  }
}
