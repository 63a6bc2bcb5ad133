import type { PacketHandler } from './packet.ts';
import { RecordReader } from './records.ts';

/** Classic pcap: draft-ietf-opsawg-pcap; variants as libpcap's sf-pcap.c and Wireshark's libpcap.c read them. */

/**
 * File header, 24 bytes, in the byte order of the writer:
 * magic 0, major version 4, minor version 6, zone 8, accuracy 12, snap length 16, link type 20.
 */
const FILE_HEADER = 24;
const MAJOR_VERSION = 4;
const MINOR_VERSION = 6;
const LINK_TYPE = 20;

/** Record header: seconds 0, fraction 4, captured length 8, original length 12. */
const RECORD_HEADER = 16;

/** Variants by the magic number, written big-endian here. */
const VARIANTS = new Map<number, Variant>([
  [0xa1b2c3d4, { name: 'pcap', unit: 1000, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER }],
  [0xa1b23c4d, { name: 'pcap', unit: 1, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER }],
  // Alexey Kuznetzov's: an interface index, a protocol and a packet type after the usual record header.
  [0xa1b2cd34, { name: 'modified pcap', unit: 1000, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER + 8 }],
  // IXIA's: the size of all records after the usual file header.
  [0x1c0001ac, { name: 'IXIA hardware pcap', unit: 1, fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER }],
  [0x1c0001ab, { name: 'IXIA software pcap', unit: 1000, fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER }],
]);

interface Variant {
  name: string;
  /** Nanoseconds of one unit of the fraction of a second. */
  unit: 1 | 1000;
  fileHeader: number;
  recordHeader: number;
}

/** libpcap's MAXIMUM_SNAPLEN and Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD: a larger captured length is damage. */
const MAX_CAPTURED = 262_144;

/** True where `head` begins with the magic number of a classic pcap. At least four bytes. */
export function isPcap(head: Buffer): boolean {
  return VARIANTS.has(head.readUInt32BE(0)) || VARIANTS.has(head.readUInt32LE(0));
}

/** Reads a classic pcap; see {@link RecordReader}. */
export class PcapReader extends RecordReader {
  protected readonly layer = 'pcap';
  private readonly variant: Variant;
  private readonly little: boolean;
  private headerRead = false;
  private minorVersion = 4;

  /** @param head the first bytes of the file, four at least, of which {@link isPcap} is true */
  constructor(head: Buffer, handler: PacketHandler) {
    super(handler);
    const big = VARIANTS.get(head.readUInt32BE(0));
    this.little = big === undefined;
    this.variant = big ?? VARIANTS.get(head.readUInt32LE(0))!;
  }

  get format(): string {
    const { name, unit } = this.variant;
    return `${name}, ${this.little ? 'little' : 'big'}-endian, ${unit === 1 ? 'nanoseconds' : 'microseconds'}`;
  }

  protected parse(data: Buffer, at: number, end: number): number {
    const origin = at;
    if (!this.headerRead) {
      at = this.fileHeader(data, at, end);
      if (!this.headerRead || this.stop !== null) return at;
    }
    const { little, packet } = this;
    const { unit, recordHeader } = this.variant;
    packet.data = data;
    for (;;) {
      if (end - at < recordHeader) {
        this.need = recordHeader;
        this.needFor = 'record header';
        return at;
      }
      let seconds: number;
      let fraction: number;
      let captured: number;
      let original: number;
      if (little) {
        seconds = (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
        fraction = (data[at + 4]! | (data[at + 5]! << 8) | (data[at + 6]! << 16) | (data[at + 7]! << 24)) >>> 0;
        captured = (data[at + 8]! | (data[at + 9]! << 8) | (data[at + 10]! << 16) | (data[at + 11]! << 24)) >>> 0;
        original = (data[at + 12]! | (data[at + 13]! << 8) | (data[at + 14]! << 16) | (data[at + 15]! << 24)) >>> 0;
      } else {
        seconds = ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
        fraction = ((data[at + 4]! << 24) | (data[at + 5]! << 16) | (data[at + 6]! << 8) | data[at + 7]!) >>> 0;
        captured = ((data[at + 8]! << 24) | (data[at + 9]! << 16) | (data[at + 10]! << 8) | data[at + 11]!) >>> 0;
        original = ((data[at + 12]! << 24) | (data[at + 13]! << 16) | (data[at + 14]! << 8) | data[at + 15]!) >>> 0;
      }
      // Before version 2.3 the lengths stood the other way round, and some writers of 2.3 did as before.
      if (this.minorVersion < 4 && (this.minorVersion < 3 || captured > original)) {
        const swap = captured;
        captured = original;
        original = swap;
      }
      if (captured > MAX_CAPTURED) {
        this.fail(at - origin, captured, end - at - recordHeader, `captured length above ${MAX_CAPTURED}`);
        return at;
      }
      const next = at + recordHeader + captured;
      if (next > end) {
        this.need = recordHeader + captured;
        this.needFor = 'captured length';
        return at;
      }
      let nanoseconds = fraction * unit;
      if (nanoseconds > 999_999_999) {
        seconds += Math.floor(nanoseconds / 1e9);
        nanoseconds %= 1e9;
      }
      packet.start = at + recordHeader;
      packet.end = next;
      packet.originalLength = original;
      packet.seconds = seconds;
      packet.nanoseconds = nanoseconds;
      this.deliver();
      at = next;
    }
  }

  private fileHeader(data: Buffer, at: number, end: number): number {
    this.need = this.variant.fileHeader;
    this.needFor = 'file header';
    if (end - at < this.need) return at;
    const u16 = (offset: number) => (this.little ? data.readUInt16LE(at + offset) : data.readUInt16BE(at + offset));
    if (u16(MAJOR_VERSION) !== 2) this.fail(MAJOR_VERSION, 0, end - at - MAJOR_VERSION, 'major version');
    this.minorVersion = u16(MINOR_VERSION);
    // The upper half of the link type field holds the length of the frame check sequence and reserved bits.
    this.packet.linkType = u16(this.little ? LINK_TYPE : LINK_TYPE + 2);
    this.headerRead = true;
    return at + this.need;
  }
}
