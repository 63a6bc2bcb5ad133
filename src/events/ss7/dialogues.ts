import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Payload } from '../../network/payload.ts';
import type { Bytes, SccpAddress, Ss7Message } from '../../ss7/message.ts';
import type { CaptureName } from '../capture-name.ts';
import { pack } from '../packed.ts';
import { touch } from '../span.ts';
import { earliest } from '../times.ts';
import { apply, hold, isTold, mergeDialogues, readdress, readHeld } from './dialogue-facts.ts';
import { IDENTIFIERS, identifierOf, Labels, labelOf, withLabel } from './labels.ts';
import type { Room } from './room.ts';
import type { DialogueState } from './state.ts';
import { COPY, type Held, type TieRules, Ties } from './ties.ts';

/** Message types of TCAP (ITU-T Q.773 table 2). */
const Tcap = { begin: 2, end: 4, continue: 5, abort: 7 } as const;

/** Mobility management numbering plan: an IMSI (E.212). */
const E212 = 6;
/** Seconds of silence after which a dialogue of MAP is given up; of CAP: a call without a message. */
const LONGEST_MAP = 600;
const LONGEST_CALL = 86_400;
/** Digests of addresses: 21 bits above the 32 of a transaction identifier. */
const DIGESTS = 0x1f_ffff;

/** A list without anything in it; it is replaced, never added to. */
const NONE: never[] = [];

const RULES: TieRules<DialogueState> = {
  limit: 'ss7Dialogues',
  isClosed: ({ closed }) => closed,
  linger: 2,
  silence: ({ invokes }) => {
    for (const { protocol } of invokes) if (protocol !== 'map') return LONGEST_CALL;
    return LONGEST_MAP;
  },
  merge: mergeDialogues,
  isSame: (state, s) => s - state.firstS <= COPY && !RULES.isClosed(state),
  tieOpens: true,
};

/** Messages and components of TCAP in, states of dialogues out. */
export class Dialogues {
  readonly table: Ties<DialogueState>;
  private readonly labels = new Labels();
  private readonly capture: CaptureName;
  private readonly room: Room;
  private last: Held<DialogueState> | null = null;
  private sender = 0;
  private receiver = 0;

  constructor(
    limits: Limits,
    counters: Counters,
    capture: CaptureName,
    isStitch: boolean,
    onEnd: (state: DialogueState) => void,
  ) {
    this.capture = capture;
    this.room = { limits, counters };
    this.table = new Ties(RULES, limits, counters, isStitch, (state) => {
      for (let i = 0; i < state.labels.length; i += 2) this.labels.delete(state.labels[i]!);
      // In a capture, an earlier one may yet tell what was not read.
      if (isStitch || isTold(state)) readHeld(state, this.room);
      onEnd(state);
    });
  }

  observe(message: Ss7Message, payload: Payload): void {
    // The components of a message come one after the other.
    const held = message.index > 0 ? this.last : this.locate(message, payload);
    this.last = held;
    if (held === null) return;
    if (message.index < 0) return;
    const { state } = held;
    const { seconds, nanoseconds } = payload;
    if (!isTold(state)) {
      hold(state, message, this.sender, this.receiver, seconds, nanoseconds, this.room);
      return;
    }
    readHeld(state, this.room);
    apply(state, message, this.sender, this.receiver, seconds, nanoseconds, this.room);
  }

  /**
   * A message of TCAP that SCCP could not deliver and gave back to who sent it (ITU-T Q.714 §4.2), in a UDTS, XUDTS or LUDTS, called party who
   * sent it: the dialogue that it was to begin never came to be, and what it asked for in one that was open is not done.
   */
  returned({ msu, sccp, tcap }: Ss7Message, payload: Payload): void {
    const { type, originating } = tcap;
    if ((type !== Tcap.begin && type !== Tcap.continue) || originating.end === originating.start) return;
    const { table } = this;
    const { seconds: s, nanoseconds: ns } = payload;
    // Whom it did not reach may go by another address on the way back.
    const own = keyOf(digestOf(sccp.called, msu.dpc), originating);
    const label = labelOf(own, msu.dpc, sccp.called.title.count > 0);
    const key = this.knownAs(own, label, s);
    let held = table.find(key, s);
    if (held === null) {
      held = table.insert(newDialogue(this.capture, payload));
      this.tie(held, key, label, false);
    } else {
      touch(held.state, payload);
    }
    const { state } = held;
    state.aborted = earliest(state.aborted, { s, ns });
    if (type !== Tcap.begin) return;
    state.closed = true;
    table.touched(held);
  }

  /** Puts the state of a capture in. */
  join(state: DialogueState): void {
    const { table } = this;
    const { key1, key2, opened1, opened2, firstS } = state;
    // States of earlier versions have neither.
    const labels = state.labels ?? NONE;
    state.charged ??= null;
    let one = opened1 ? key1 : this.knownByAny(key1, labels, firstS);
    let two = opened2 ? key2 : this.knownByAny(key2, labels, firstS);
    if (one >= 0 && two >= 0) {
      if (!opened2) two = this.pairOf(one, two, firstS);
      if (!opened1) one = this.pairOf(two, one, firstS);
    }
    readdress(state, digestIn(key1), digestIn(one));
    readdress(state, digestIn(key2), digestIn(two));
    const known: number[] = [];
    for (let i = 0; i < labels.length; i += 2) known.push(labels[i]!, labels[i + 1] === key1 ? one : two);
    state.labels = known;
    table.join(state, one, two, -1);
    for (let i = 0; i < known.length; i += 2) this.labels.add(known[i]!, known[i + 1]!);
  }

  /** The key by which a dialogue is open that the key of a message is of. */
  private knownAs(key: number, label: number, seconds: number): number {
    const { table } = this;
    if (key < 0 || table.find(key, seconds) !== null) return key;
    const known = this.labels.keyOf(label);
    return known >= 0 && table.find(known, seconds) !== null ? known : key;
  }

  private knownByAny(key: number, labels: DialogueState['labels'], seconds: number): number {
    for (let i = 0; i < labels.length; i += 2) {
      if (labels[i + 1] !== key) continue;
      const known = this.knownAs(key, labels[i]!, seconds);
      if (known !== key) return known;
    }
    return key;
  }

  /** The key of the other end of the dialogue of `key`, where it is of the same transaction as `far`; else `far`. */
  private pairOf(key: number, far: number, seconds: number): number {
    const state = this.table.find(key, seconds)?.state;
    if (state === undefined) return far;
    const other = state.key1 === key ? state.key2 : state.key1;
    return other >= 0 && identifierOf(other) === identifierOf(far) ? other : far;
  }

  private tie(held: Held<DialogueState>, key: number, label: number, opens: boolean): void {
    if (key < 0) return;
    const { state } = held;
    const isNew = state.key1 !== key && state.key2 !== key;
    this.table.tie(held, key, opens);
    if (!isNew || label < 0 || (state.key1 !== key && state.key2 !== key)) return;
    state.labels = withLabel(state.labels, label, key);
    this.labels.add(label, key);
  }

  private locate({ msu, sccp, tcap }: Ss7Message, payload: Payload): Held<DialogueState> | null {
    const { type, originating, destination } = tcap;
    if (type < Tcap.begin || tcap.ansi) return null;
    const { table } = this;
    const { seconds, nanoseconds } = payload;
    const opens = type === Tcap.begin;
    this.sender = digestOf(sccp.calling, msu.opc);
    this.receiver = digestOf(sccp.called, msu.dpc);
    let near = -1;
    let far = -1;
    let ofNear = -1;
    let ofFar = -1;
    if (originating.end > originating.start) {
      near = keyOf(this.sender, originating);
      ofNear = labelOf(near, msu.opc, sccp.calling.title.count > 0);
    }
    if (destination.end > destination.start) {
      far = keyOf(this.receiver, destination);
      ofFar = labelOf(far, msu.dpc, sccp.called.title.count > 0);
    }
    if (near < 0 && far < 0) return null;
    if (!opens) {
      near = this.knownAs(near, ofNear, seconds);
      far = this.knownAs(far, ofFar, seconds);
      if (near >= 0 && far >= 0) {
        far = this.pairOf(near, far, seconds);
        near = this.pairOf(far, near, seconds);
      }
      if (near >= 0) this.sender = digestIn(near);
      if (far >= 0) this.receiver = digestIn(far);
    }
    let held = near < 0 ? table.find(far, seconds) : table.resolve(near, far, opens, false, seconds, nanoseconds, -1);
    if (held === null) held = table.insert(newDialogue(this.capture, payload));
    else touch(held.state, payload);
    if (near >= 0) {
      this.tie(held, near, ofNear, opens);
      this.tie(held, far, ofFar, false);
    } else if (held.count === 0) {
      this.tie(held, far, ofFar, false);
    }
    const { state } = held;
    if (type === Tcap.end || type === Tcap.abort) {
      state.closed = true;
      if (type === Tcap.abort) state.aborted = earliest(state.aborted, { s: payload.seconds, ns: payload.nanoseconds });
      table.touched(held);
    }
    if (state.context < 0 && tcap.context >= 0) {
      state.context = tcap.context;
      state.contextVersion = tcap.contextVersion;
      state.contextArc = tcap.contextArc;
    }
    state.refused ||= tcap.refused;
    const { reference } = tcap;
    if (opens && reference.count > 0) {
      if (reference.plan === E212) {
        if (state.imsi === 0) state.imsi = pack(reference);
      } else if (state.msisdn === 0 && reference.plan === 1) {
        state.msisdn = pack(reference);
      }
    }
    return held;
  }
}

function newDialogue(capture: CaptureName, { seconds, nanoseconds, frame }: Payload): DialogueState {
  return {
    type: 'dialogue',
    firstS: seconds,
    firstNs: nanoseconds,
    firstFrame: frame,
    firstCapture: capture,
    lastS: seconds,
    lastNs: nanoseconds,
    lastFrame: frame,
    lastCapture: capture,
    key1: -1,
    key2: -1,
    opened1: false,
    opened2: false,
    labels: NONE,
    context: -1,
    contextVersion: -1,
    contextArc: -1,
    imsi: 0,
    msisdn: 0,
    imei: 0,
    calling: 0,
    called: 0,
    msc: 0,
    vlr: 0,
    sgsn: 0,
    cell: null,
    classmark: '',
    tmsi: '',
    invokes: NONE,
    replies: NONE,
    reports: NONE,
    elapsed: -1,
    charged: null,
    closed: false,
    aborted: null,
    refused: false,
    unread: NONE,
  };
}

/**
 * Digest of who sends or is sent to: the global title, which stands all the way, else the point code. Two that have the same are
 * told apart by their transaction identifiers, save when both use the same one at a time.
 */
function digestOf({ title, pointCode }: SccpAddress, ownPointCode: number): number {
  let hash = 0x811c9dc5;
  const { data, nibble, count } = title;
  if (count > 0) {
    for (let at = nibble; at < nibble + count; at++) {
      const byte = data[at >> 1]!;
      hash = Math.imul(hash ^ ((at & 1) === 0 ? byte & 15 : byte >> 4), 0x01000193);
    }
  } else {
    const code = pointCode >= 0 ? pointCode : ownPointCode;
    hash = Math.imul(hash ^ code ^ 0x4000_0000, 0x85ebca6b);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & DIGESTS;
}

function keyOf(digest: number, { data, start, end }: Bytes): number {
  let identifier = 0;
  for (let at = Math.max(start, end - 4); at < end; at++) identifier = identifier * 256 + data[at]!;
  return digest * IDENTIFIERS + identifier;
}

function digestIn(key: number): number {
  return Math.floor(key / IDENTIFIERS);
}
