import { u16 } from '../base/bytes.ts';

/** Begins a header of version 1, in text (HAProxy: The PROXY protocol, §2.1). */
const TEXT = Buffer.from('PROXY ');
/** Bytes of such a header at most, its line end among them. */
const TEXT_MAX = 107;
/** Begins a header of version 2 (§2.2). */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Bytes of it until its length is known: signature, version and command, family, length of what follows. */
const BINARY = 16;
const VERSION_2 = 2;
/** Of a signature that is cut, what tells it from the line ends that keep a connection alive (RFC 5626 §3.5.1). */
const TOLD = 5;

/**
 * Bytes of the header with which a proxy of connections (HAProxy, nginx, balancers of clouds) says whose connection it passes on, before
 * anything that the client sent: 0 where more must come to tell, -1 where there is none at data [start, end).
 */
export function proxyHeader(data: Buffer, start: number, end: number): number {
  if (data[start] === TEXT[0]) return textHeader(data, start, end);
  return data[start] === SIGNATURE[0] ? binaryHeader(data, start, end) : -1;
}

function textHeader(data: Buffer, start: number, end: number): number {
  if (!beginsWith(data, start, end, TEXT)) return -1;
  const stop = Math.min(end, start + TEXT_MAX);
  const line = data.subarray(start, stop).indexOf('\r\n');
  if (line >= 0) return line + 2;
  return end - start < TEXT_MAX ? 0 : -1;
}

function binaryHeader(data: Buffer, start: number, end: number): number {
  if (end - start < TOLD || !beginsWith(data, start, end, SIGNATURE)) return -1;
  if (end - start < BINARY) return 0;
  if (data[start + SIGNATURE.length]! >> 4 !== VERSION_2) return -1;
  const length = BINARY + u16(data, start + BINARY - 2);
  return start + length <= end ? length : 0;
}

/** Whether the bytes that are there are those of `text`, as far as they go. */
function beginsWith(data: Buffer, start: number, end: number, text: Buffer): boolean {
  const length = Math.min(text.length, end - start);
  return data.compare(text, 0, length, start, start + length) === 0;
}
