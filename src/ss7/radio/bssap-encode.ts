import { type Area, encodeIdentity, encodePlmn, lv, tlv, two } from './nas-elements-encode.ts';
import { Discriminator } from './nas-names.ts';

/** A cell of GSM. */
export interface RadioCell extends Area {
  ci: number;
}

/** DTAP (3GPP TS 48.006 §9.3) around a layer 3 message. `sapi`: 3 of short messages, else 0. */
export function encodeDtap(layer3: Buffer, sapi: 0 | 3 = 0): Buffer {
  // Bits 8 and 7 of the data link connection: 11 where SAPI 3 goes over the SACCH (§9.3.2), which is of no matter here.
  return Buffer.concat([Buffer.of(0x01, sapi), lv(layer3)]);
}

/** Cell global identification in a cell identifier (48.008 §3.2.2.17). */
function cellIdentifier(cell: RadioCell): Buffer {
  return tlv(0x05, Buffer.of(0), encodePlmn(cell), two(cell.lac), two(cell.ci));
}

/** COMPLETE LAYER 3 INFORMATION (48.008 §3.2.1.32): the first message of a mobile, and where it is. */
export function encodeCompleteLayer3Information(fields: { cell: RadioCell; layer3: Buffer }): Buffer {
  return bssmap(0x57, cellIdentifier(fields.cell), tlv(0x17, fields.layer3), CHOSEN_CHANNEL);
}

/** Chosen channel (§3.2.2.33): SDCCH. */
const CHOSEN_CHANNEL = Buffer.of(0x21, 0x01);

/** CIPHER MODE COMMAND (§3.2.1.30): A5/1 with a key of 8 octets; the IMEISV is asked for. */
export function encodeCipherModeCommand(fields: { key: Buffer }): Buffer {
  return bssmap(0x53, tlv(0x0a, Buffer.of(0x02), fields.key), Buffer.of(0x23, 0x01));
}

/** CIPHER MODE COMPLETE (§3.2.1.31), with the mobile's CIPHERING MODE COMPLETE and its IMEISV where given. */
export function encodeCipherModeComplete(fields: { imeisv?: string }): Buffer {
  const { imeisv } = fields;
  const layer3: Buffer[] = [Buffer.of(Discriminator.rr, 0x32)];
  if (imeisv !== undefined) layer3.push(tlv(0x17, encodeIdentity({ imeisv })));
  return bssmap(0x55, tlv(0x20, ...layer3), Buffer.of(0x2c, 0x02));
}

/** CLASSMARK UPDATE (§3.2.1.29). `classmark2`: 3 octets. */
export function encodeClassmarkUpdate(fields: { classmark2: Buffer; classmark3?: Buffer }): Buffer {
  const { classmark3 } = fields;
  return bssmap(0x54, tlv(0x12, fields.classmark2), classmark3 === undefined ? NOTHING : tlv(0x13, classmark3));
}

const NOTHING = Buffer.alloc(0);

/** COMMON ID (§3.2.1.68). */
export function encodeCommonId(fields: { imsi: string }): Buffer {
  return bssmap(0x2f, tlv(0x08, encodeIdentity(fields)));
}

/** PAGING (§3.2.1.19), in one cell, or in all of the BSS where none is given. */
export function encodePaging(fields: { imsi: string; tmsi?: number; cell?: RadioCell }): Buffer {
  const { tmsi, cell } = fields;
  return bssmap(
    0x52,
    tlv(0x08, encodeIdentity({ imsi: fields.imsi })),
    tmsi === undefined ? NOTHING : tlv(0x09, encodeIdentity({ tmsi }).subarray(1)),
    cell === undefined ? tlv(0x1a, Buffer.of(6)) : cellList([cell]),
  );
}

function cellList(cells: readonly RadioCell[]): Buffer {
  return tlv(
    0x1a,
    Buffer.of(0),
    ...cells.map((cell) => Buffer.concat([encodePlmn(cell), two(cell.lac), two(cell.ci)])),
  );
}

/** ASSIGNMENT REQUEST (§3.2.1.1) of a speech channel, on a circuit or of a call over IP. */
export function encodeAssignmentRequest(fields: { cic: number } | { callIdentifier: number }): Buffer {
  const speech = tlv(0x0b, Buffer.of(0x01, 0x08, 0x01));
  return 'cic' in fields
    ? bssmap(0x01, speech, Buffer.of(0x01), two(fields.cic))
    : bssmap(0x01, speech, Buffer.of(0x7f), callIdentifier(fields.callIdentifier));
}

/** Call identifier (§3.2.2.105). */
function callIdentifier(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value);
  return octets;
}

/** ASSIGNMENT COMPLETE (§3.2.1.2). */
export function encodeAssignmentComplete(): Buffer {
  return bssmap(0x02, Buffer.of(0x15, 0x00));
}

/** Cause (§3.2.2.5): 9 call control, 12 better cell, 1 radio interface failure, ... */
function causeElement(cause: number): Buffer {
  return tlv(0x04, Buffer.of(cause));
}

/** CLEAR REQUEST (§3.2.1.20). */
export function encodeClearRequest(fields: { cause: number }): Buffer {
  return bssmap(0x22, causeElement(fields.cause));
}

/** CLEAR COMMAND (§3.2.1.21). */
export function encodeClearCommand(fields: { cause: number }): Buffer {
  return bssmap(0x20, causeElement(fields.cause));
}

/** CLEAR COMPLETE (§3.2.1.22). */
export function encodeClearComplete(): Buffer {
  return bssmap(0x21);
}

/** HANDOVER REQUIRED (§3.2.1.9): the cells that the BSS would have the mobile in, best first. */
export function encodeHandoverRequired(fields: { cause: number; cells: readonly RadioCell[] }): Buffer {
  return bssmap(0x11, causeElement(fields.cause), cellList(fields.cells));
}

/** HANDOVER REQUEST (§3.2.1.8) to the BSS of the target cell. */
export function encodeHandoverRequest(fields: {
  classmark2: Buffer;
  serving: RadioCell;
  target: RadioCell;
  cic: number;
}): Buffer {
  return bssmap(
    0x10,
    tlv(0x0b, Buffer.of(0x01, 0x08, 0x01)),
    tlv(0x0a, Buffer.of(0x01)),
    tlv(0x12, fields.classmark2),
    cellIdentifier(fields.serving),
    Buffer.of(0x01),
    two(fields.cic),
    cellIdentifier(fields.target),
  );
}

/** HANDOVER REQUEST ACKNOWLEDGE (§3.2.1.10) around the radio message that the old BSS is to give the mobile. */
export function encodeHandoverRequestAcknowledge(fields: { layer3: Buffer }): Buffer {
  return bssmap(0x12, tlv(0x17, fields.layer3));
}

/** HANDOVER DETECT (§3.2.1.40): the mobile is seen in the new cell. */
export function encodeHandoverDetect(): Buffer {
  return bssmap(0x1b);
}

/** HANDOVER COMMAND (§3.2.1.11) around the radio message for the mobile. */
export function encodeHandoverCommand(fields: { layer3: Buffer; target?: RadioCell }): Buffer {
  return bssmap(0x13, tlv(0x17, fields.layer3), fields.target === undefined ? NOTHING : cellIdentifier(fields.target));
}

/** HANDOVER COMPLETE (§3.2.1.12). */
export function encodeHandoverComplete(): Buffer {
  return bssmap(0x14, Buffer.of(0x15, 0x00));
}

/** HANDOVER FAILURE (§3.2.1.16): the mobile went back to its old channel, or the new BSS has none for it. */
export function encodeHandoverFailure(fields: { cause: number }): Buffer {
  return bssmap(0x16, causeElement(fields.cause));
}

/** HANDOVER PERFORMED (§3.2.1.25): the BSS moved the mobile by itself. */
export function encodeHandoverPerformed(fields: { cause: number; cell: RadioCell }): Buffer {
  return bssmap(0x17, causeElement(fields.cause), cellIdentifier(fields.cell));
}

/** RESET (§3.2.1.23). */
export function encodeReset(fields: { cause: number }): Buffer {
  return bssmap(0x30, causeElement(fields.cause));
}

/** RESET ACKNOWLEDGE (§3.2.1.24). */
export function encodeResetAcknowledge(): Buffer {
  return bssmap(0x31);
}

/** RESET CIRCUIT (§3.2.1.27). */
export function encodeResetCircuit(fields: { cic: number; cause: number }): Buffer {
  return bssmap(0x34, Buffer.of(0x01), two(fields.cic), causeElement(fields.cause));
}

/** RESET CIRCUIT ACKNOWLEDGE (§3.2.1.28). */
export function encodeResetCircuitAcknowledge(fields: { cic: number }): Buffer {
  return bssmap(0x35, Buffer.of(0x01), two(fields.cic));
}

/** RESET IP RESOURCE (§3.2.1.99). */
export function encodeResetIpResource(fields: { callIdentifiers: readonly number[]; cause: number }): Buffer {
  return bssmap(0x3d, causeElement(fields.cause), tlv(0x80, ...fields.callIdentifiers.map(callIdentifier)));
}

/** RESET IP RESOURCE ACKNOWLEDGE (§3.2.1.100). */
export function encodeResetIpResourceAcknowledge(fields: { callIdentifiers: readonly number[] }): Buffer {
  return bssmap(0x3e, tlv(0x80, ...fields.callIdentifiers.map(callIdentifier)));
}

/** A BSSMAP message (48.006 §9.3). */
function bssmap(type: number, ...elements: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(0x00), lv(Buffer.of(type), ...elements)]);
}
