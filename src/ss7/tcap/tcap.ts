import { hashBytes } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Stop } from '../../base/stop.ts';
import { clearDigits, createDigits } from '../digits.ts';
import {
  type Component,
  ComponentType,
  type Msu,
  NO_INVOKE,
  type Sccp,
  type SccpAddress,
  type Tcap,
} from '../message.ts';
import { clearBytes, createBytes, setBytes } from '../operation.ts';
import { createTlv, readInteger, readTlv, tlvStop } from './ber.ts';
import { ANSI_COMPONENTS, ANSI_PACKAGES, AnsiTag, readAnsiComponent, setAnsiTransactions } from './tcap-ansi.ts';
import { readDialogue } from './tcap-dialogue.ts';
import { TransactionTable } from './tcap-table.ts';

/** Message types of ITU-T Q.773 table 5, by the number in their tags. */
const TcapType = { unidirectional: 1, begin: 2, end: 4, continue: 5, abort: 7 } as const;

/** Tags of Q.773 §3.1 (APPLICATION class). */
const Tag = {
  unidirectional: 0x61,
  begin: 0x62,
  end: 0x64,
  continue: 0x65,
  abort: 0x67,
  originating: 0x48,
  destination: 0x49,
  abortCause: 0x4a,
  dialogue: 0x6b,
  components: 0x6c,
} as const;

/** P-AbortCause (Q.773 §3.1.4.1) of a side that knows no dialogue portion (3GPP TS 29.002 §16.1: incorrectTP). */
const INCORRECT_PORTION = 3;

const TYPE_NAMES: Record<number, string> = { 1: 'unidirectional', 2: 'begin', 4: 'end', 5: 'continue', 7: 'abort' };
/** ANSI T1.114.3 §3 names of the same. */
const PACKAGE_NAMES: Record<number, string> = {
  1: 'unidirectional',
  2: 'query',
  4: 'response',
  5: 'conversation',
  7: 'abort',
};

export function tcapTypeName(tcap: Tcap): string {
  return (tcap.ansi ? PACKAGE_NAMES : TYPE_NAMES)[tcap.type] ?? 'unknown';
}

export function createTcap(): Tcap {
  return {
    ansi: false,
    type: -1,
    originating: createBytes(),
    destination: createBytes(),
    context: -1,
    contextVersion: -1,
    contextArc: -1,
    refused: false,
    reference: createDigits(),
    referenceNumber: createDigits(),
  };
}

export function createComponent(): Component {
  return { type: -1, invokeId: NO_INVOKE, linkedId: NO_INVOKE, opcode: -1, error: -1, parameter: createBytes() };
}

const LAYER = 'tcap';
/** Key of what is remembered of a transaction as a whole; invoke identifiers are below it. */
const WHOLE = 0xfff;
const tlv = createTlv();

/** Reads TCAP messages, and remembers of each transaction its application context and the operations that were invoked. */
export class TcapReader {
  /** Where the component that is being handed over stopped; null where it was read to its end. */
  stop: Stop | null = null;
  private readonly counters: Counters;
  private readonly invokes: TransactionTable;
  private readonly dialogues: TransactionTable;

  constructor(limits: Limits, counters: Counters) {
    this.counters = counters;
    this.invokes = new TransactionTable(limits.tcapInvokes, () => add(counters.dropped, 'tcapInvokes'));
    this.dialogues = new TransactionTable(limits.tcapDialogues, () => add(counters.dropped, 'tcapDialogues'));
  }

  /**
   * Reads the user data of `sccp` into `tcap`, and calls `each` for each component with its number, read into `component`; once
   * with -1 where there is none. What is no TCAP has `tcap.type` -1 and no call.
   */
  read(
    msu: Msu,
    sccp: Sccp,
    seconds: number,
    tcap: Tcap,
    component: Component,
    each: (index: number) => void,
  ): Stop | null {
    const { data, start } = sccp;
    clearTcap(tcap);
    this.stop = null;
    if (!readTlv(data, start, sccp.end, tlv)) return this.ended(tlvStop(LAYER, start, sccp.end, tlv));
    const ansi = ANSI_PACKAGES[tlv.tag];
    const type = ansi ?? typeOf(tlv.tag);
    if (type === undefined) {
      return this.ended({ layer: LAYER, offset: 0, need: 1, have: sccp.end - start, reason: 'message type' });
    }
    tcap.type = type;
    tcap.ansi = ansi !== undefined;
    let stop = tlv.missing > 0 ? tlvStop(LAYER, start, sccp.end, tlv) : null;
    const { end } = tlv;
    let from = 0;
    let to = 0;
    for (let at = tlv.start; at < end; at = tlv.next) {
      if (!readTlv(data, at, end, tlv)) {
        stop ??= tlvStop(LAYER, start, end, tlv);
        break;
      }
      const whole = tlv.missing === 0;
      if (!whole) stop ??= tlvStop(LAYER, start, end, tlv);
      switch (tlv.tag) {
        case Tag.originating:
          if (whole) setTransaction(tcap.originating, data, tlv.start, tlv.end);
          break;
        case Tag.destination:
          if (whole) setTransaction(tcap.destination, data, tlv.start, tlv.end);
          break;
        case Tag.abortCause:
          if (whole) tcap.refused = readInteger(data, tlv.start, tlv.end) === INCORRECT_PORTION;
          break;
        case AnsiTag.transactions:
          if (whole && tcap.ansi) setAnsiTransactions(tcap, data, tlv.start, tlv.end);
          break;
        case Tag.dialogue: {
          const inner = readDialogue(data, tlv.start, tlv.end, start, tcap);
          stop ??= inner;
          break;
        }
        case Tag.components:
        case AnsiTag.components:
          from = tlv.start;
          to = tlv.end;
          break;
      }
    }
    this.rememberDialogue(msu, sccp, seconds, tcap);
    return this.ended(this.components(msu, sccp, seconds, tcap, component, from, to, stop, each));
  }

  private components(
    msu: Msu,
    sccp: Sccp,
    seconds: number,
    tcap: Tcap,
    component: Component,
    from: number,
    to: number,
    stop: Stop | null,
    each: (index: number) => void,
  ): Stop | null {
    const { data, start } = sccp;
    let index = 0;
    for (let at = from; at < to; index++) {
      clearComponent(component);
      if (!readTlv(data, at, to, tlv)) {
        this.stop = stop ?? tlvStop(LAYER, start, to, tlv);
        each(index);
        return this.stop;
      }
      at = tlv.next;
      if (tlv.missing > 0) stop ??= tlvStop(LAYER, start, to, tlv);
      const type = tcap.ansi ? ANSI_COMPONENTS[tlv.tag] : componentOf(tlv.tag);
      if (type === undefined) {
        stop ??= { layer: LAYER, offset: tlv.at - start, need: 1, have: to - tlv.at, reason: 'component type' };
      } else {
        component.type = type;
        const inner = tcap.ansi
          ? readAnsiComponent(data, tlv.start, tlv.end, start, component)
          : readComponent(data, tlv.start, tlv.end, start, component);
        stop ??= inner;
        this.tieInvoke(msu, sccp, seconds, tcap, component);
      }
      this.stop = at >= to ? stop : null;
      each(index);
    }
    if (index === 0) {
      clearComponent(component);
      this.stop = stop;
      each(-1);
    }
    return stop;
  }

  /** An invoke is remembered under the identifier its sender gave the transaction, which is where its result goes. */
  private tieInvoke(msu: Msu, sccp: Sccp, seconds: number, tcap: Tcap, component: Component): void {
    const { type, invokeId, opcode } = component;
    if (invokeId === NO_INVOKE) return;
    if (type === ComponentType.invoke) {
      const { originating } = tcap;
      if (originating.end === originating.start || opcode < 0) return;
      this.invokes.set(
        idOf(originating.data, originating.start, originating.end),
        numberOf(originating.end - originating.start, invokeId),
        ownerOf(sccp.calling, msu.opc),
        opcode,
        seconds,
      );
      return;
    }
    const { destination } = tcap;
    if (destination.end === destination.start) return;
    const invoked = this.invokes.get(
      idOf(destination.data, destination.start, destination.end),
      numberOf(destination.end - destination.start, invokeId),
      ownerOf(sccp.called, msu.dpc),
      type !== ComponentType.resultNotLast,
    );
    if (opcode < 0) component.opcode = invoked;
  }

  /** The context is kept under the identifiers of both ends, because an end gives only one of them. */
  private rememberDialogue(msu: Msu, sccp: Sccp, seconds: number, tcap: Tcap): void {
    if (tcap.ansi) return;
    const { originating, destination } = tcap;
    const hasOriginating = originating.end > originating.start;
    const hasDestination = destination.end > destination.start;
    if (tcap.context < 0 && hasDestination) {
      const id = idOf(destination.data, destination.start, destination.end);
      const number = numberOf(destination.end - destination.start, WHOLE);
      const ends = tcap.type === TcapType.end || tcap.type === TcapType.abort;
      const found = this.dialogues.get(id, number, ownerOf(sccp.called, msu.dpc), ends);
      if (found > 0) {
        tcap.context = (found >> 8) & 0xff;
        tcap.contextVersion = found & 0xff;
        tcap.contextArc = (found >> 16) - 1;
      }
    }
    if (!hasOriginating) return;
    const id = idOf(originating.data, originating.start, originating.end);
    const number = numberOf(originating.end - originating.start, WHOLE);
    const owner = ownerOf(sccp.calling, msu.opc);
    if (tcap.context >= 0) {
      const value = ((tcap.contextArc + 1) << 16) | (tcap.context << 8) | tcap.contextVersion;
      this.dialogues.set(id, number, owner, value, seconds);
    } else if (tcap.type === TcapType.begin && this.dialogues.get(id, number, owner, false) > 0) {
      // The identifier is used again, without a context (MAP version 1).
      this.dialogues.set(id, number, owner, 0, seconds);
    }
  }

  private ended(stop: Stop | null): Stop | null {
    if (stop !== null) add(this.counters.anomalies, `tcap ${stop.reason}`);
    return stop;
  }
}

function typeOf(tag: number): number | undefined {
  switch (tag) {
    case Tag.begin:
    case Tag.continue:
    case Tag.end:
    case Tag.abort:
    case Tag.unidirectional:
      return tag - 0x60;
  }
  return undefined;
}

/**
 * Reads the type and the transaction identifiers of a message in data [start, end) that its sender got back: nobody says it again, so that
 * nothing of it is remembered. `tcap.type` is -1 where it is no TCAP of ITU.
 */
export function readReturned(data: Buffer, start: number, end: number, tcap: Tcap): void {
  clearTcap(tcap);
  if (!readTlv(data, start, end, tlv)) return;
  const { end: last } = tlv;
  tcap.type = typeOf(tlv.tag) ?? -1;
  if (tcap.type < 0) return;
  for (let at = tlv.start; at < last && readTlv(data, at, last, tlv) && tlv.missing === 0; at = tlv.next) {
    if (tlv.tag === Tag.originating) setTransaction(tcap.originating, data, tlv.start, tlv.end);
    else if (tlv.tag === Tag.destination) setTransaction(tcap.destination, data, tlv.start, tlv.end);
    else return;
  }
}

/** Components of Q.773 §3.3: invoke a1, returnResultLast a2, returnError a3, reject a4, returnResultNotLast a7. */
function componentOf(tag: number): number | undefined {
  return (tag >= 0xa1 && tag <= 0xa4) || tag === 0xa7 ? tag - 0xa0 : undefined;
}

/** One component of Q.773 §3.3, from its contents. */
function readComponent(data: Buffer, from: number, to: number, base: number, out: Component): Stop | null {
  let at = from;
  let end = to;
  let read = false;
  for (; at < end; at = tlv.next) {
    if (!readTlv(data, at, end, tlv)) return tlvStop(LAYER, base, end, tlv);
    if (tlv.missing > 0) {
      // A parameter cut short is handed over as far as it is there; the SEQUENCE of a result is entered.
      if (tlv.tag === 0x30 && isResult(out.type) && out.opcode < 0) {
        end = tlv.end;
        tlv.next = tlv.start;
        continue;
      }
      if (tlv.tag > 0x02 && (out.opcode >= 0 || out.error >= 0)) setBytes(out.parameter, data, at, end);
      return tlvStop(LAYER, base, end, tlv);
    }
    if (!read) {
      // Invoke identifier; NULL in a reject of what could not be read.
      if (tlv.tag === 0x02) out.invokeId = readInteger(data, tlv.start, tlv.end);
      read = true;
    } else if (tlv.tag === 0x80 && out.type === ComponentType.invoke && out.opcode < 0) {
      out.linkedId = readInteger(data, tlv.start, tlv.end);
    } else if (tlv.tag === 0x30 && isResult(out.type) && out.opcode < 0) {
      end = tlv.end;
      tlv.next = tlv.start;
    } else if (tlv.tag === 0x02 && out.opcode < 0 && out.error < 0) {
      const code = readInteger(data, tlv.start, tlv.end);
      if (out.type === ComponentType.error) out.error = code;
      else out.opcode = code;
      setBytes(out.parameter, data, tlv.next, end);
      return null;
    } else if (tlv.tag === 0x06 || out.type === ComponentType.reject) {
      // Global operation codes are no one's here; the problem of a reject is its parameter.
      const start = tlv.tag === 0x06 ? tlv.next : tlv.at;
      setBytes(out.parameter, data, start, end);
      return null;
    }
  }
  return null;
}

function isResult(type: number): boolean {
  return type === ComponentType.result || type === ComponentType.resultNotLast;
}

function clearTcap(tcap: Tcap): void {
  tcap.ansi = false;
  tcap.type = -1;
  clearBytes(tcap.originating);
  clearBytes(tcap.destination);
  tcap.context = -1;
  tcap.contextVersion = -1;
  tcap.contextArc = -1;
  tcap.refused = false;
  clearDigits(tcap.reference);
  clearDigits(tcap.referenceNumber);
}

function clearComponent(component: Component): void {
  component.type = -1;
  component.invokeId = NO_INVOKE;
  component.linkedId = NO_INVOKE;
  component.opcode = -1;
  component.error = -1;
  clearBytes(component.parameter);
}

/** Transaction identifiers have 1 to 4 octets (Q.773 §3.1.1). */
function setTransaction(into: Tcap['originating'], data: Buffer, start: number, end: number): void {
  setBytes(into, data, start, Math.min(end, start + 4));
}

function idOf(data: Buffer, start: number, end: number): number {
  let id = 0;
  for (let at = start; at < end; at++) id = (id << 8) | data[at]!;
  return id;
}

function numberOf(octets: number, number: number): number {
  return (octets << 12) | (number & 0xfff);
}

/** Who an address is: its global title, else the point code. */
function ownerOf(address: SccpAddress, pointCode: number): number {
  const { title } = address;
  if (title.count === 0) return pointCode | 0;
  return hashBytes(title.data, title.nibble >> 1, (title.nibble + title.count) >> 1);
}
