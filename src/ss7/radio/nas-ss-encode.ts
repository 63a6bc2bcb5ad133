import { lv, tlv } from './nas-elements-encode.ts';
import { Discriminator } from './nas-names.ts';

/** Elements of supplementary services (3GPP TS 24.080 §3.5, §3.6). */
const FACILITY = 0x1c;
const SS_VERSION = 0x7f;

/** REGISTER (24.080 §2.4): an invoke component begins the transaction. From the mobile it tells the version of the protocol. */
export function encodeSsRegister(fields: { transaction: number; component: Buffer; fromMobile: boolean }): Buffer {
  return Buffer.concat([
    header(fields.transaction, 0x3b),
    tlv(FACILITY, fields.component),
    fields.fromMobile ? tlv(SS_VERSION, Buffer.of(0)) : Buffer.alloc(0),
  ]);
}

/** FACILITY (§2.3). */
export function encodeSsFacility(fields: { transaction: number; component: Buffer }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x3a), lv(fields.component)]);
}

/** RELEASE COMPLETE (§2.5), with the result where there is one. */
export function encodeSsReleaseComplete(fields: { transaction: number; component?: Buffer }): Buffer {
  const first = header(fields.transaction, 0x2a);
  return fields.component === undefined ? first : Buffer.concat([first, tlv(FACILITY, fields.component)]);
}

function header(transaction: number, type: number): Buffer {
  return Buffer.of((transaction << 4) | Discriminator.ss, type);
}
