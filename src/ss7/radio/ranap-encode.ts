import { encodeTbcd } from '../tcap/ber-encode.ts';
import type { RadioCell } from './bssap-encode.ts';
import { encodePlmn, two } from './nas-elements-encode.ts';
import { RanapOutcome } from './ranap-names.ts';

/** Criticality (3GPP TS 25.413 §9.3.5) in the two bits where it stands. */
const IGNORE = 0x40;

/** One element: its identifier and the aligned PER of its value. */
export interface RanapElement {
  id: number;
  value: Buffer;
}

/** A RANAP message (25.413 §9.3.2, §9.3.3). `cell`: its `ci` is the service area code. */
export function encodeRanap(
  outcome: (typeof RanapOutcome)[keyof typeof RanapOutcome],
  procedure: number,
  elements: readonly RanapElement[],
): Buffer {
  const container = [Buffer.of(0), two(elements.length)];
  for (const { id, value } of elements) container.push(two(id), Buffer.of(IGNORE), encodeOpenType(value));
  return Buffer.concat([Buffer.of(outcome << 5, procedure, IGNORE), encodeOpenType(Buffer.concat(container))]);
}

/** Length determinant and octets (ITU-T X.691 §11.9), in fragments from 16384 octets on. */
export function encodeOpenType(value: Buffer): Buffer {
  const parts: Buffer[] = [];
  let left = value;
  while (left.length >= 16_384) {
    const units = Math.min(4, left.length >> 14);
    parts.push(Buffer.of(0xc0 | units), left.subarray(0, units << 14));
    left = left.subarray(units << 14);
  }
  parts.push(left.length < 128 ? Buffer.of(left.length) : two(0x8000 | left.length), left);
  return Buffer.concat(parts);
}

/** Location area, as LAI. */
const lai = (cell: RadioCell): RanapElement => ({
  id: 15,
  value: Buffer.concat([Buffer.of(0), encodePlmn(cell), two(cell.lac)]),
});
/** Service area, as SAI. */
const sai = (cell: RadioCell): RanapElement => ({
  id: 58,
  value: Buffer.concat([Buffer.of(0), encodePlmn(cell), two(cell.lac), two(cell.ci)]),
});
const nasPdu = (layer3: Buffer): RanapElement => ({ id: 16, value: encodeOpenType(layer3) });
const circuitSwitched: RanapElement = { id: 3, value: Buffer.of(0) };
/** A choice of one with its extension bit, the length less 3 in three bits, TBCD. */
const permanent = (imsi: string): RanapElement => {
  const digits = encodeTbcd(imsi);
  return { id: 23, value: Buffer.concat([Buffer.of((digits.length - 3) << 4), digits]) };
};
/** Cause of the radio network (1 to 64), of the NAS (81 to 96), or miscellaneous (113 to 128), §9.3.4. */
const causeElement = (cause: number): RanapElement => ({
  id: 4,
  value:
    cause < 65 ? two((cause - 1) << 6) : cause < 113 ? Buffer.of(0x20 | (cause - 81)) : Buffer.of(0x40 | (cause - 113)),
});

/** INITIAL UE MESSAGE (25.413 §9.1.33) of the circuit switched domain. */
export function encodeInitialUeMessage(fields: {
  cell: RadioCell;
  layer3: Buffer;
  /** Iu signalling connection, 24 bits. */
  connection: number;
  /** RNC, 12 bits. */
  rnc: number;
}): Buffer {
  return encodeRanap(RanapOutcome.initiating, 19, [
    circuitSwitched,
    lai(fields.cell),
    sai(fields.cell),
    nasPdu(fields.layer3),
    { id: 79, value: Buffer.of(fields.connection >> 16, fields.connection >> 8, fields.connection) },
    { id: 86, value: Buffer.concat([encodePlmn(fields.cell), two(fields.rnc)]) },
  ]);
}

/** DIRECT TRANSFER (§9.1.34): from the mobile with its service area, to it with the SAPI. */
export function encodeDirectTransfer(fields: { layer3: Buffer; cell?: RadioCell; sapi?: 0 | 3 }): Buffer {
  const { cell } = fields;
  const rest: RanapElement[] =
    cell === undefined ? [{ id: 59, value: Buffer.of(fields.sapi === 3 ? 0x40 : 0) }] : [lai(cell), sai(cell)];
  return encodeRanap(RanapOutcome.initiating, 20, [nasPdu(fields.layer3), ...rest]);
}

/** COMMON ID (§9.1.28). */
export function encodeRanapCommonId(fields: { imsi: string }): Buffer {
  return encodeRanap(RanapOutcome.initiating, 15, [permanent(fields.imsi)]);
}

/** PAGING (§9.1.23). */
export function encodeRanapPaging(fields: { imsi: string; tmsi?: number }): Buffer {
  const elements = [circuitSwitched, permanent(fields.imsi)];
  if (fields.tmsi !== undefined) {
    const value = Buffer.alloc(5);
    value.writeUInt32BE(fields.tmsi, 1);
    elements.push({ id: 64, value });
  }
  return encodeRanap(RanapOutcome.initiating, 14, elements);
}

/** Domain of the core network: 0 circuit switched, 1 packet switched. */
const domainElement = (domain: 0 | 1): RanapElement => ({ id: 3, value: Buffer.of(domain << 7) });

/** RESET (§9.1.42). `cause`: 115 unspecified failure. */
export function encodeRanapReset(fields: { domain: 0 | 1; cause: number }): Buffer {
  return encodeRanap(RanapOutcome.initiating, 9, [causeElement(fields.cause), domainElement(fields.domain)]);
}

/** RESET ACKNOWLEDGE (§9.1.43). */
export function encodeRanapResetAcknowledge(fields: { domain: 0 | 1 }): Buffer {
  return encodeRanap(RanapOutcome.successful, 9, [domainElement(fields.domain)]);
}

/** RESET RESOURCE (§9.1.45) of 1 to 250 Iu signalling connections, 24 bits each. */
export function encodeResetResource(fields: { domain: 0 | 1; cause: number; connections: readonly number[] }): Buffer {
  const items = fields.connections.flatMap((connection) => [
    Buffer.of(0, 1, 0, 78, IGNORE),
    encodeOpenType(Buffer.of(0, connection >> 16, connection >> 8, connection)),
  ]);
  return encodeRanap(RanapOutcome.initiating, 27, [
    domainElement(fields.domain),
    causeElement(fields.cause),
    { id: 77, value: Buffer.concat([Buffer.of(fields.connections.length - 1), ...items]) },
  ]);
}

/** IU RELEASE COMMAND (§9.1.7). `cause`: 83 normal release, 40 release by the mobile, ... */
export function encodeIuReleaseCommand(fields: { cause: number }): Buffer {
  return encodeRanap(RanapOutcome.initiating, 1, [causeElement(fields.cause)]);
}

/** IU RELEASE COMPLETE (§9.1.8). */
export function encodeIuReleaseComplete(): Buffer {
  return encodeRanap(RanapOutcome.successful, 1, []);
}

/** IU RELEASE REQUEST (§9.1.6). */
export function encodeIuReleaseRequest(fields: { cause: number }): Buffer {
  return encodeRanap(RanapOutcome.initiating, 11, [causeElement(fields.cause)]);
}

/** SECURITY MODE COMMAND (§9.1.20): integrity by UIA1 with a key of 16 octets, no ciphering. */
export function encodeSecurityModeCommand(fields: { key: Buffer }): Buffer {
  return encodeRanap(RanapOutcome.initiating, 6, [
    { id: 12, value: Buffer.concat([Buffer.of(0, 0), fields.key]) },
    { id: 75, value: Buffer.of(0x40) },
  ]);
}

/** SECURITY MODE COMPLETE (§9.1.21). */
export function encodeSecurityModeComplete(): Buffer {
  return encodeRanap(RanapOutcome.successful, 6, [{ id: 6, value: Buffer.of(0) }]);
}

/** The RRC message inside a transparent container (25.413 §9.2.1.28, §9.2.1.30). */
const targetContainer = (rrc: Buffer): RanapElement => ({
  id: 63,
  value: Buffer.concat([Buffer.of(0), encodeOpenType(rrc)]),
});

/** RELOCATION REQUEST (25.413 §9.1.10) to the RNC of the target cell: one Iu, the phone is involved. `cause`: 16 relocation desirable for radio reasons. */
export function encodeRelocationRequest(fields: {
  imsi: string;
  cause: number;
  connection: number;
  rrc: Buffer;
}): Buffer {
  const { connection } = fields;
  return encodeRanap(RanapOutcome.initiating, 3, [
    permanent(fields.imsi),
    causeElement(fields.cause),
    circuitSwitched,
    { id: 61, value: Buffer.concat([Buffer.of(0, 0), encodeOpenType(fields.rrc), Buffer.of(0x20)]) },
    { id: 79, value: Buffer.of(connection >> 16, connection >> 8, connection) },
  ]);
}

/** RELOCATION REQUEST ACKNOWLEDGE (§9.1.11) around the radio message that the old RNC is to give the phone, or without one. */
export function encodeRelocationRequestAcknowledge(fields: { rrc?: Buffer }): Buffer {
  return encodeRanap(RanapOutcome.successful, 3, fields.rrc === undefined ? [] : [targetContainer(fields.rrc)]);
}

/** RELOCATION COMMAND (§9.1.12): the same message, that of a GSM cell, or none for a phone that is not involved. */
export function encodeRelocationCommand(fields: { rrc?: Buffer; layer3?: Buffer }): Buffer {
  const { rrc, layer3 } = fields;
  const elements: RanapElement[] = layer3 === undefined ? [] : [{ id: 22, value: encodeOpenType(layer3) }];
  if (rrc !== undefined) elements.push(targetContainer(rrc));
  return encodeRanap(RanapOutcome.successful, 2, elements);
}

/** RELOCATION COMPLETE (§9.1.14). */
export function encodeRelocationComplete(): Buffer {
  return encodeRanap(RanapOutcome.initiating, 13, []);
}
