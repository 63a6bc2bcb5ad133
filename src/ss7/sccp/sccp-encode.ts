import { encodeDigits } from '../digits.ts';
import { Ss7Variant, type Ss7VariantId } from '../message.ts';
import { type OptionalParameter, writeParameters } from '../parameters.ts';
import { ANSI_NATIONAL, POINT_CODE_PRESENT, pointCodeBytes, ROUTE_ON_SSN, SSN_PRESENT } from './sccp-address.ts';
import { SCCP_MESSAGES, SccpParameter, SccpType } from './sccp-messages.ts';

/** A global title to be written. */
export interface SccpTitle {
  /** `0` to `9`, `*`, `#`, `a`, `b`, `c` for the codes 10 to 14. */
  digits: string;
  /** Global title indicator (Q.713 §3.4.2.3); ANSI has 1 and 2 only (T1.112.3 §3.4.2.3). 4, ANSI: 1. */
  format?: 1 | 2 | 3 | 4;
  nature?: number;
  /** Numbering plan: 1 E.164, 6 E.212, 7 E.214. */
  plan?: number;
  translationType?: number;
}

/** A called or calling party address to be written. Routed on the title where it has one and `routeOnSsn` is not set. */
export interface SccpAddressFields {
  ssn?: number;
  pointCode?: number;
  title?: SccpTitle;
  routeOnSsn?: boolean;
}

/** An SCCP message to be written. Those fields are used that the message has. */
export interface SccpFields {
  type: keyof typeof SccpType;
  variant?: Ss7VariantId;
  called?: SccpAddressFields;
  calling?: SccpAddressFields;
  data?: Buffer;
  sourceReference?: number;
  destinationReference?: number;
  /** Class 0 to 3, and 8 × 16 to have a message returned that cannot be delivered (Q.713 §3.6). Connections: 2; else 0. */
  protocolClass?: number;
  cause?: number;
  /** More data follows in the next message. */
  more?: boolean;
  /** Send and receive sequence numbers of DT2, AK and IT. */
  sendSequence?: number;
  receiveSequence?: number;
  credit?: number;
  hopCounter?: number;
  segmentation?: { first: boolean; remaining: number; reference: number };
}

const P = SccpParameter;
/** User data of one segment, so that a message with two long addresses still fits in 272 bytes of MTP. */
const SEGMENT = 200;

/**
 * One SCCP message (Q.713, T1.112.3).
 *
 * @throws RangeError where a parameter is longer than its length can say
 */
export function encodeSccp(fields: SccpFields): Buffer {
  const type = SccpType[fields.type];
  const format = SCCP_MESSAGES[type]!;
  const fixed: Buffer[] = [];
  const mandatory = new Set<number>(format.variable);
  for (let index = 0; index < format.fixed.length; index += 2) {
    mandatory.add(format.fixed[index]!);
    fixed.push(parameterBytes(format.fixed[index]!, fields));
  }
  const variable = format.variable.map((code) => parameterBytes(code, fields));
  const optional: OptionalParameter[] = [];
  const give = (code: number, there: boolean): void => {
    if (there && !mandatory.has(code)) optional.push({ code, value: parameterBytes(code, fields) });
  };
  give(P.called, fields.called !== undefined);
  give(P.calling, fields.calling !== undefined);
  give(P.data, fields.data !== undefined && !mandatory.has(P.longData));
  give(P.segmentation, fields.segmentation !== undefined);
  return writeParameters(format, type, Buffer.concat(fixed), variable, optional, P.longData);
}

/** A message too long for one unit as XUDTs in segments, in order (Q.714 §4.1.1.2.3). At most 16 of them. */
export function encodeSegments(fields: Omit<SccpFields, 'type'> & { data: Buffer }, reference: number): Buffer[] {
  const count = Math.max(1, Math.ceil(fields.data.length / SEGMENT));
  return Array.from({ length: count }, (_, index) =>
    encodeSccp({
      ...fields,
      type: 'XUDT',
      protocolClass: fields.protocolClass ?? 1,
      data: fields.data.subarray(index * SEGMENT, (index + 1) * SEGMENT),
      segmentation: { first: index === 0, remaining: count - 1 - index, reference },
    }),
  );
}

/** Data of a connection as one DT1 or several (Q.714 §3.5.3). */
export function encodeDataForms(destinationReference: number, data: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(data.length / 255));
  return Array.from({ length: count }, (_, index) =>
    encodeSccp({
      type: 'DT1',
      destinationReference,
      data: data.subarray(index * 255, (index + 1) * 255),
      more: index < count - 1,
    }),
  );
}

function parameterBytes(code: number, fields: SccpFields): Buffer {
  switch (code) {
    case P.destinationReference:
      return referenceBytes(fields.destinationReference ?? 0);
    case P.sourceReference:
      return referenceBytes(fields.sourceReference ?? 0);
    case P.protocolClass:
      return Buffer.of(fields.protocolClass ?? (fields.sourceReference === undefined ? 0 : 2));
    case P.called:
      return addressBytes(fields.called ?? {}, fields.variant ?? Ss7Variant.itu);
    case P.calling:
      return addressBytes(fields.calling ?? {}, fields.variant ?? Ss7Variant.itu);
    case P.data:
    case P.longData:
      return fields.data ?? Buffer.alloc(0);
    case P.segmenting:
      return Buffer.of(fields.more === true ? 1 : 0);
    case P.receiveSequence:
      return Buffer.of((fields.receiveSequence ?? 0) << 1);
    case P.sequencing: {
      const more = fields.more === true ? 1 : 0;
      return Buffer.of((fields.sendSequence ?? 0) << 1, ((fields.receiveSequence ?? 0) << 1) | more);
    }
    case P.credit:
      return Buffer.of(fields.credit ?? 0);
    case P.hopCounter:
      return Buffer.of(fields.hopCounter ?? 15);
    case P.segmentation: {
      const { first, remaining, reference } = fields.segmentation!;
      // Bit 7: in sequence, class 1 (Q.713 §3.17).
      return Buffer.concat([Buffer.of((first ? 0x80 : 0) | 0x40 | remaining), referenceBytes(reference)]);
    }
    default:
      return Buffer.of(fields.cause ?? 0);
  }
}

function referenceBytes(reference: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE(reference, 0, 3);
  return bytes;
}

/** A called or calling party address (Q.713 §3.4, T1.112.3 §3.4), without its length. */
function addressBytes(address: SccpAddressFields, variant: Ss7VariantId): Buffer {
  const { ssn, pointCode, title } = address;
  const ansi = variant === Ss7Variant.ansi;
  let indicator = ansi ? ANSI_NATIONAL : 0;
  if (title === undefined || address.routeOnSsn === true) indicator |= ROUTE_ON_SSN;
  const subsystem = ssn === undefined ? Buffer.alloc(0) : Buffer.of(ssn);
  const point = Buffer.alloc(pointCode === undefined ? 0 : pointCodeBytes(variant));
  if (pointCode !== undefined) {
    point.writeUIntLE(pointCode, 0, point.length);
    indicator |= ansi ? SSN_PRESENT : POINT_CODE_PRESENT;
  }
  if (ssn !== undefined) indicator |= ansi ? POINT_CODE_PRESENT : SSN_PRESENT;
  if (title !== undefined) indicator |= (title.format ?? (ansi ? 1 : 4)) << 2;
  const titleBytes = title === undefined ? Buffer.alloc(0) : encodeTitle(title, ansi);
  return Buffer.concat([Buffer.of(indicator), ...(ansi ? [subsystem, point] : [point, subsystem]), titleBytes]);
}

function encodeTitle(title: SccpTitle, ansi: boolean): Buffer {
  const { digits, nature = 4, plan = 1, translationType = 0 } = title;
  const odd = digits.length & 1;
  const scheme = (plan << 4) | (odd === 1 ? 1 : 2);
  const format = title.format ?? (ansi ? 1 : 4);
  const heads: Record<number, number[]> = ansi
    ? { 1: [translationType, scheme], 2: [translationType] }
    : {
        1: [(odd << 7) | nature],
        2: [translationType],
        3: [translationType, scheme],
        4: [translationType, scheme, nature],
      };
  const head = heads[format];
  if (head === undefined) throw new RangeError(`no global title format ${format}`);
  // Where nothing says that the digits are odd, the filler does (Q.713 §3.4.2.3.2 leaves it to the translation).
  return Buffer.concat([Buffer.from(head), encodeDigits(digits, format === 2 ? 15 : 0)]);
}
