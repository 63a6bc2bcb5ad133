import { MessageClass } from './sigtran.ts';
import { encodeParameter, encodeSigtran } from './sigtran-encode.ts';

/** An M2UA Data message (RFC 3331 §3.3.1.1) around an MTP3 message. */
export function encodeM2ua(interfaceIdentifier: number, mtp3: Uint8Array): Buffer {
  const identifier = Buffer.alloc(4);
  identifier.writeUInt32BE(interfaceIdentifier);
  return encodeSigtran(MessageClass.maup, 1, [encodeParameter(0x0001, identifier), encodeParameter(0x0300, mtp3)]);
}
