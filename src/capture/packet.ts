/**
 * One packet of a capture, as a view. The reader reuses this object and its bytes: both are valid only during the call that
 * hands them over.
 */
export interface Packet {
  /** Bytes that hold the packet among others. */
  data: Buffer;
  /** Offset of the first captured byte in `data`. */
  start: number;
  /** Offset after the last captured byte in `data`. */
  end: number;
  /** Length on the wire; larger than `end - start` where the capture was cut by its snap length. */
  originalLength: number;
  /** LINKTYPE_ value of the interface (tcpdump.org/linktypes.html). */
  linkType: number;
  /** Packet time: whole seconds since the epoch. */
  seconds: number;
  /** Packet time: nanoseconds of the second. */
  nanoseconds: number;
  /** Number of the packet in its file, from 1. */
  frame: number;
}

export type PacketHandler = (packet: Packet) => void;
