import { encodeAddressString } from '../tcap/ber-encode.ts';
import { lv } from './nas-elements-encode.ts';
import { Discriminator } from './nas-names.ts';
import { RpType } from './nas-sms.ts';

/** CP-DATA (3GPP TS 24.011 §7.2.1) around a message of the relay layer. */
export function encodeCpData(fields: { transaction: number; relay: Buffer }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x01), lv(fields.relay)]);
}

/** CP-ACK (§7.2.2). */
export function encodeCpAck(fields: { transaction: number }): Buffer {
  return header(fields.transaction, 0x04);
}

/** CP-ERROR (§7.2.3). `cause`: 17 network failure, 22 congestion, 97 message type non-existent, ... */
export function encodeCpError(fields: { transaction: number; cause: number }): Buffer {
  return Buffer.concat([header(fields.transaction, 0x10), Buffer.of(fields.cause)]);
}

/** RP-DATA (§7.3.1): the service centre is the destination from the mobile, the originator to it. */
export function encodeRpData(fields: {
  fromMobile: boolean;
  reference: number;
  serviceCentre: string;
  tpdu: Buffer;
}): Buffer {
  const centre = lv(encodeAddressString(fields.serviceCentre));
  const mobile = Buffer.of(0);
  return Buffer.concat([
    Buffer.of(fields.fromMobile ? RpType.dataToNetwork : RpType.dataToMobile, fields.reference),
    fields.fromMobile ? mobile : centre,
    fields.fromMobile ? centre : mobile,
    lv(fields.tpdu),
  ]);
}

/** RP-ACK (§7.3.3). */
export function encodeRpAck(fields: { fromMobile: boolean; reference: number }): Buffer {
  return Buffer.of(fields.fromMobile ? RpType.ackToNetwork : RpType.ackToMobile, fields.reference);
}

/** RP-ERROR (§7.3.4). `cause` by §8.2.5.4: 8 operator determined barring, 10 call barred, 21 rejected, 28 unidentified subscriber, ... */
export function encodeRpError(fields: { fromMobile: boolean; reference: number; cause: number }): Buffer {
  return Buffer.of(fields.fromMobile ? RpType.errorToNetwork : RpType.errorToMobile, fields.reference, 1, fields.cause);
}

function header(transaction: number, type: number): Buffer {
  return Buffer.of((transaction << 4) | Discriminator.sms, type);
}
