import type { PacketTime } from '../base/time.ts';
import type { Packet, PacketHandler } from './packet.ts';
import { UnitReader } from './units.ts';

/** What the readers of capture formats share: the packet they hand over, its number, and counts. */
export abstract class RecordReader extends UnitReader {
  /** Packets handed over. */
  packets = 0;
  /** Of these, the ones with fewer bytes captured than there were on the wire. */
  cutPackets = 0;

  protected readonly packet: Packet;

  private readonly handler: PacketHandler;
  private firstSeconds = 0;
  private firstNanoseconds = 0;
  private lastSeconds = 0;
  private lastNanoseconds = 0;

  constructor(handler: PacketHandler) {
    super();
    this.handler = handler;
    const data = Buffer.alloc(0);
    this.packet = { data, start: 0, end: 0, originalLength: 0, linkType: 0, seconds: 0, nanoseconds: 0, frame: 0 };
  }

  /** The format in words, for instance `pcap, little-endian, microseconds`. */
  abstract get format(): string;

  /** Earliest packet time, null without packets. */
  get first(): PacketTime | null {
    return this.packets === 0 ? null : { s: this.firstSeconds, ns: this.firstNanoseconds };
  }

  /** Latest packet time, null without packets. */
  get last(): PacketTime | null {
    return this.packets === 0 ? null : { s: this.lastSeconds, ns: this.lastNanoseconds };
  }

  /** Hands over `packet`, which is filled in except for its number. */
  protected deliver(): void {
    const packet = this.packet;
    const { seconds, nanoseconds } = packet;
    if (packet.end - packet.start < packet.originalLength) this.cutPackets++;
    packet.frame = ++this.packets;
    if (packet.frame === 1) {
      this.firstSeconds = this.lastSeconds = seconds;
      this.firstNanoseconds = this.lastNanoseconds = nanoseconds;
    } else if (seconds > this.lastSeconds || (seconds === this.lastSeconds && nanoseconds > this.lastNanoseconds)) {
      this.lastSeconds = seconds;
      this.lastNanoseconds = nanoseconds;
    } else if (seconds < this.firstSeconds || (seconds === this.firstSeconds && nanoseconds < this.firstNanoseconds)) {
      this.firstSeconds = seconds;
      this.firstNanoseconds = nanoseconds;
    }
    this.handler(packet);
  }
}
