import { hashBytes, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import type { Stop } from '../base/stop.ts';
import { createPayload, type Payload, type StreamVerdict, Transport } from '../network/payload.ts';
import { diameterLength, looksLikeDiameter } from './diameter/diameter.ts';
import { DiameterFrames } from './diameter/diameter-frames.ts';
import { type LooseMsu, restoreMsu } from './link/loose-msu.ts';
import { readM2pa } from './link/m2pa.ts';
import { M2uaReader } from './link/m2ua.ts';
import { M3uaForm, M3uaReader } from './link/m3ua.ts';
import { HEADER, readMtp2, SignalUnit } from './link/mtp2.ts';
import { Mtp2Formats } from './link/mtp2-format.ts';
import { readMtp3 } from './link/mtp3.ts';
import { looksLikeSigtran, MessageClass } from './link/sigtran.ts';
import { carriesIpa, IpaFrames, SigtranFrames } from './link/streams.ts';
import { VariantFinder } from './link/variant.ts';
import { type Msu, ServiceIndicator, type Ss7VariantId } from './message.ts';
import { beginsAsSgsap, looksLikeSgsap } from './radio/sgsap.ts';
import { SuaReader } from './sccp/sua.ts';
import { type Ss7MessageHandler, Ss7Users } from './users.ts';

export type { Ss7MessageHandler } from './users.ts';

/** Knows messages that were seen before. */
interface Copies {
  isCopy(msu: Msu, payload: Payload): boolean;
}

/** SCTP payload protocol identifiers (IANA) of what is named and not read. */
const NOT_READ: Record<number, string> = {
  1: 'iua',
  6: 'v5ua',
  7: 'h248',
  8: 'bicc bctp',
  10: 'dua',
  18: 's1ap',
  19: 'rua',
  20: 'hnbap',
  24: 'sbcap',
  27: 'x2ap',
  29: 'lcsap',
  46: 'diameter',
  47: 'diameter',
  60: 'ngap',
};
const M2PA = 5;
const M2PA_PORT = 3565;
const SGSAP_PORT = 29_118;
/** What a length of a message may differ by from the bytes that are there: padding is counted by some and left out by others. */
const PADDING = 3;

/** Service indicator of what is no user of MTP3. */
const NO_SERVICE = -1;

/** GSMTAP (port 4729): version 2, header of 16 bytes counted in words. */
const GSMTAP_PORT = 4729;

/** Reads what an RFC 4666 peer, a signalling link or a capture of one carries: MTP2, MTP3, M2PA, M2UA, M3UA, SUA and their users. */
export class Ss7Decoder {
  private readonly counters: Counters;
  private readonly users: Ss7Users;
  private readonly variants: VariantFinder;
  private readonly mtp2Formats = new Mtp2Formats();
  private readonly copies: Copies | null;
  private readonly msu: Msu;
  /** Range of an MTP3 message. */
  private readonly mtp3 = { data: Buffer.alloc(0), start: 0, end: 0 };
  private readonly m3ua: M3uaReader;
  private readonly m2ua: M2uaReader;
  private readonly sua: SuaReader;
  private payloadInHand!: Payload;
  private readonly replayed = createPayload();
  private link = 0;

  /**
   * @param variant point codes of all links; null: found link by link
   * @param onMessage given each message, each TCAP component by itself
   * @param copies tells messages that were seen before; null: none is
   */
  constructor(
    limits: Limits,
    counters: Counters,
    variant: Ss7VariantId | null,
    onMessage: Ss7MessageHandler,
    copies: Copies | null = null,
  ) {
    this.counters = counters;
    this.users = new Ss7Users(limits, counters, onMessage);
    this.variants = new VariantFinder(variant);
    this.copies = copies;
    this.msu = this.users.message.msu;
    this.m3ua = new M3uaReader(this.msu, (form) => {
      if (form === M3uaForm.fields) this.readUser();
      else this.readMtp3(this.msu.data, this.msu.start, this.msu.end);
    });
    this.m2ua = new M2uaReader(this.mtp3, () => this.readMtp3(this.mtp3.data, this.mtp3.start, this.mtp3.end));
    this.sua = new SuaReader(this.msu, this.users.message.sccp);
  }

  /** Reads an SCTP user message or a datagram of a link. True where it is SS7, or another protocol that is known and counted. */
  payload(payload: Payload): boolean {
    const { data, start, end } = payload;
    switch (payload.transport) {
      case Transport.sctp:
        return this.sctp(payload);
      case Transport.mtp2: {
        this.begin(payload);
        const unit = readMtp2(data, start, end, this.isExtended(payload), this.mtp3);
        if (unit === SignalUnit.message) this.readMtp3(data, this.mtp3.start, this.mtp3.end);
        else if (typeof unit === 'object') this.stopped(unit);
        return true;
      }
      case Transport.mtp3:
        this.begin(payload);
        this.readMtp3(data, start, end);
        return true;
      case Transport.sccp:
        this.begin(payload);
        this.setBare(data, start, end, ServiceIndicator.sccp);
        this.readUser();
        return true;
      case Transport.udp:
        if (!isGsmtap(payload)) return false;
        this.users.notRead('gsmtap');
        return true;
      default:
        return false;
    }
  }

  /** A reader of the stream that begins with the bytes of `payload`, where they are Diameter, M3UA or its like, or IPA; else null. */
  openStream(payload: Payload, joinedMidway: boolean): Ss7Stream | null {
    if (DiameterFrames.begins(payload, joinedMidway)) {
      const frames = new DiameterFrames((data, start, end) => {
        this.begin(this.payloadInHand);
        this.diameter(data, start, end);
      });
      return new Ss7Stream(frames, (given) => {
        this.payloadInHand = given;
      });
    }
    if (SigtranFrames.begins(payload, joinedMidway)) {
      const frames = new SigtranFrames((data, start, end) => {
        this.begin(this.payloadInHand);
        this.sigtran(this.payloadInHand, data, start, end);
      });
      return new Ss7Stream(frames, (given) => {
        this.payloadInHand = given;
      });
    }
    if (carriesIpa(payload)) return new Ss7Stream(new IpaFrames((name) => this.users.notRead(name)), () => undefined);
    return null;
  }

  /** Reads an ISUP message in the body of a SIP message (RFC 3204), data [start, end). */
  body(data: Buffer, start: number, end: number, variant: Ss7VariantId, payload: Payload, duplicate: boolean): void {
    this.users.readBody(data, start, end, variant, payload, duplicate);
  }

  /** The segments of SCCP that a capture alone could not put together. */
  looseEnds(): LooseMsu[] {
    return this.users.looseEnds();
  }

  /** Reads a segment that another instance kept. */
  replay(loose: LooseMsu): void {
    const { msu, replayed, sua } = this;
    if (!restoreMsu(loose, msu, replayed)) return;
    if (loose.kind === 'sua') this.users.replay(replayed, sua.segment, sua.read(msu.data, 0, msu.end));
    else this.users.replay(replayed, null, null);
  }

  /** Writes the counts of messages into the counters. */
  finish(): void {
    this.users.finish();
  }

  private sctp(payload: Payload): boolean {
    const { data, start, end } = payload;
    if (
      looksLikeDiameter(data, start, end) &&
      (payload.cut || Math.abs(diameterLength(data, start) - (end - start)) <= PADDING)
    ) {
      this.begin(payload);
      this.diameter(data, start, end);
      return true;
    }
    if (looksLikeSigtran(data, start, end)) {
      const length = u32(data, start + 4);
      if (payload.cut || Math.abs(length - (end - start)) <= PADDING || isM2paDraft(payload, length)) {
        this.begin(payload);
        this.sigtran(payload, data, start, end);
        return true;
      }
    }
    if (isSgsap(payload)) {
      this.begin(payload);
      this.setBare(data, start, end, NO_SERVICE);
      this.users.readSgsap(payload, this.isCopy());
      return true;
    }
    // Some stacks write the identifier with its bytes the other way round.
    const { ppid } = payload;
    const identifier = ppid > 0xffffff && (ppid & 0xffffff) === 0 ? ppid >>> 24 : ppid;
    const name = NOT_READ[identifier];
    if (name === undefined) {
      // SIP under an identifier that is not its own is still SIP.
      if (identifier < 2 || identifier > M2PA || isLetter(data[start])) return false;
      add(this.counters.anomalies, 'sigtran header');
      return true;
    }
    this.users.notRead(name);
    return true;
  }

  private diameter(data: Buffer, start: number, end: number): void {
    this.setBare(data, start, end, NO_SERVICE);
    this.users.readDiameter(this.payloadInHand, this.isCopy());
  }

  /** The signal unit is data [start, end), without a label. */
  private setBare(data: Buffer, start: number, end: number, serviceIndicator: number): void {
    const { msu } = this;
    msu.data = data;
    msu.start = start;
    msu.end = end;
    msu.opc = -1;
    msu.dpc = -1;
    msu.sls = -1;
    msu.networkIndicator = -1;
    msu.serviceIndicator = serviceIndicator;
  }

  /** One message of an adaptation layer: which one its class says, whatever the payload protocol identifier is. */
  private sigtran(payload: Payload, data: Buffer, start: number, end: number): void {
    switch (data[start + 2]) {
      case MessageClass.transfer:
        if (M3uaReader.isData(data, start)) this.stopped(this.m3ua.read(data, start, end));
        return;
      case MessageClass.maup:
        // User data of M2PA, draft 2, has the class and type of M2UA's.
        if (isM2pa(payload)) this.readM2pa(data, start, end);
        else if (M2uaReader.isData(data, start)) this.stopped(this.m2ua.read(data, start, end));
        return;
      case MessageClass.m2pa:
        this.readM2pa(data, start, end);
        return;
      case MessageClass.q921:
        this.users.notRead('iua');
        return;
      case MessageClass.connectionless:
      case MessageClass.connectionOriented:
        if (SuaReader.typeOf(data, start) !== undefined) {
          const stop = this.sua.read(data, start, end);
          this.stopped(stop);
          this.users.readSua(payload, this.isCopy(), stop, this.sua.segment);
        }
    }
  }

  /** The signal unit of MTP2 has sequence numbers of 12 bits: the capture says so, or what its link carries. */
  private isExtended({ ppid, cut, data, start, end }: Payload): boolean {
    if (ppid === 1) return true;
    if (cut) return false;
    const extended = this.mtp2Formats.isExtended(this.link, data, start, end);
    if (extended === null && end - start >= HEADER) add(this.counters.anomalies, 'mtp2 length indicator');
    return extended === true;
  }

  private readM2pa(data: Buffer, start: number, end: number): void {
    const read = readM2pa(data, start, end, this.mtp3);
    if (read === true) this.readMtp3(data, this.mtp3.start, this.mtp3.end);
    else if (read !== false) this.stopped(read);
  }

  private readMtp3(data: Buffer, start: number, end: number): void {
    const { msu } = this;
    const variant = this.variants.ofMtp3(this.link, data, start, end, this.payloadInHand.cut);
    const stop = readMtp3(data, start, end, variant, msu);
    if (stop !== null) this.stopped(stop);
    else this.user();
  }

  /** The user part in the MSU, whose variant is not known yet. */
  private readUser(): void {
    const { msu } = this;
    msu.variant = this.variants.ofUser(this.link, msu, this.payloadInHand.cut);
    this.user();
  }

  private user(): void {
    const stop = this.users.read(this.payloadInHand, this.isCopy());
    if (stop !== null && !this.payloadInHand.cut) this.variants.failed(this.link);
  }

  private isCopy(): boolean {
    return this.copies?.isCopy(this.msu, this.payloadInHand) ?? false;
  }

  private stopped(stop: Stop | null): void {
    if (stop !== null && !this.payloadInHand.cut) add(this.counters.anomalies, `${stop.layer} ${stop.reason}`);
  }

  /** Notes whose bytes come: `link` is the same for both directions. */
  private begin(payload: Payload): void {
    this.payloadInHand = payload;
    const { header, sourceAt, destinationAt, addressLength } = payload;
    const source = hashBytes(header, sourceAt, sourceAt + addressLength, payload.sourcePort);
    const destination = hashBytes(header, destinationAt, destinationAt + addressLength, payload.destinationPort);
    this.link = (source + destination) | 0;
  }
}

/** Messages on a stream, by what their headers say. */
type StreamFrames = SigtranFrames | IpaFrames | DiameterFrames;

/** How one TCP direction is read on: kept in the place that the network keeps for its reader. */
export class Ss7Stream {
  private readonly frames: StreamFrames;
  private readonly take: (payload: Payload) => void;

  constructor(frames: StreamFrames, take: (payload: Payload) => void) {
    this.frames = frames;
    this.take = take;
  }

  read(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    this.take(payload);
    this.frames.read(payload, joinedMidway, verdict);
  }
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

function isM2pa(payload: Payload): boolean {
  const { ppid } = payload;
  return (
    ppid === M2PA || ppid >>> 24 === M2PA || payload.sourcePort === M2PA_PORT || payload.destinationPort === M2PA_PORT
  );
}

/** Draft 2 does not count its header of 12 bytes. */
function isM2paDraft(payload: Payload, length: number): boolean {
  return isM2pa(payload) && Math.abs(length + 12 - (payload.end - payload.start)) <= PADDING;
}

/** By content; on its port (IANA) also what is about no phone, or damaged. */
function isSgsap({ data, start, end, sourcePort, destinationPort, cut }: Payload): boolean {
  if (looksLikeSgsap(data, start, end, cut)) return true;
  return (sourcePort === SGSAP_PORT || destinationPort === SGSAP_PORT) && beginsAsSgsap(data, start, end);
}

function isGsmtap({ data, start, end, sourcePort, destinationPort }: Payload): boolean {
  return (
    (sourcePort === GSMTAP_PORT || destinationPort === GSMTAP_PORT) &&
    end - start >= 16 &&
    data[start] === 2 &&
    data[start + 1] === 4
  );
}
