import { hashBytes } from '../../base/bytes.ts';
import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Payload } from '../../network/payload.ts';
import type { Sgsap } from '../../ss7/message.ts';
import { RpType } from '../../ss7/radio/nas-sms.ts';
import { SgsapType } from '../../ss7/radio/sgsap-names.ts';
import type { CaptureName } from '../capture-name.ts';
import { pack, packBytes, packCell } from '../packed.ts';
import { touch } from '../span.ts';
import { knownEquipment } from './claims.ts';
import { mergeConnections } from './connection-merge.ts';
import { newConnection } from './connections.ts';
import { takeEquipment } from './mobility.ts';
import type { Room } from './room.ts';
import { type ConnectionState, Did, note, Seen } from './state.ts';
import { GUARD, type TieRules, Ties } from './ties.ts';
import { areaOf, registerAt, type Tmsis } from './tmsis.ts';
import { Discriminator, takeShortMessage } from './transactions.ts';

/**
 * What a phone and the exchange have to do with each other over SGs, each kind in a state of its own: there are no connections that would
 * hold together what belongs together (3GPP TS 29.118 clause 5). A phone sends one short message at a time, and is sent one; a page is of the
 * message or call that follows it.
 */
const Kind = { update: 0, detach: 1, fromPhone: 2, toPhone: 3 } as const;
type KindId = (typeof Kind)[keyof typeof Kind];

/** Seconds in which an answer comes, or none does. */
const LONGEST = 60;

/** Keys of one kind: an IMSI as packed digits is below. */
const KIND_KEYS = 2 ** 51;

/** Ends of the interface, in place of point codes. */
const PHONE = 0;
const NETWORK = 1;

/** Location updating types (24.008 §10.5.3.5) by EPS location update type (29.118 §9.4.2): 1 attach, 2 normal. */
const LU_TYPES: Readonly<Record<number, number>> = { 1: 2, 2: 0 };
/** Service indicator (29.118 §9.4.17): a call, for which the phone leaves 4G. */
const CALL = 1;
/** IMSI detach from EPS services by the phone (29.118 §9.4.7). */
const BY_PHONE_FROM_EPS = 2;
/** IMSI detach from other services by the network, which misses the phone (29.118 §9.4.8); the other types are the phone's. */
const BY_NETWORK = 3;

/** Message type of CP-ACK (24.011 §8.1.3). */
const CP_ACK = 4;

/** Messages of the node that serves the phone (29.118 §8); the register sends the others. */
const UP: ReadonlySet<number> = new Set([
  SgsapType.pagingReject,
  SgsapType.serviceRequest,
  SgsapType.uplinkUnitdata,
  SgsapType.locationUpdateRequest,
  SgsapType.epsDetachIndication,
  SgsapType.imsiDetachIndication,
  SgsapType.ueUnreachable,
]);

const RULES: TieRules<ConnectionState> = {
  limit: 'ss7Connections',
  isClosed: ({ marks, transactions }) =>
    marks[Seen.closed] !== null ||
    marks[Seen.updateAccept] !== null ||
    marks[Seen.updateReject] !== null ||
    transactions.some((each) => each.marks[Did.success] !== null || each.marks[Did.failure] !== null),
  linger: 10,
  silence: () => LONGEST,
  merge: mergeConnections,
  // Sent again without an answer (timers Ts8 and Ts9 of 29.118 clause 10: 4 s). What is later would not be seen to be so across a cut.
  isSame: (state, s) => s - state.lastS <= GUARD && !RULES.isClosed(state),
  tieOpens: false,
};

/** Messages of SGsAP in, states of what phones do out, as those of connections are. */
export class SgsProcedures {
  readonly table: Ties<ConnectionState>;
  private readonly capture: CaptureName;
  private readonly room: Room;
  private readonly tmsis: Tmsis;

  constructor(
    limits: Limits,
    counters: Counters,
    capture: CaptureName,
    tmsis: Tmsis,
    isStitch: boolean,
    onEnd: (state: ConnectionState) => void,
  ) {
    this.capture = capture;
    this.room = { limits, counters };
    this.tmsis = tmsis;
    this.table = new Ties(RULES, limits, counters, isStitch, onEnd);
  }

  /** Puts the state of a capture in. */
  join(state: ConnectionState): void {
    this.table.join(state, state.key1, -1, -1);
    const held = this.table.find(state.key1, state.firstS);
    if (held !== null) this.learn(held.state);
  }

  observe(sgsap: Sgsap, payload: Payload): void {
    const imsi = pack(sgsap.imsi);
    if (typeof imsi !== 'number' || imsi <= 0) return;
    const { seconds: s, nanoseconds: ns } = payload;
    switch (sgsap.type) {
      case SgsapType.locationUpdateRequest:
        this.change(Kind.update, imsi, true, sgsap, payload, (state) => {
          note(state.marks, Seen.update, s, ns, PHONE, -1);
          state.isUpdate = true;
          if (state.luType < 0) state.luType = LU_TYPES[sgsap.updateType] ?? -1;
          state.cell ??= packCell(sgsap.area);
        });
        break;
      case SgsapType.locationUpdateAccept:
        this.change(Kind.update, imsi, false, sgsap, payload, (state) => {
          const { area, tmsi } = sgsap;
          note(state.marks, Seen.updateAccept, s, ns, NETWORK, -1);
          if (state.newArea < 0) state.newArea = areaOf(area.mcc, area.mnc, area.lac);
          if (state.newTmsi < 0) state.newTmsi = tmsi;
          this.learn(state);
        });
        break;
      case SgsapType.locationUpdateReject:
        this.change(Kind.update, imsi, false, sgsap, payload, (state) =>
          note(state.marks, Seen.updateReject, s, ns, NETWORK, sgsap.reject),
        );
        break;
      case SgsapType.epsDetachIndication:
      case SgsapType.imsiDetachIndication: {
        const { type, detachType } = sgsap;
        const isByPhone =
          type === SgsapType.epsDetachIndication ? detachType === BY_PHONE_FROM_EPS : detachType !== BY_NETWORK;
        this.change(Kind.detach, imsi, true, sgsap, payload, (state) =>
          note(state.marks, Seen.detach, s, ns, isByPhone ? PHONE : NETWORK, -1),
        );
        break;
      }
      case SgsapType.epsDetachAck:
      case SgsapType.imsiDetachAck:
        this.change(Kind.detach, imsi, false, sgsap, payload, close);
        break;
      case SgsapType.pagingRequest:
        if (sgsap.tmsi >= 0) this.tmsis.page(registerOf(payload, false), sgsap.tmsi, imsi, payload);
        this.change(Kind.toPhone, imsi, true, sgsap, payload, () => undefined);
        break;
      case SgsapType.pagingReject:
      case SgsapType.ueUnreachable:
        this.change(Kind.toPhone, imsi, false, sgsap, payload, close);
        break;
      case SgsapType.serviceRequest:
        this.change(Kind.toPhone, imsi, false, sgsap, payload, sgsap.service === CALL ? close : () => undefined);
        break;
      case SgsapType.uplinkUnitdata:
      case SgsapType.downlinkUnitdata:
        this.takeNas(imsi, sgsap, payload);
        break;
      default:
    }
  }

  private learn(state: ConnectionState): void {
    this.tmsis.learn(state, state.imsi, knownEquipment(state));
  }

  /** A message of 24.011, of a transfer that the one end or the other began. */
  private takeNas(imsi: number, sgsap: Sgsap, payload: Payload): void {
    const { type, nas } = sgsap;
    if (nas.discriminator !== Discriminator.sms) return;
    const { seconds, nanoseconds } = payload;
    const isUp = type === SgsapType.uplinkUnitdata;
    const [from, to] = isUp ? [PHONE, NETWORK] : [NETWORK, PHONE];
    // The flag is 0 in messages of the end that chose the identifier (24.007 §11.2.3.1.3).
    const kind = isUp === ((nas.transaction & 8) === 0) ? Kind.fromPhone : Kind.toPhone;
    // What a phone is sent begins with a page, and one message may follow another.
    const opens = kind === Kind.fromPhone && nas.rpType === RpType.dataToNetwork;
    this.change(kind, imsi, opens, sgsap, payload, (state) => {
      takeShortMessage(state, nas, from, to, seconds, nanoseconds, this.room);
      // The phone acknowledges the answer to its message (24.011 §5.3).
      if (kind === Kind.fromPhone && isUp && nas.type === CP_ACK) close(state, payload);
    });
  }

  /** Brings a message to the state that it is of. `opens`: nothing of its kind comes before it. */
  private change(
    kind: KindId,
    imsi: number,
    opens: boolean,
    sgsap: Sgsap,
    payload: Payload,
    take: (state: ConnectionState, payload: Payload) => void,
  ): void {
    const { table } = this;
    const { seconds, nanoseconds } = payload;
    const key = kind * KIND_KEYS + imsi;
    let held = table.resolve(key, -1, opens, false, seconds, nanoseconds, -1);
    const isNew = held === null;
    if (held === null) held = table.insert(this.newState(imsi, sgsap.type, payload));
    else touch(held.state, payload);
    // What came before it belongs to something that began earlier: a page that another capture may have.
    table.tie(held, key, opens && (isNew || held.state.opened1));
    const { state } = held;
    const { imeisv, classmark } = sgsap;
    if (imeisv.count > 0) takeEquipment(state, imeisv, payload);
    state.cell ??= packCell(sgsap.cell);
    if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
    take(state, payload);
    table.touched(held);
  }

  private newState(imsi: number, type: number, payload: Payload): ConnectionState {
    const state = newConnection(this.capture, payload);
    state.protocol = 'sgsap';
    state.access = PHONE;
    state.core = registerOf(payload, UP.has(type));
    state.isSure = true;
    state.imsi = imsi;
    return state;
  }
}

/** What was asked for has its answer. */
function close({ marks }: ConnectionState, { seconds, nanoseconds }: Payload): void {
  note(marks, Seen.closed, seconds, nanoseconds, -1, -1);
}

/** The register by its address: that of who is written to where the message goes up. */
function registerOf({ header, sourceAt, destinationAt, addressLength }: Payload, isUp: boolean): number {
  const at = isUp ? destinationAt : sourceAt;
  return registerAt(hashBytes(header, at, at + addressLength));
}
