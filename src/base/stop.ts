/**
 * Where and why a decoder stopped before the end of its input.
 *
 * A decoder never throws on input: it returns what it could read and, where it could not go on, a Stop.
 */
export interface Stop {
  /** Layer that stopped, in the field's own name: `pcap`, `ipv4`, `sip`, ... */
  layer: string;
  /** Offset in bytes from the start of that layer's input. */
  offset: number;
  /** Bytes that were needed from `offset` on. */
  need: number;
  /** Bytes that were there. */
  have: number;
  /** What claimed the length, in words: `total length`, `Content-Length`, ... */
  reason: string;
}
