/**
 * How a payload was carried. Texts as in a SIP Via; `mtp2`, `mtp3` and `sccp` are SS7 right above the link layer of the capture:
 * such a payload has no addresses (zeros stand there), and data [start, end) is an MTP2 frame from its BSN on (its check sum may or may not be at
 * its end), an MTP3 message from its service information octet on, or an SCCP message.
 */
export const Transport = { udp: 0, tcp: 1, sctp: 2, ws: 3, mtp2: 4, mtp3: 5, sccp: 6 } as const;
export type TransportId = (typeof Transport)[keyof typeof Transport];
export const TRANSPORT_NAMES = ['udp', 'tcp', 'sctp', 'ws', 'mtp2', 'mtp3', 'sccp'] as const;

/**
 * Bytes above the transport layer, as a view that the network reuses: valid only during the call. Addresses are offsets into
 * `header`, so that no text is made unless an event needs it.
 */
export interface Payload {
  data: Buffer;
  /** Offset of the first byte of payload in `data`. */
  start: number;
  /** Offset after the last byte of payload in `data`. */
  end: number;
  transport: TransportId;
  /** SCTP payload protocol identifier. MTP2: 1 where sequence numbers are known to have 12 bits (Q.703 Annex A). Else 0. */
  ppid: number;
  /** Bytes that hold the innermost IP addresses; of mtp2, mtp3 and sccp, which have none, zeros. */
  header: Buffer;
  /** Length of an address: 4 or 16. */
  addressLength: 4 | 16;
  /** Offset of the source address in `header`. */
  sourceAt: number;
  /** Offset of the destination address in `header`. */
  destinationAt: number;
  /** MTP2: number of the link or channel where the capture tells it. */
  sourcePort: number;
  destinationPort: number;
  seconds: number;
  nanoseconds: number;
  /** Number of the last packet needed for these bytes. */
  frame: number;
  /** The capture had fewer bytes than the wire (snap length): the end of the payload is missing. */
  cut: boolean;
  /**
   * On a stream: a place where the reader of this TCP direction keeps what it knows of it. The network makes one a direction
   * (`state` undefined), hands the same one over at each call and drops it with the direction; after lost bytes it is kept and
   * `joinedMidway` is true again. On a datagram: null.
   */
  slot: StreamSlot | null;
}

/** A payload to be filled in again and again. */
export function createPayload(): Payload {
  return {
    data: NOTHING,
    start: 0,
    end: 0,
    transport: Transport.udp,
    ppid: 0,
    header: NOTHING,
    addressLength: 4,
    sourceAt: 0,
    destinationAt: 0,
    sourcePort: 0,
    destinationPort: 0,
    seconds: 0,
    nanoseconds: 0,
    frame: 0,
    cut: false,
    slot: null,
  };
}

const NOTHING = Buffer.alloc(0);

export interface StreamSlot {
  state: unknown;
}

/** What a reader of a stream made of the bytes it was shown. */
export interface StreamVerdict {
  /** Bytes used from `payload.start` on; the rest is shown again when more has arrived. */
  consumed: number;
  /** Of these, how many at the start belong to a message that began before the stream was joined. */
  headless: number;
  /** This stream carries nothing for us: do not show more of it. */
  ignore: boolean;
}

/** Who is given payloads. */
export interface PayloadHandler {
  /** One UDP datagram, SCTP user message, MTP2 frame, MTP3 or SCCP message. */
  datagram(payload: Payload): void;
  /**
   * The bytes of one TCP direction in order, from the first byte not yet consumed. Called when bytes were added.
   * `joinedMidway` is true where the stream's beginning was not seen or bytes were lost, until the reader has consumed a byte of
   * a message (`consumed > headless`).
   * `verdict` is an object of the caller's to fill in (all zero/false when handed over).
   */
  stream(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void;
}

/**
 * Bytes that one capture alone could not finish: the end of a stream inside a message, segments before the first message
 * boundary of a stream joined midway, fragments without their datagram, pieces of an SCTP user message. Replayed by the stitch, capture after capture
 * of a feed, each in its order, they give the message across the cut. Plain data, so that it can be stored in a commit as JSON.
 */
export interface LooseBytes {
  kind: 'tcp' | 'fragment' | 'sctp';
  /** The end of a capture (`tail`): starts at a message boundary. Its beginning (`head`): continues an earlier capture. */
  place: 'head' | 'tail';
  /** tcp: text `source:port>destination:port`. fragment: text `source>destination/protocol/identification`. sctp: as tcp, `/` and the verification tag. */
  key: string;
  /** tcp: sequence number of the first byte. fragment: offset in the datagram, bytes. sctp: TSN. */
  position: number;
  /** fragment, sctp: more fragments follow. tcp: the stream continues (no FIN). */
  more: boolean;
  /**
   * tcp, `tail`: it is not known whether the bytes start at a message boundary (segments that wait for a gap to be filled, or
   * that came before the first one of a stream joined midway). They continue what is held before them, else are tried as a start.
   */
  unsure?: boolean;
  /** Source and destination address and port, in hexadecimal / numbers, as needed to rebuild a Payload. */
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  /** fragment: IP protocol number. tcp: 6. sctp: 132. */
  protocol: number;
  /** The bytes, base64; sctp: the chunk with its header. */
  bytes: string;
  seconds: number;
  nanoseconds: number;
  frame: number;
  /** fragment: SHA-256 of the capture that it is in; left out: the one whose loose ends it is among. */
  capture?: string;
  /** fragment: its datagram was complete before; without its other fragments it is nothing. */
  copy?: boolean;
}
