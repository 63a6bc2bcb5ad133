import { type Area, encodeArea, encodeIdentity, encodeNumber, type Identity, lv, tlv } from './nas-elements-encode.ts';
import { Discriminator } from './nas-names.ts';

const { mm: MM, cc: CC, rr: RR } = Discriminator;
/** No key is available (3GPP TS 24.008 §10.5.1.2). */
const NO_KEY = 7;

/** LOCATION UPDATING REQUEST (24.008 §9.2.15). Classmarks are of §10.5.1.5 (1, one octet) and §10.5.1.6 (2, three). `luType`: 0 normal, 1 periodic, 2 attach. `area` is the old one. */
export function encodeLocationUpdatingRequest(fields: {
  luType: 0 | 1 | 2;
  area: Area;
  classmark1: Buffer;
  identity: Identity;
}): Buffer {
  return Buffer.concat([
    Buffer.of(MM, 0x08, (NO_KEY << 4) | fields.luType),
    encodeArea(fields.area),
    fields.classmark1,
    lv(encodeIdentity(fields.identity)),
  ]);
}

/** LOCATION UPDATING ACCEPT (§9.2.13), with the new TMSI where given. */
export function encodeLocationUpdatingAccept(fields: { area: Area; identity?: Identity }): Buffer {
  const { identity } = fields;
  return Buffer.concat([
    Buffer.of(MM, 0x02),
    encodeArea(fields.area),
    identity === undefined ? Buffer.alloc(0) : tlv(0x17, encodeIdentity(identity)),
  ]);
}

/** LOCATION UPDATING REJECT (§9.2.14). `reject`: 2 IMSI unknown in HLR, 3 illegal MS, 6 illegal ME, 11 PLMN not allowed, ... */
export function encodeLocationUpdatingReject(fields: { reject: number }): Buffer {
  return Buffer.of(MM, 0x04, fields.reject);
}

/** IMSI DETACH INDICATION (§9.2.12). */
export function encodeImsiDetach(fields: { classmark1: Buffer; identity: Identity }): Buffer {
  return Buffer.concat([Buffer.of(MM, 0x01), fields.classmark1, lv(encodeIdentity(fields.identity))]);
}

/** CM SERVICE REQUEST (§9.2.9). `service`: 1 call, 2 emergency call, 4 short message, 8 supplementary service. */
export function encodeCmServiceRequest(fields: { service: number; classmark2: Buffer; identity: Identity }): Buffer {
  return Buffer.concat([
    Buffer.of(MM, 0x24, (NO_KEY << 4) | fields.service),
    lv(fields.classmark2),
    lv(encodeIdentity(fields.identity)),
  ]);
}

/** CM RE-ESTABLISHMENT REQUEST (§9.2.4). */
export function encodeCmReestablishmentRequest(fields: { classmark2: Buffer; identity: Identity }): Buffer {
  return Buffer.concat([Buffer.of(MM, 0x28, NO_KEY), lv(fields.classmark2), lv(encodeIdentity(fields.identity))]);
}

/** PAGING RESPONSE (3GPP TS 44.018 §9.1.25). */
export function encodePagingResponse(fields: { classmark2: Buffer; identity: Identity }): Buffer {
  return Buffer.concat([Buffer.of(RR, 0x27, NO_KEY), lv(fields.classmark2), lv(encodeIdentity(fields.identity))]);
}

/** CM SERVICE ACCEPT (§9.2.5). */
export function encodeCmServiceAccept(): Buffer {
  return Buffer.of(MM, 0x21);
}

/** CM SERVICE REJECT (§9.2.6). */
export function encodeCmServiceReject(fields: { reject: number }): Buffer {
  return Buffer.of(MM, 0x22, fields.reject);
}

/** AUTHENTICATION REQUEST (§9.2.2). @param fields `rand`: 16 octets; `autn`: 16 octets, of UMTS */
export function encodeAuthenticationRequest(fields: { rand: Buffer; autn?: Buffer }): Buffer {
  const { autn } = fields;
  return Buffer.concat([Buffer.of(MM, 0x12, 0), fields.rand, autn === undefined ? Buffer.alloc(0) : tlv(0x20, autn)]);
}

/** AUTHENTICATION RESPONSE (§9.2.3). @param fields `sres`: 4 octets */
export function encodeAuthenticationResponse(fields: { sres: Buffer }): Buffer {
  return Buffer.concat([Buffer.of(MM, 0x14), fields.sres]);
}

/** AUTHENTICATION REJECT (§9.2.1). */
export function encodeAuthenticationReject(): Buffer {
  return Buffer.of(MM, 0x11);
}

/** AUTHENTICATION FAILURE (§9.2.3a). `reject`: 20 MAC failure, 21 synch failure. */
export function encodeAuthenticationFailure(fields: { reject: number }): Buffer {
  return Buffer.of(MM, 0x1c, fields.reject);
}

/** IDENTITY REQUEST (§9.2.10). `identityType`: 1 IMSI, 2 IMEI, 3 IMEISV, 4 TMSI. */
export function encodeIdentityRequest(fields: { identityType: 1 | 2 | 3 | 4 }): Buffer {
  return Buffer.of(MM, 0x18, fields.identityType);
}

/** IDENTITY RESPONSE (§9.2.11). */
export function encodeIdentityResponse(fields: { identity: Identity }): Buffer {
  return Buffer.concat([Buffer.of(MM, 0x19), lv(encodeIdentity(fields.identity))]);
}

/** TMSI REALLOCATION COMMAND (§9.2.17). */
export function encodeTmsiReallocationCommand(fields: { area: Area; identity: Identity }): Buffer {
  return Buffer.concat([Buffer.of(MM, 0x1a), encodeArea(fields.area), lv(encodeIdentity(fields.identity))]);
}

/** TMSI REALLOCATION COMPLETE (§9.2.18). */
export function encodeTmsiReallocationComplete(): Buffer {
  return Buffer.of(MM, 0x1b);
}

/** A number in a SETUP: digits as dialled, nature of address (Q.763 §3.9), presentation of the calling one. */
export interface Party {
  digits: string;
  nature: number;
  presentation?: number;
}

/**
 * SETUP (§9.3.23), of a speech call.
 *
 * @param fields `transaction`: 0-15 with its flag, which is 0 from the side that began the call; `called` goes to the network,
 * `calling` to the mobile
 */
export function encodeSetup(fields: { transaction: number; calling?: Party; called?: Party }): Buffer {
  const { calling, called } = fields;
  const parts = [header(fields.transaction, 0x05), tlv(0x04, Buffer.of(0xa0))];
  if (calling !== undefined) {
    parts.push(tlv(0x5c, encodeNumber(calling.digits, calling.nature, calling.presentation ?? 0)));
  }
  if (called !== undefined) parts.push(tlv(0x5e, encodeNumber(called.digits, called.nature)));
  return Buffer.concat(parts);
}

/** EMERGENCY SETUP (§9.3.8). */
export function encodeEmergencySetup(fields: { transaction: number }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x0e), tlv(0x04, Buffer.of(0xa0))]);
}

/** Messages of call control that say nothing but their name, or may (§9.3). */
const PLAIN = {
  alerting: 0x01,
  callProceeding: 0x02,
  connect: 0x07,
  callConfirmed: 0x08,
  connectAcknowledge: 0x0f,
} as const;

/** ALERTING (§9.3.1), CALL PROCEEDING (§9.3.3), CONNECT (§9.3.5), CALL CONFIRMED (§9.3.2), CONNECT ACKNOWLEDGE (§9.3.6). */
export function encodePlainCall(name: keyof typeof PLAIN, fields: { transaction: number }): Buffer {
  return header(fields.transaction, PLAIN[name]);
}

/** PROGRESS (§9.3.17). `progress`: Q.931 description, 8 in-band information. */
export function encodeProgress(fields: { transaction: number; progress: number }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x03), lv(Buffer.of(0xe2, 0x80 | fields.progress))]);
}

/** START DTMF (§9.3.24). */
export function encodeStartDtmf(fields: { transaction: number; key: string }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x35), Buffer.of(0x2c, fields.key.charCodeAt(0))]);
}

/** Cause (§10.5.4.11), GSM coding. `location`: 0 user, 1 private local, 2 public local, 4 public remote network, 10 beyond interworking. */
function cause(value: number, location: number): Buffer {
  return Buffer.of(0xe0 | location, 0x80 | value);
}

/** DISCONNECT (§9.3.7). */
export function encodeDisconnect(fields: { transaction: number; cause: number; location: number }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x25), lv(cause(fields.cause, fields.location))]);
}

/** RELEASE (§9.3.18) or RELEASE COMPLETE (§9.3.19), which tell the cause where they are the first to clear the call. */
export function encodeRelease(
  name: 'release' | 'releaseComplete',
  fields: { transaction: number; cause?: number; location?: number },
): Buffer {
  const first = header(fields.transaction, name === 'release' ? 0x2d : 0x2a);
  if (fields.cause === undefined) return first;
  return Buffer.concat([first, tlv(0x08, cause(fields.cause, fields.location ?? 0))]);
}

function header(transaction: number, type: number): Buffer {
  return Buffer.of((transaction << 4) | CC, type);
}
