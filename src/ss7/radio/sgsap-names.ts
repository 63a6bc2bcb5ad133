/** Message types of SGsAP (3GPP TS 29.118 §9.2) that say something of a line. */
export const SgsapType = {
  pagingRequest: 0x01,
  pagingReject: 0x02,
  serviceRequest: 0x06,
  downlinkUnitdata: 0x07,
  uplinkUnitdata: 0x08,
  locationUpdateRequest: 0x09,
  locationUpdateAccept: 0x0a,
  locationUpdateReject: 0x0b,
  epsDetachIndication: 0x11,
  epsDetachAck: 0x12,
  imsiDetachIndication: 0x13,
  imsiDetachAck: 0x14,
  ueUnreachable: 0x1f,
} as const;

/** Names in camel case, as the standard has them (29.118 §9.2). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'pagingRequest',
  2: 'pagingReject',
  6: 'serviceRequest',
  7: 'downlinkUnitdata',
  8: 'uplinkUnitdata',
  9: 'locationUpdateRequest',
  10: 'locationUpdateAccept',
  11: 'locationUpdateReject',
  12: 'tmsiReallocationComplete',
  13: 'alertRequest',
  14: 'alertAck',
  15: 'alertReject',
  16: 'ueActivityIndication',
  17: 'epsDetachIndication',
  18: 'epsDetachAck',
  19: 'imsiDetachIndication',
  20: 'imsiDetachAck',
  21: 'resetIndication',
  22: 'resetAck',
  23: 'serviceAbortRequest',
  24: 'moCsfbIndication',
  26: 'mmInformationRequest',
  27: 'releaseRequest',
  29: 'status',
  31: 'ueUnreachable',
};

/** `pagingRequest`, ...; `unknown` where the table has none. */
export function sgsapTypeName(type: number): string {
  return NAMES[type] ?? 'unknown';
}

export function isSgsapType(type: number): boolean {
  return NAMES[type] !== undefined;
}

/** Identifiers of information elements (29.118 §9.3). */
export const SgsapElement = {
  imsi: 0x01,
  vlrName: 0x02,
  tmsi: 0x03,
  area: 0x04,
  cause: 0x08,
  mmeName: 0x09,
  updateType: 0x0a,
  mobileIdentity: 0x0e,
  reject: 0x0f,
  detachFromEps: 0x10,
  detachFromNonEps: 0x11,
  imeisv: 0x15,
  nas: 0x16,
  calling: 0x1c,
  service: 0x20,
  timeZone: 0x21,
  classmark2: 0x22,
  trackingArea: 0x23,
  cell: 0x24,
  mode: 0x25,
} as const;

/** The last identifier that the standard gives to an element (29.118 §9.3). */
export const LAST_ELEMENT = 0x2e;
