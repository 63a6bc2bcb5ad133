import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import type { Stop } from '../base/stop.ts';
import type { Payload } from '../network/payload.ts';
import { createDiameter, readDiameter } from './diameter/diameter.ts';
import { createIsup, readIsup, readIsupBody } from './isup/isup.ts';
import type { LooseMsu } from './link/loose-msu.ts';
import { createMsu } from './link/mtp3.ts';
import {
  type Msu,
  type Sccp,
  ServiceIndicator,
  type Ss7Message,
  type Ss7Protocol,
  type Ss7VariantId,
} from './message.ts';
import { createOperation } from './operation.ts';
import { createRadio, readBssap } from './radio/bssap.ts';
import { readRanap } from './radio/ranap.ts';
import { createSgsap, readSgsap } from './radio/sgsap.ts';
import { ConnectionUsers } from './sccp/connections.ts';
import { createSccp, SccpReader } from './sccp/sccp.ts';
import { isTcapTag } from './sccp/sccp-cut.ts';
import { isReturned, SccpType } from './sccp/sccp-messages.ts';
import type { Segment } from './sccp/sccp-segments.ts';
import { CAP_SUBSYSTEM, capOperationName, isCapContext, readCap } from './tcap/cap.ts';
import { INAP_SUBSYSTEMS, isInapContext, readInap } from './tcap/inap.ts';
import { mapOperationName, readMap } from './tcap/map.ts';
import { createComponent, createTcap, readReturned, TcapReader } from './tcap/tcap.ts';

/** Given each message or component as a view: valid only during the call. */
export type Ss7MessageHandler = (message: Ss7Message, payload: Payload, duplicate: boolean) => void;

/** Subsystem numbers of users that are not TCAP's (Q.713 §3.4.2.2, 3GPP TS 23.003 §8.2). */
const Subsystem = { management: 1, ranap: 142, bssap: 254 } as const;
/** MAP: HLR 6, VLR 7, MSC 8, EIR 9, AuC 10, GMLC 145, gsmSCF 147, SIWF 148, SGSN 149, GGSN 150, and 5 as a whole (23.003 §8.2). */
const MAP_SUBSYSTEMS = [5, 6, 7, 8, 9, 10, 145, 147, 148, 149, 150];

/** Who is above SCCP. */
const User = { none: 0, bssap: 1, ranap: 2 } as const;
/** Whose operations TCAP carries. */
const Operations = { unknown: 0, map: 1, cap: 2, inap: 3 } as const;

/** User parts that are named and not read (Q.704 §14.2.1). */
const OTHER_USERS: Record<number, string> = { 4: 'tup', 6: 'dup', 7: 'dup', 9: 'b-isup', 10: 's-isup' };

/** The readers that remember. Copies have their own: a segment or an invoke that is seen twice was sent once. */
interface Readers {
  sccp: SccpReader;
  tcap: TcapReader;
}

/** Reads the user parts of message signal units: SCCP, ISUP, BICC and what is above them. */
export class Ss7Users {
  readonly message: Ss7Message = {
    protocol: 'mtp3',
    msu: createMsu(),
    sccp: createSccp(),
    isup: createIsup(),
    tcap: createTcap(),
    component: createComponent(),
    index: -1,
    operation: createOperation(),
    radio: createRadio(),
    diameter: createDiameter(),
    sgsap: createSgsap(),
    stop: null,
  };
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly onMessage: Ss7MessageHandler;
  private readonly connections = new ConnectionUsers();
  /** Whose operations a subsystem number stands for: the standard's, and what application contexts taught. */
  private readonly operations = new Uint8Array(256);
  private readonly originals: Readers;
  private copies: Readers | null = null;
  private readonly tallies: Record<Ss7Protocol, number> = {
    mtp3: 0,
    m3ua: 0,
    sua: 0,
    sccp: 0,
    isup: 0,
    bicc: 0,
    tcap: 0,
    map: 0,
    cap: 0,
    inap: 0,
    bssap: 0,
    ranap: 0,
    diameter: 0,
    sgsap: 0,
  };
  private duplicates = 0;
  private payload!: Payload;
  private duplicate = false;
  private replaying = false;
  private reader: TcapReader;

  constructor(limits: Limits, counters: Counters, onMessage: Ss7MessageHandler) {
    this.limits = limits;
    this.counters = counters;
    this.onMessage = onMessage;
    this.originals = this.createReaders();
    this.reader = this.originals.tcap;
    for (const subsystem of MAP_SUBSYSTEMS) this.operations[subsystem] = Operations.map;
    for (const subsystem of INAP_SUBSYSTEMS) this.operations[subsystem] = Operations.inap;
    this.operations[CAP_SUBSYSTEM] = Operations.cap;
  }

  /** Reads the user part in `message.msu`. Returns where it stopped. */
  read(payload: Payload, duplicate: boolean): Stop | null {
    const { message } = this;
    const { msu, isup } = message;
    this.begin(payload, duplicate);
    const { serviceIndicator } = msu;
    switch (serviceIndicator) {
      case ServiceIndicator.sccp: {
        const stop = this.readers().sccp.read(msu, payload.seconds, message.sccp, payload);
        this.readSccp(stop);
        return stop;
      }
      case ServiceIndicator.isup:
      case ServiceIndicator.bicc: {
        const bicc = serviceIndicator === ServiceIndicator.bicc;
        const stop = readIsup(msu.data, msu.start, msu.end, msu.variant, bicc, isup);
        if (stop !== null) add(this.counters.anomalies, `${stop.layer} ${stop.reason}`);
        this.deliver(bicc ? 'bicc' : 'isup', stop);
        return stop;
      }
      default: {
        const name = OTHER_USERS[serviceIndicator];
        if (name !== undefined) this.notRead(name);
        return null;
      }
    }
  }

  /** Reads what is above an SCCP message that stands in `message.sccp` already, put together with the `segment`s before it. */
  readSua(payload: Payload, duplicate: boolean, stop: Stop | null, segment: Segment): void {
    this.begin(payload, duplicate);
    const { sccp } = this.readers();
    if (stop === null) sccp.join(segment, this.message.msu, payload.seconds, payload);
    else if (segment.more || segment.segmentation >= 0) this.message.sccp.segment = true;
    this.readSccp(stop, 'sua');
  }

  /** Reads a segment that another instance kept, in `message.msu`, of SUA in `message.sccp` too. What it says by itself was said there. */
  replay(payload: Payload, segment: Segment | null, stop: Stop | null): void {
    this.replaying = true;
    this.originals.sccp.continues();
    if (segment === null) this.read(payload, false);
    else this.readSua(payload, false, stop, segment);
    this.replaying = false;
  }

  /** Reads an ISUP message in a SIP body (RFC 3204), data [start, end): it has no circuit and no point codes. */
  readBody(
    data: Buffer,
    start: number,
    end: number,
    variant: Ss7VariantId,
    payload: Payload,
    duplicate: boolean,
  ): void {
    const { msu, isup } = this.message;
    msu.data = data;
    msu.start = start;
    msu.end = end;
    msu.variant = variant;
    msu.opc = -1;
    msu.dpc = -1;
    msu.sls = -1;
    msu.networkIndicator = -1;
    msu.serviceIndicator = ServiceIndicator.isup;
    this.begin(payload, duplicate);
    const stop = readIsupBody(data, start, end, variant, isup);
    if (stop !== null) add(this.counters.anomalies, `isup ${stop.reason}`);
    this.deliver('isup', stop);
  }

  /** Reads the message of Diameter in `message.msu`, which has no point codes. */
  readDiameter(payload: Payload, duplicate: boolean): void {
    const { msu, diameter } = this.message;
    this.begin(payload, duplicate);
    const stop = readDiameter(msu.data, msu.start, msu.end, diameter);
    if (stop !== null && !payload.cut) add(this.counters.anomalies, `diameter ${stop.reason}`);
    this.deliver('diameter', stop);
  }

  /** Reads the message of SGsAP in `message.msu`, which has no point codes. */
  readSgsap(payload: Payload, duplicate: boolean): void {
    const { msu, sgsap } = this.message;
    this.begin(payload, duplicate);
    const stop = readSgsap(msu.data, msu.start, msu.end, sgsap);
    if (stop !== null && !payload.cut) add(this.counters.anomalies, `${stop.layer} ${stop.reason}`);
    this.deliver('sgsap', stop);
  }

  /** The segments that a capture alone could not put together. */
  looseEnds(): LooseMsu[] {
    return this.originals.sccp.looseEnds();
  }

  /** Counts what is named and passed over. */
  notRead(name: string): void {
    add(this.counters.messages, `not decoded ${name}`);
  }

  /** Writes the counts into the counters. */
  finish(): void {
    const { messages } = this.counters;
    let all = 0;
    for (const [name, count] of Object.entries(this.tallies) as [Ss7Protocol, number][]) {
      if (count > 0) add(messages, name, count);
      all += count;
      this.tallies[name] = 0;
    }
    if (all > 0) add(messages, 'ss7', all);
    if (this.duplicates > 0) add(messages, 'duplicate', this.duplicates);
    this.duplicates = 0;
  }

  private begin(payload: Payload, duplicate: boolean): void {
    this.payload = payload;
    this.duplicate = duplicate;
    this.message.index = -1;
  }

  private createReaders(): Readers {
    return { sccp: new SccpReader(this.limits, this.counters), tcap: new TcapReader(this.limits, this.counters) };
  }

  private readers(): Readers {
    let readers = this.originals;
    if (this.duplicate) {
      this.copies ??= this.createReaders();
      readers = this.copies;
    }
    this.reader = readers.tcap;
    return readers;
  }

  private readSccp(stop: Stop | null, layer: 'sccp' | 'sua' = 'sccp'): void {
    const { message } = this;
    const { msu, sccp, radio } = message;
    const { start, end } = sccp;
    if (this.replaying && sccp.data === msu.data) return;
    const isBack = isReturned(sccp.type);
    if (isBack) readReturned(sccp.data, start, end, message.tcap);
    if (start >= end || sccp.segment || isBack) {
      this.learnConnection(msu, sccp, User.none);
      this.deliver(layer, stop);
      return;
    }
    const { data } = sccp;
    // TCAP has the tags of the APPLICATION class, of ANSI the PRIVATE class, constructed; no other user has them in its first byte.
    if (isTcapTag(data[start])) {
      const read = this.reader.read(msu, sccp, this.payload.seconds, message.tcap, message.component, this.onComponent);
      if (message.tcap.type >= 0) {
        if (message.tcap.ansi) this.notRead('ansi-map');
        return;
      }
      this.deliver(layer, stop ?? read);
      return;
    }
    const user = this.radioUser(msu, sccp, stop !== null || this.payload.cut);
    this.learnConnection(msu, sccp, user);
    if (user === User.none) {
      if (layer === 'sccp' && !this.duplicate && (sccp.type === SccpType.DT1 || sccp.type === SccpType.DT2))
        this.originals.sccp.headless(msu, this.payload);
      this.deliver(layer, stop);
      return;
    }
    const ranap = user === User.ranap;
    const inner = ranap ? readRanap(data, start, end, radio) : readBssap(data, start, end, radio);
    if (inner !== null && stop === null) add(this.counters.anomalies, `${inner.layer} ${inner.reason}`);
    this.deliver(ranap ? 'ranap' : 'bssap', inner ?? stop);
  }

  private readonly onComponent = (index: number): void => {
    const { message } = this;
    const { tcap, component, operation } = message;
    message.index = index;
    let { stop } = this.reader;
    if (index < 0 || tcap.ansi || component.type < 0) {
      this.deliver('tcap', stop);
      return;
    }
    let inner: Stop | null;
    let protocol: 'map' | 'cap' | 'inap';
    switch (this.operationsOf()) {
      case Operations.cap:
        protocol = 'cap';
        inner = readCap(component, tcap, operation);
        break;
      case Operations.inap:
        protocol = 'inap';
        inner = readInap(component, operation);
        break;
      default:
        protocol = 'map';
        inner = readMap(component, tcap, operation);
    }
    if (inner !== null && stop === null) {
      add(this.counters.anomalies, `${inner.layer} ${inner.reason}`);
      stop = inner;
    }
    this.deliver(protocol, stop);
  };

  /** Whose operations the component in hand has: by application context, by subsystem number, by operation code. */
  private operationsOf(): number {
    const { tcap, sccp, component } = this.message;
    const { operations } = this;
    const called = sccp.called.ssn;
    const calling = sccp.calling.ssn;
    if (tcap.context >= 0) {
      const found = isCapContext(tcap) ? Operations.cap : isInapContext(tcap) ? Operations.inap : Operations.map;
      if (called >= 0 && operations[called] === Operations.unknown) operations[called] = found;
      if (calling >= 0 && operations[calling] === Operations.unknown) operations[calling] = found;
      return found;
    }
    const ofCalled = called < 0 ? Operations.unknown : operations[called];
    const ofCalling = calling < 0 ? Operations.unknown : operations[calling];
    // An MSC speaks CAP under its own number too, a service control point only under CAP's.
    const known = Math.max(ofCalled, ofCalling);
    if (known !== Operations.unknown) return known;
    const { opcode } = component;
    return opcode >= 0 && mapOperationName(opcode) === null && capOperationName(opcode) !== null
      ? Operations.cap
      : Operations.map;
  }

  /** BSSAP or RANAP, by content, by subsystem number where content says neither or both, by what its connection began with. */
  private radioUser(msu: Msu, sccp: Sccp, cut: boolean): number {
    const { data, start, end } = sccp;
    const bssap = looksLikeBssap(data, start, end, cut);
    const ranap = looksLikeRanap(data, start, end, cut);
    if (bssap !== ranap) return bssap ? User.bssap : User.ranap;
    const { called, calling } = sccp;
    // As BSSAP it would be a BLOCK or no message at all, which no connection carries (48.008 §3.2.2.1).
    if (ranap && (sccp.sourceReference >= 0 || sccp.destinationReference >= 0)) return User.ranap;
    if (called.ssn === Subsystem.management || calling.ssn === Subsystem.management) return User.none;
    if (called.ssn === Subsystem.bssap || calling.ssn === Subsystem.bssap) return User.bssap;
    if (called.ssn === Subsystem.ranap || calling.ssn === Subsystem.ranap) return User.ranap;
    const known = sccp.destinationReference < 0 ? User.none : this.connections.get(msu.dpc, sccp.destinationReference);
    if (known !== User.none) return known;
    return bssap ? User.bssap : User.none;
  }

  /** CR gives the user by subsystem number or content; CC ties the reference of the other end to it. */
  private learnConnection(msu: Msu, sccp: Sccp, user: number): void {
    if (sccp.type === SccpType.CR) {
      const { ssn } = sccp.called;
      if (ssn === Subsystem.ranap) user = User.ranap;
      else if (ssn === Subsystem.bssap) user = User.bssap;
    } else if (sccp.type === SccpType.CC) {
      if (user === User.none) user = this.connections.get(msu.dpc, sccp.destinationReference);
    } else return;
    if (user !== User.none) this.connections.set(msu.opc, sccp.sourceReference, user);
  }

  private deliver(protocol: Ss7Protocol, stop: Stop | null): void {
    const { message } = this;
    message.protocol = protocol;
    message.stop = stop;
    // The components of a message of TCAP come one after the other.
    if (message.index <= 0) this.tallies[protocol]++;
    if (this.duplicate) this.duplicates++;
    this.onMessage(message, this.payload, this.duplicate);
  }
}

/** 3GPP TS 48.006 §9.3: discrimination 0 and length (BSSMAP), or 1, DLCI and length (DTAP). */
function looksLikeBssap(data: Buffer, start: number, end: number, cut: boolean): boolean {
  const dtap = data[start] === 1;
  if (!dtap && data[start] !== 0) return false;
  const body = start + (dtap ? 3 : 2);
  if (body >= end) return false;
  const stop = body + data[body - 1];
  return cut ? stop >= end : stop === end;
}

/** 3GPP TS 25.413 §9.3.2, aligned PER: choice of PDU, procedure code, criticality, length of what follows. */
function looksLikeRanap(data: Buffer, start: number, end: number, cut: boolean): boolean {
  if (end - start < 4 || (data[start] & 0x9f) !== 0 || (data[start + 2] & 0x3f) !== 0 || data[start + 2] === 0xc0)
    return false;
  const length = data[start + 3];
  const stop =
    length < 0x80 ? start + 4 + length : length < 0xc0 ? start + 5 + (((length & 0x3f) << 8) | data[start + 4]) : end;
  return cut ? stop >= end : stop === end;
}
