import type { Limits } from '../base/limits.ts';
import type { PacketTime } from '../base/time.ts';
import { createPayload, type Payload } from '../network/payload.ts';
import { Header, Method, type SipMessage } from '../sip/message.ts';
import { createSipMessage, type ScanOptions, scanSip } from '../sip/scan.ts';
import { Blocks } from './blocks.ts';
import type { FactReader } from './facts.ts';
import type { Identity, RequestFacts } from './state.ts';

/** Bytes of requests kept unread; what comes beyond is read at once. */
const UNREAD_BYTES = 256 * 1024 * 1024;
/** Two addresses before the message in its block. */
const ADDRESSES = 32;

/** What a request says, read once. */
export interface RequestReading {
  facts: RequestFacts;
  identity: Identity | null;
  /** Of a REGISTER: Contact `*` or an expiry of 0. */
  leaving: boolean;
  expires: number | null;
  /** Bytes of its body. */
  bodyLength: number;
}

/** A request of an open transaction: its bytes, or what was read from them. Used again for others when it is released. */
export interface HeldRequest {
  time: PacketTime;
  /** Some header may say what the network vouches for. */
  mayIdentify: boolean;
  reading: RequestReading | null;
  /** -1: it was read. */
  block: number;
  /** Bytes of the block, the addresses included. */
  length: number;
  addressLength: 4 | 16;
  ports: number;
}

/**
 * Keeps requests as their bytes until what they say is needed: mostly once, at the end of a call. Texts are then made, used and
 * forgotten at once, which is a fraction of the work and memory of keeping them while the call lasts.
 */
export class Requests {
  private readonly facts: FactReader;
  private readonly blocks = new Blocks(UNREAD_BYTES);
  private readonly spare: HeldRequest[] = [];
  private readonly message: SipMessage;
  private readonly scan: ScanOptions;
  private readonly payload: Payload = createPayload();

  constructor(facts: FactReader, limits: Limits) {
    this.facts = facts;
    this.message = createSipMessage(limits.sipHeaders);
    this.scan = { stream: false, maxBytes: limits.sipMessageBytes };
  }

  /** Takes a copy of a request. */
  hold(message: SipMessage, payload: Payload): HeldRequest {
    const { first } = message;
    const { header, addressLength, sourceAt, destinationAt } = payload;
    const length = ADDRESSES + message.end - message.start;
    const block = this.blocks.take(length);
    const held = this.spare.pop() ?? newHeld();
    held.time.s = payload.seconds;
    held.time.ns = payload.nanoseconds;
    held.mayIdentify =
      first[Header.PAssertedIdentity] !== 0 ||
      first[Header.PAccessNetworkInfo] !== 0 ||
      first[Header.Authorization] !== 0;
    held.block = block;
    held.length = length;
    held.addressLength = addressLength;
    held.ports = (payload.sourcePort << 16) | payload.destinationPort;
    if (block < 0) {
      held.reading = this.readingOf(message, payload);
      return held;
    }
    const bytes = this.blocks.bytesOf(block);
    const at = this.blocks.offsetOf(block);
    for (let i = 0; i < addressLength; i++) {
      bytes[at + i] = header[sourceAt + i]!;
      bytes[at + 16 + i] = header[destinationAt + i]!;
    }
    message.data.copy(bytes, at + ADDRESSES, message.start, message.end);
    return held;
  }

  /** What a held request says; its bytes are given back. */
  read(held: HeldRequest): RequestReading {
    if (held.reading !== null) return held.reading;
    const { message, payload, blocks } = this;
    const bytes = blocks.bytesOf(held.block);
    const at = blocks.offsetOf(held.block);
    const end = at + held.length;
    scanSip(bytes, at + ADDRESSES, end, message, this.scan);
    // On a stream its end was found by other means than its Content-Length.
    message.end = end;
    payload.header = bytes;
    payload.addressLength = held.addressLength;
    payload.sourceAt = at;
    payload.destinationAt = at + 16;
    payload.sourcePort = held.ports >>> 16;
    payload.destinationPort = held.ports & 0xffff;
    payload.seconds = held.time.s;
    payload.nanoseconds = held.time.ns;
    held.reading = this.readingOf(message, payload);
    this.blocks.give(held.block, held.length);
    held.block = -1;
    return held.reading;
  }

  /** Takes a request back. Nobody uses it any more. */
  release(held: HeldRequest): void {
    if (held.block >= 0) this.blocks.give(held.block, held.length);
    held.block = -1;
    held.reading = null;
    this.spare.push(held);
  }

  private readingOf(message: SipMessage, payload: Payload): RequestReading {
    const { facts } = this;
    const expires = message.method === Method.REGISTER ? facts.expires(message) : null;
    return {
      facts: facts.request(message, payload),
      identity: facts.identity(message, payload),
      leaving: expires === 0 || facts.isWildcardContact(message),
      expires,
      bodyLength: message.end - message.bodyStart,
    };
  }
}

function newHeld(): HeldRequest {
  return {
    time: { s: 0, ns: 0 },
    mayIdentify: false,
    reading: null,
    block: -1,
    length: 0,
    addressLength: 4,
    ports: 0,
  };
}
