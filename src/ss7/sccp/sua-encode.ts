import { MessageClass } from '../link/sigtran.ts';
import { encodeParameter, encodeSigtran } from '../link/sigtran-encode.ts';

/** An address of SUA (RFC 3868 §3.10.2): each part where given. */
export interface SuaAddress {
  /** E.164 digits of an international number, as a global title. */
  title?: string;
  pointCode?: number;
  ssn?: number;
}

/** Which segment of a message a CLDT is (RFC 3868 §3.10.23). */
export interface SuaSegmentation {
  first: boolean;
  remaining: number;
  reference: number;
}

/** A CLDT message (RFC 3868 §3.3.1) around user data. */
export function encodeCldt(
  called: SuaAddress,
  calling: SuaAddress,
  data: Uint8Array,
  segmentation: SuaSegmentation | null = null,
): Buffer {
  const segment: Buffer[] = [];
  if (segmentation !== null) {
    const { first, remaining, reference } = segmentation;
    segment.push(encodeParameter(0x0117, number32((first ? 0x8000_0000 : 0) + remaining * 0x100_0000 + reference)));
  }
  return encodeSigtran(MessageClass.connectionless, 1, [
    encodeParameter(0x0006, Buffer.from([0, 0, 0, 1])),
    encodeParameter(0x0115, Buffer.from([0, 0, 0, 0])),
    encodeParameter(0x0102, address(calling)),
    encodeParameter(0x0103, address(called)),
    encodeParameter(0x0116, Buffer.from([0, 0, 0, 0])),
    ...segment,
    encodeParameter(0x010b, data),
  ]);
}

/**
 * A message of a connection (RFC 3868 §3.4).
 *
 * @param type CORE 1, COAK 2, RELRE 4, RELCO 5, CODT 8
 * @param more sequence number of a CODT of protocol class 3, whether more data follows in the next; left out: it has none
 */
export function encodeSuaConnection(
  type: number,
  references: { source?: number; destination?: number },
  called: SuaAddress | null,
  data: Uint8Array | null,
  more?: boolean,
): Buffer {
  const parameters = [encodeParameter(0x0006, Buffer.from([0, 0, 0, 1]))];
  if (type <= 2) parameters.push(encodeParameter(0x0115, Buffer.from([0, 0, 0, 2])));
  if (more !== undefined) parameters.push(encodeParameter(0x0107, Buffer.from([0, 0, more ? 1 : 0, 0])));
  if (references.source !== undefined) parameters.push(encodeParameter(0x0104, number32(references.source)));
  if (references.destination !== undefined) parameters.push(encodeParameter(0x0105, number32(references.destination)));
  if (called !== null) parameters.push(encodeParameter(0x0103, address(called)));
  if (type === 1) parameters.push(encodeParameter(0x0116, Buffer.from([0, 0, 0, 0])));
  // Cause of a release: end user originated.
  if (type === 4) parameters.push(encodeParameter(0x0106, Buffer.from([0, 0, 3, 0])));
  if (data !== null) parameters.push(encodeParameter(0x010b, data));
  return encodeSigtran(MessageClass.connectionOriented, type, parameters);
}

function address({ title, pointCode, ssn }: SuaAddress): Buffer {
  // Routing on global title 1 or on SSN and point code 2; indicator: SSN 1, point code 2, global title 4.
  const indicator = (ssn === undefined ? 0 : 1) | (pointCode === undefined ? 0 : 2) | (title === undefined ? 0 : 4);
  const parts: Buffer[] = [Buffer.from([0, title === undefined ? 2 : 1, 0, indicator])];
  if (title !== undefined) {
    const digits = Buffer.alloc((title.length + 1) >> 1);
    for (const [index, digit] of [...title].entries()) {
      digits[index >> 1] = (digits[index >> 1] ?? 0) | (Number(digit) << ((index & 1) * 4));
    }
    // GTI 4: translation type, numbering plan E.164, nature of address international.
    parts.push(encodeParameter(0x8001, Buffer.concat([Buffer.from([0, 0, 0, 4, title.length, 0, 1, 4]), digits])));
  }
  if (pointCode !== undefined) parts.push(encodeParameter(0x8002, number32(pointCode)));
  if (ssn !== undefined) parts.push(encodeParameter(0x8003, Buffer.from([0, 0, 0, ssn])));
  return Buffer.concat(parts);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
