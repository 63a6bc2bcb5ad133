import type { Payload } from '../../network/payload.ts';
import type { Nas, Radio } from '../../ss7/message.ts';
import { pack, packBytes } from '../packed.ts';
import { takeClaim } from './claims.ts';
import { type ConnectionState, note, REESTABLISHED, Seen } from './state.ts';
import { areaOf } from './tmsis.ts';
import { guessEnds, knowEnds, noteChallenge, tellerOf } from './told.ts';
import { Discriminator } from './transactions.ts';

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

/** Messages of the packet switched domain that ask a phone who it is, and say so (24.008 table 10.4). */
const Gmm = { identityRequest: 0x15, identityResponse: 0x16 } as const;
/** Identity type (24.008 §10.5.5.9): the IMSI; 2 and 3 are IMEI and IMEISV. */
const BY_IMSI = 1;

/** A message of mobility management. `isFirst`: the phone begins by it. */
export function takeMobility(
  state: ConnectionState,
  nas: Nas,
  isFirst: boolean,
  opc: number,
  dpc: number,
  payload: Payload,
): void {
  const { type, luType, reject, area } = nas;
  const { marks } = state;
  const { seconds: s, nanoseconds: ns } = payload;
  if (MM_UP.has(type)) knowEnds(state, opc, dpc);
  else if (MM_DOWN.has(type)) guessEnds(state, dpc, opc);
  takeIdentity(state, nas, isFirst, type === Mm.identityResponse, opc, payload);
  if (MM_DOWN.has(type)) {
    takeOfNetwork(state, nas, opc, s, ns);
    return;
  }
  switch (type) {
    case Mm.updateRequest:
      // A phone asks for it first of all: within a connection the area that it says it comes from would hide whose TMSI it has.
      if (!isFirst) return;
      note(marks, Seen.update, s, ns, opc, -1);
      state.isUpdate = true;
      if (state.luType < 0) state.luType = luType;
      if (state.oldArea < 0) state.oldArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.detach:
      note(marks, Seen.detach, s, ns, opc, -1);
      break;
    case Mm.authenticationResponse:
      note(marks, Seen.authenticationResponse, s, ns, opc, -1);
      break;
    case Mm.authenticationFailure:
      note(marks, Seen.authenticationFailure, s, ns, opc, reject);
      break;
    case Mm.reestablishment:
      // A phone that lost its channel asks for its call first of all.
      if (isFirst) state.arrival ??= { s, ns, message: REESTABLISHED };
      break;
    default:
  }
}

/** What networks alone say of mobility: of a phone that says so nothing. */
function takeOfNetwork(state: ConnectionState, nas: Nas, opc: number, s: number, ns: number): void {
  const told = tellerOf(state, opc);
  if (told === null) return;
  const { type, reject, area } = nas;
  const { marks } = told;
  switch (type) {
    case Mm.updateAccept:
      note(marks, Seen.updateAccept, s, ns, opc, -1);
      if (told.newArea < 0) told.newArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.updateReject:
      note(marks, Seen.updateReject, s, ns, opc, reject);
      break;
    case Mm.authenticationRequest:
      noteChallenge(marks, { s, ns, from: opc, cause: -1 });
      told.isDoubted = true;
      break;
    case Mm.authenticationReject:
      note(marks, Seen.authenticationReject, s, ns, opc, reject);
      told.isDoubted = told.isTurnedAway = true;
      break;
    case Mm.identityRequest:
      takeRequest(state, nas, opc, s, ns);
      break;
    case Mm.serviceAccept:
      note(marks, Seen.accept, s, ns, opc, -1);
      break;
    case Mm.serviceReject:
      told.isDoubted = told.isTurnedAway = true;
      break;
    default:
  }
}

/** A message of mobility management of the packet switched domain. */
export function takePacketMobility(
  state: ConnectionState,
  nas: Nas,
  isFirst: boolean,
  opc: number,
  dpc: number,
  payload: Payload,
): void {
  const isResponse = nas.type === Gmm.identityResponse;
  if (nas.type === Gmm.identityRequest) takeRequest(state, nas, opc, payload.seconds, payload.nanoseconds);
  else if (isResponse) knowEnds(state, opc, dpc);
  takeIdentity(state, nas, isFirst, isResponse, opc, payload);
}

/** Who the phone is in the words of a message of layer 3. `isFirst`: the message by which it began. */
export function takeIdentity(
  state: ConnectionState,
  nas: Nas,
  isFirst: boolean,
  isResponse: boolean,
  opc: number,
  payload: Payload,
): void {
  const { discriminator, type, imsi, imei, imeisv, tmsi, classmark } = nas;
  takeClassmark(state, classmark);
  if (discriminator === Discriminator.mm && (type === Mm.updateAccept || type === Mm.reallocationCommand)) {
    const told = tellerOf(state, opc);
    if (told === null) return;
    if (told.newTmsi < 0) told.newTmsi = tmsi;
    if (imsi.count > 0 && told.named === 0) told.named = pack(imsi);
    return;
  }
  if (isFirst) {
    if (imsi.count > 0 && state.imsi === 0) state.imsi = pack(imsi);
    if (tmsi >= 0 && state.tmsi < 0) state.tmsi = tmsi;
  } else if (isResponse || imsi.count > 0 || tmsi >= 0) {
    takeClaim(state, nas, isResponse, payload.seconds, payload.nanoseconds);
  }
  if (isResponse) return;
  if (imei.count > 0) takeEquipment(state, imei, payload);
  if (imeisv.count > 0) takeEquipment(state, imeisv, payload);
}

export function takeClassmark(state: ConnectionState, classmark: Radio['classmark']): void {
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
}

/** IDENTITY REQUEST of the network. */
function takeRequest(state: ConnectionState, { identityType }: Nas, opc: number, s: number, ns: number): void {
  const told = tellerOf(state, opc);
  if (told === null) return;
  if (identityType === BY_IMSI) note(told.marks, Seen.imsiRequest, s, ns, opc, -1);
  else note(told.marks, Seen.imeiRequest, s, ns, opc, -1);
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
