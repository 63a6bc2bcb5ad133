import { encodeDigits } from '../digits.ts';
import { type Area, encodeArea, encodeIdentity, encodeNumber, encodePlmn, tlv, two } from './nas-elements-encode.ts';
import { SgsapElement, SgsapType } from './sgsap-names.ts';

/** What a message may say. Elements that are left out are not written. */
export interface SgsapFields {
  type: number;
  imsi?: string;
  /** Names of hosts, `a.b.c` (29.118 §9.4.13, §9.4.22). */
  mmeName?: string;
  vlrName?: string;
  /** 1 the phone attaches, 2 it goes to another area (§9.4.2). */
  updateType?: 1 | 2;
  /** 1 a call, 2 a short message (§9.4.17). */
  service?: 1 | 2;
  reject?: number;
  cause?: number;
  /** A message of 24.011 (§9.4.15). */
  nas?: Buffer;
  /** 1 and 3 the network detaches the phone from EPS, 2 it does so itself (§9.4.7); of other services 1 and 2 itself, 3 the network (§9.4.8). */
  detachType?: 1 | 2 | 3;
  /** Of a page; of an accept the one that the phone is given. */
  tmsi?: number;
  /** Caller of a page and the nature of its number (Q.763 §3.9). */
  calling?: { digits: string; nature: number };
  area?: Area;
  oldArea?: Area;
  imeisv?: string;
  /** Three octets. */
  classmark2?: Buffer;
  trackingArea?: { mcc: string; mnc: string; tac: number };
  cell?: { mcc: string; mnc: string; ci: number };
}

/** A message (3GPP TS 29.118 §8): the elements in the order that all messages have them in. */
export function encodeSgsap(fields: SgsapFields): Buffer {
  const { type, imsi, mmeName, vlrName, tmsi, calling, area, oldArea, imeisv, trackingArea, cell } = fields;
  const parts: Buffer[] = [Buffer.of(type)];
  const put = (identifier: number, value: Buffer): number => parts.push(tlv(identifier, value));
  const octet = (identifier: number, value: number | undefined): void => {
    if (value !== undefined) put(identifier, Buffer.of(value));
  };
  if (imsi !== undefined) put(SgsapElement.imsi, encodeIdentity({ imsi }));
  if (mmeName !== undefined) put(SgsapElement.mmeName, labels(mmeName));
  if (vlrName !== undefined) put(SgsapElement.vlrName, labels(vlrName));
  octet(SgsapElement.updateType, fields.updateType);
  octet(SgsapElement.service, fields.service);
  octet(SgsapElement.reject, fields.reject);
  octet(SgsapElement.cause, fields.cause);
  if (fields.nas !== undefined) put(SgsapElement.nas, fields.nas);
  const isEps = type === SgsapType.epsDetachIndication;
  octet(isEps ? SgsapElement.detachFromEps : SgsapElement.detachFromNonEps, fields.detachType);
  const isGiven = type === SgsapType.locationUpdateAccept;
  if (tmsi !== undefined && !isGiven) put(SgsapElement.tmsi, encodeIdentity({ tmsi }).subarray(1));
  if (calling !== undefined) put(SgsapElement.calling, encodeNumber(calling.digits, calling.nature));
  if (area !== undefined) put(SgsapElement.area, encodeArea(area));
  if (oldArea !== undefined) put(SgsapElement.area, encodeArea(oldArea));
  if (tmsi !== undefined && isGiven) put(SgsapElement.mobileIdentity, encodeIdentity({ tmsi }));
  if (imeisv !== undefined) put(SgsapElement.imeisv, encodeDigits(imeisv, 15));
  if (fields.classmark2 !== undefined) put(SgsapElement.classmark2, fields.classmark2);
  if (trackingArea !== undefined)
    put(SgsapElement.trackingArea, encodeArea({ ...trackingArea, lac: trackingArea.tac }));
  if (cell !== undefined)
    put(SgsapElement.cell, Buffer.concat([encodePlmn(cell), two(cell.ci >>> 16), two(cell.ci & 0xffff)]));
  return Buffer.concat(parts);
}

/** Labels of a domain name, each after its length (RFC 1035 §3.1), without the root's. */
function labels(name: string): Buffer {
  return Buffer.concat(name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]));
}
