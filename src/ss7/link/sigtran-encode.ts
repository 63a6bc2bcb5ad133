import { COMMON_HEADER, PARAMETER_HEADER } from './sigtran.ts';

/** A message of an adaptation layer (RFC 4666 §3.1): common header, then the parameters. */
export function encodeSigtran(messageClass: number, type: number, parameters: readonly Uint8Array[]): Buffer {
  const head = Buffer.from([1, 0, messageClass, type, 0, 0, 0, 0]);
  head.writeUInt32BE(COMMON_HEADER + parameters.reduce((sum, parameter) => sum + parameter.length, 0), 4);
  return Buffer.concat([head, ...parameters]);
}

/** A parameter (RFC 4666 §3.2), padded with zeros to 4 bytes. */
export function encodeParameter(tag: number, value: Uint8Array): Buffer {
  const length = PARAMETER_HEADER + value.length;
  const bytes = Buffer.alloc((length + 3) & ~3);
  bytes.writeUInt16BE(tag);
  bytes.writeUInt16BE(length, 2);
  bytes.set(value, PARAMETER_HEADER);
  return bytes;
}
