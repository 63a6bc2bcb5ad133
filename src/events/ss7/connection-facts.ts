import { hashBytes } from '../../base/bytes.ts';
import type { Payload } from '../../network/payload.ts';
import type { Radio } from '../../ss7/message.ts';
import { pack, packCell } from '../packed.ts';
import { takeClassmark, takeEquipment, takeIdentity, takeMobility, takePacketMobility } from './mobility.ts';
import { hasRoom, type Room } from './room.ts';
import { type ConnectionState, type Handover, note, SEVERAL, Seen, STAYED, UNTOLD, WENT_BACK } from './state.ts';
import { knowEnds } from './told.ts';
import { Discriminator, takeCall, takeService, takeShortMessage } from './transactions.ts';

/** Message types of BSSMAP (3GPP TS 48.008 §3.2.2.1). */
export const Bssmap = {
  assignmentRequest: 1,
  assignmentComplete: 2,
  handoverRequest: 16,
  handoverRequired: 17,
  handoverRequestAcknowledge: 18,
  handoverCommand: 19,
  handoverComplete: 20,
  handoverFailure: 22,
  handoverPerformed: 23,
  clearCommand: 32,
  clearComplete: 33,
  clearRequest: 34,
  commonId: 47,
  reset: 48,
  resetCircuit: 52,
  resetIpResource: 61,
  paging: 82,
  cipherModeCommand: 83,
  cipherModeComplete: 85,
  completeLayer3Information: 87,
} as const;

/** Elementary procedures of RANAP (3GPP TS 25.413 §9.3.3). */
export const Ranap = {
  iuRelease: 1,
  relocationPreparation: 2,
  relocationResourceAllocation: 3,
  relocationCancel: 4,
  securityModeControl: 6,
  reset: 9,
  relocationComplete: 13,
  paging: 14,
  commonId: 15,
  initialUeMessage: 19,
  resetResource: 27,
} as const;

/** Takes what a message of BSSAP or RANAP says of the phone, and of which end is the radio's. */
export function take(
  state: ConnectionState,
  radio: Radio,
  opc: number,
  dpc: number,
  payload: Payload,
  room: Room,
): void {
  const { nas } = radio;
  const { seconds, nanoseconds } = payload;
  const isFirst =
    radio.protocol === 'ranap'
      ? takeRanap(state, radio, opc, dpc, payload, room)
      : takeBssmap(state, radio, opc, dpc, payload, room);
  if (radio.imsi.count > 0 && state.named === 0) state.named = pack(radio.imsi);
  if (radio.imeisv.count > 0) takeEquipment(state, radio.imeisv, payload);
  takeClassmark(state, radio.classmark);
  switch (nas.discriminator) {
    case Discriminator.mm:
      takeMobility(state, nas, isFirst, opc, dpc, payload);
      break;
    case Discriminator.cc:
      takeCall(state, nas, opc, dpc, seconds, nanoseconds, room);
      break;
    case Discriminator.sms:
      takeShortMessage(state, nas, opc, dpc, seconds, nanoseconds, room);
      break;
    case Discriminator.ss:
      takeService(state, nas, opc, dpc, seconds, nanoseconds, room);
      break;
    case Discriminator.gmm:
      takePacketMobility(state, nas, isFirst, opc, dpc, payload);
      break;
    case Discriminator.rr:
      takeIdentity(state, nas, isFirst, false, opc, payload);
      break;
    default:
  }
}

/** @returns whether it brings the first message of the phone */
function takeRanap(
  state: ConnectionState,
  radio: Radio,
  opc: number,
  dpc: number,
  payload: Payload,
  room: Room,
): boolean {
  const { type, outcome } = radio;
  const { seconds, nanoseconds } = payload;
  if (state.domain < 0) state.domain = radio.domain;
  if (state.iuConnection < 0) state.iuConnection = radio.iuConnection;
  switch (type) {
    case Ranap.initialUeMessage:
      takeStart(state, radio, opc, dpc);
      return true;
    case Ranap.commonId:
      knowEnds(state, dpc, opc);
      break;
    case Ranap.relocationPreparation:
      if (outcome === 1) addHandover(state, handoverOf(radio, payload), room);
      else if (outcome === 0) knowEnds(state, opc, dpc);
      break;
    case Ranap.relocationCancel:
      if (outcome === 0) addHandover(state, { s: seconds, ns: nanoseconds, cell: null, message: WENT_BACK }, room);
      break;
    case Ranap.relocationResourceAllocation:
      if (outcome === 0) knowEnds(state, dpc, opc);
      else if (outcome === 1) takeArrival(state, radio, opc, dpc, payload);
      break;
    case Ranap.relocationComplete:
      state.hasArrived = true;
      break;
    case Ranap.securityModeControl:
      if (outcome === 0) takeCiphering(state, dpc, opc);
      else if (outcome === 1) takeCiphered(state, opc, dpc, payload);
      break;
    case Ranap.iuRelease:
      if (outcome === 0) knowEnds(state, dpc, opc);
      else if (outcome === 1) note(state.marks, Seen.closed, seconds, nanoseconds, opc, -1);
      break;
    default:
  }
  return false;
}

/** @returns whether it brings the first message of the phone */
function takeBssmap(
  state: ConnectionState,
  radio: Radio,
  opc: number,
  dpc: number,
  payload: Payload,
  room: Room,
): boolean {
  const { type } = radio;
  if (type < 0) return false;
  const { seconds, nanoseconds } = payload;
  state.circuit = theOne(state.circuit, radio.circuit);
  state.callIdentifier = theOne(state.callIdentifier, radio.callIdentifier);
  switch (type) {
    case Bssmap.completeLayer3Information:
      takeStart(state, radio, opc, dpc);
      return true;
    case Bssmap.handoverPerformed:
    case Bssmap.handoverCommand:
      addHandover(state, handoverOf(radio, payload), room);
      break;
    case Bssmap.handoverFailure:
      knowEnds(state, opc, dpc);
      addHandover(state, { s: seconds, ns: nanoseconds, cell: null, message: WENT_BACK }, room);
      break;
    case Bssmap.handoverRequest:
      knowEnds(state, dpc, opc);
      state.cell ??= packCell(radio.target);
      break;
    case Bssmap.handoverRequestAcknowledge:
      takeArrival(state, radio, opc, dpc, payload);
      break;
    case Bssmap.handoverComplete:
      knowEnds(state, opc, dpc);
      state.hasArrived = true;
      break;
    case Bssmap.cipherModeComplete:
      takeCiphered(state, opc, dpc, payload);
      break;
    case Bssmap.cipherModeCommand:
      takeCiphering(state, dpc, opc);
      break;
    case Bssmap.assignmentRequest:
    case Bssmap.clearCommand:
    case Bssmap.commonId:
      knowEnds(state, dpc, opc);
      break;
    case Bssmap.clearComplete:
      // The release of the connection follows, seen or not.
      knowEnds(state, opc, dpc);
      note(state.marks, Seen.closed, seconds, nanoseconds, opc, -1);
      break;
    case Bssmap.assignmentComplete:
    case Bssmap.handoverRequired:
    case Bssmap.clearRequest:
      knowEnds(state, opc, dpc);
      break;
    default:
  }
  return false;
}

/** The phone has the key: the network takes in what it asked for (24.008 §4.5.1.1). */
function takeCiphered(state: ConnectionState, access: number, core: number, { seconds, nanoseconds }: Payload): void {
  knowEnds(state, access, core);
  note(state.marks, Seen.accept, seconds, nanoseconds, access, -1);
}

/** The network has the channel ciphered: who does not have the key of the card that he claims does not get further. */
function takeCiphering(state: ConnectionState, access: number, core: number): void {
  knowEnds(state, access, core);
  state.isDoubted = true;
}

/** The circuit, or the call identifier, of a connection that had the one and the other, in whatever order. */
export function theOne(a: number, b: number): number {
  if (a === b || b === -1) return a;
  return a === -1 ? b : SEVERAL;
}

/** COMPLETE LAYER 3 INFORMATION, INITIAL UE MESSAGE: where the phone is. */
function takeStart(state: ConnectionState, radio: Radio, opc: number, dpc: number): void {
  knowEnds(state, opc, dpc);
  state.hasBegun = true;
  state.cell ??= packCell(radio.cell);
}

function handoverOf(radio: Radio, { seconds: s, nanoseconds: ns }: Payload): Handover {
  return { s, ns, cell: packCell(radio.target) ?? packCell(radio.cell), message: digestOf(radio) };
}

/** Where there are too many the earliest gives way, of those first after which the phone stayed: the others tell where its calls go on. */
export function addHandover(state: ConnectionState, handover: Handover, room: Room): void {
  const { handovers } = state;
  const all = [...handovers, handover];
  if (!hasRoom(handovers.length, 'handoversPerConnection', room)) {
    const index = all.findIndex(({ message }) => message === STAYED);
    all.splice(Math.max(index, 0), 1);
  }
  state.handovers = all;
}

/** The new controller says what the phone is to be told. */
function takeArrival(
  state: ConnectionState,
  radio: Radio,
  opc: number,
  dpc: number,
  { seconds, nanoseconds }: Payload,
): void {
  knowEnds(state, opc, dpc);
  const message = digestOf(radio);
  if (state.arrival === null && message >= 0) state.arrival = { s: seconds, ns: nanoseconds, message };
}

function digestOf({ protocol, handoverMessage: { data, start, end } }: Radio): number {
  if (start < end) return hashBytes(data, start, end) >>> 0;
  return protocol === 'ranap' ? UNTOLD : STAYED;
}
