import { hashBytes } from '../../base/bytes.ts';
import type { Payload } from '../../network/payload.ts';
import type { Nas, Radio } from '../../ss7/message.ts';
import { type PackedCell, pack, packBytes, packCell } from './packed.ts';
import { type ConnectionState, note, REESTABLISHED, SEVERAL, Seen, UNTOLD, WENT_BACK } from './state.ts';
import { areaOf } from './tmsis.ts';
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

/** 3GPP TS 24.008 table 9.2: mobility management. */
const Mm = {
  detach: 0x01,
  updateAccept: 0x02,
  updateReject: 0x04,
  updateRequest: 0x08,
  authenticationReject: 0x11,
  authenticationRequest: 0x12,
  authenticationResponse: 0x14,
  identityRequest: 0x18,
  identityResponse: 0x19,
  reallocationCommand: 0x1a,
  reallocationComplete: 0x1b,
  authenticationFailure: 0x1c,
  serviceAccept: 0x21,
  serviceReject: 0x22,
  serviceAbort: 0x23,
  serviceRequest: 0x24,
  servicePrompt: 0x25,
  reestablishment: 0x28,
  abort: 0x29,
  information: 0x32,
} as const;
/** Messages of phones alone and of the network alone (24.008 §9.2). MM STATUS may be either's: it answers what its sender does not know. */
const MM_UP: ReadonlySet<number> = new Set([
  Mm.detach,
  Mm.updateRequest,
  Mm.authenticationResponse,
  Mm.identityResponse,
  Mm.reallocationComplete,
  Mm.authenticationFailure,
  Mm.serviceAbort,
  Mm.serviceRequest,
  Mm.reestablishment,
]);
const MM_DOWN: ReadonlySet<number> = new Set([
  Mm.updateAccept,
  Mm.updateReject,
  Mm.authenticationReject,
  Mm.authenticationRequest,
  Mm.identityRequest,
  Mm.reallocationCommand,
  Mm.serviceAccept,
  Mm.serviceReject,
  Mm.servicePrompt,
  Mm.abort,
  Mm.information,
]);

/** Handovers kept of one connection. */
export const HANDOVERS = 16;

/** Takes what a message of BSSAP or RANAP says of the phone, and of which end is the radio's. */
export function take(state: ConnectionState, radio: Radio, opc: number, dpc: number, payload: Payload): void {
  const { type, nas } = radio;
  const { seconds, nanoseconds } = payload;
  if (radio.protocol === 'ranap') {
    if (state.domain < 0) state.domain = radio.domain;
    if (state.iuConnection < 0) state.iuConnection = radio.iuConnection;
    if (type === Ranap.initialUeMessage) takeStart(state, radio, opc);
    else if (type === Ranap.commonId) state.access = dpc;
    else if (type === Ranap.relocationPreparation && radio.outcome === 1)
      addHandover(state, packCell(radio.target) ?? packCell(radio.cell), digestOf(radio), payload);
    else if (type === Ranap.relocationCancel && radio.outcome === 0) addHandover(state, null, WENT_BACK, payload);
    else if (type === Ranap.relocationPreparation && radio.outcome === 0) state.access = opc;
    else if (type === Ranap.relocationResourceAllocation && radio.outcome === 0) state.access = dpc;
    else if (type === Ranap.relocationResourceAllocation && radio.outcome === 1)
      takeArrival(state, radio, opc, payload);
    else if (type === Ranap.relocationComplete || (type === Ranap.securityModeControl && radio.outcome === 1))
      state.hasArrived = true;
    else if (type === Ranap.iuRelease && radio.outcome === 1)
      note(state.marks, Seen.closed, seconds, nanoseconds, opc, -1);
  } else if (type >= 0) {
    state.circuit = theOne(state.circuit, radio.circuit);
    state.callIdentifier = theOne(state.callIdentifier, radio.callIdentifier);
    switch (type) {
      case Bssmap.completeLayer3Information:
        takeStart(state, radio, opc);
        break;
      case Bssmap.handoverPerformed:
      case Bssmap.handoverCommand:
        addHandover(state, packCell(radio.target) ?? packCell(radio.cell), digestOf(radio), payload);
        break;
      case Bssmap.handoverFailure:
        state.access = opc;
        addHandover(state, null, WENT_BACK, payload);
        break;
      case Bssmap.handoverRequest:
        state.access = dpc;
        state.cell ??= packCell(radio.target);
        break;
      case Bssmap.handoverRequestAcknowledge:
        takeArrival(state, radio, opc, payload);
        break;
      case Bssmap.handoverComplete:
      case Bssmap.cipherModeComplete:
        state.access = opc;
        state.hasArrived = true;
        break;
      case Bssmap.assignmentRequest:
      case Bssmap.clearCommand:
      case Bssmap.commonId:
      case Bssmap.cipherModeCommand:
        state.access = dpc;
        break;
      case Bssmap.clearComplete:
        // The release of the connection follows, seen or not.
        state.access = opc;
        note(state.marks, Seen.closed, seconds, nanoseconds, opc, -1);
        break;
      case Bssmap.assignmentComplete:
      case Bssmap.handoverRequired:
      case Bssmap.clearRequest:
        state.access = opc;
        break;
      default:
    }
  }
  if (radio.imsi.count > 0 && state.imsi === 0) state.imsi = pack(radio.imsi);
  if (radio.imeisv.count > 0) takeEquipment(state, radio.imeisv, payload);
  const { classmark } = radio;
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
  switch (nas.discriminator) {
    case Discriminator.mm:
      takeMobility(state, nas, opc, dpc, seconds, nanoseconds);
      takeIdentity(state, nas, payload);
      break;
    case Discriminator.cc:
      takeCall(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.sms:
      takeShortMessage(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.ss:
      takeService(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.rr:
    case Discriminator.gmm:
      takeIdentity(state, nas, payload);
      break;
    default:
  }
}

/** The circuit, or the call identifier, of a connection that had the one and the other, in whatever order. */
export function theOne(a: number, b: number): number {
  if (a === b || b === -1) return a;
  return a === -1 ? b : SEVERAL;
}

/** COMPLETE LAYER 3 INFORMATION, INITIAL UE MESSAGE: where the phone is. */
function takeStart(state: ConnectionState, radio: Radio, opc: number): void {
  state.access = opc;
  state.cell ??= packCell(radio.cell);
}

function addHandover(
  state: ConnectionState,
  cell: PackedCell | null,
  message: number,
  { seconds, nanoseconds }: Payload,
): void {
  if (state.handovers.length >= HANDOVERS) return;
  state.handovers = [...state.handovers, { s: seconds, ns: nanoseconds, cell, message }];
}

/** The new controller says what the phone is to be told. */
function takeArrival(state: ConnectionState, radio: Radio, opc: number, { seconds, nanoseconds }: Payload): void {
  state.access = opc;
  const message = digestOf(radio);
  if (state.arrival === null && message >= 0) state.arrival = { s: seconds, ns: nanoseconds, message };
}

function digestOf({ protocol, handoverMessage: { data, start, end } }: Radio): number {
  if (start < end) return hashBytes(data, start, end) >>> 0;
  return protocol === 'ranap' ? UNTOLD : -1;
}

/** IMEI or IMEISV of the phone: it told its device. */
export function takeEquipment(state: ConnectionState, digits: Nas['imei'], { seconds, nanoseconds }: Payload): void {
  const packed = pack(digits);
  if (digits.count > 15) {
    if (state.imeisv === 0) state.imeisv = packed;
  } else if (state.imei === 0) {
    state.imei = packed;
  }
  note(state.marks, Seen.equipment, seconds, nanoseconds, -1, -1);
}

function takeIdentity(state: ConnectionState, nas: Nas, payload: Payload): void {
  if (nas.imsi.count > 0 && state.imsi === 0) state.imsi = pack(nas.imsi);
  if (nas.imei.count > 0) takeEquipment(state, nas.imei, payload);
  if (nas.imeisv.count > 0) takeEquipment(state, nas.imeisv, payload);
  if (nas.tmsi >= 0) {
    const isGiven =
      nas.discriminator === Discriminator.mm && (nas.type === Mm.updateAccept || nas.type === Mm.reallocationCommand);
    if (isGiven) {
      if (state.newTmsi < 0) state.newTmsi = nas.tmsi;
    } else if (state.tmsi < 0) {
      state.tmsi = nas.tmsi;
    }
  }
  const { classmark } = nas;
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
}

function takeMobility(
  state: ConnectionState,
  { type, luType, reject, area }: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
): void {
  if (MM_UP.has(type)) state.access = opc;
  else if (MM_DOWN.has(type)) state.access = dpc;
  const { marks } = state;
  switch (type) {
    case Mm.updateRequest:
      note(marks, Seen.update, s, ns, opc, -1);
      state.isUpdate = true;
      if (state.luType < 0) state.luType = luType;
      if (state.oldArea < 0) state.oldArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.updateAccept:
      note(marks, Seen.updateAccept, s, ns, opc, -1);
      if (state.newArea < 0) state.newArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.updateReject:
      note(marks, Seen.updateReject, s, ns, opc, reject);
      break;
    case Mm.detach:
      note(marks, Seen.detach, s, ns, opc, -1);
      break;
    case Mm.authenticationRequest:
      note(marks, Seen.authenticationRequest, s, ns, opc, -1);
      break;
    case Mm.authenticationResponse:
      note(marks, Seen.authenticationResponse, s, ns, opc, -1);
      break;
    case Mm.authenticationReject:
      note(marks, Seen.authenticationReject, s, ns, opc, reject);
      break;
    case Mm.authenticationFailure:
      note(marks, Seen.authenticationFailure, s, ns, opc, reject);
      break;
    case Mm.serviceAccept:
      state.hasArrived = true;
      break;
    case Mm.reestablishment:
      state.arrival ??= { s, ns, message: REESTABLISHED };
      break;
    default:
  }
}
