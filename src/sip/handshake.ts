const GET = Buffer.from('GET ');
const HTTP = Buffer.from('HTTP/1.1 ');
/** Longest header block of an opening handshake that is waited for. */
const BLOCK_MAX = 16_384;

/** Whether an HTTP/1.1 GET or a response, whole or cut at `end`, stands at `at`. */
export function looksLikeHttp(data: Buffer, at: number, end: number): boolean {
  return begins(data, at, end, GET) || begins(data, at, end, HTTP);
}

/** End of the header block at `at`, its blank line included; 0 where more bytes must come, -1 where it is too long. */
export function handshakeEnd(data: Buffer, at: number, end: number): number {
  const blank = data.subarray(at, Math.min(end, at + BLOCK_MAX)).indexOf('\r\n\r\n');
  if (blank >= 0) return at + blank + 4;
  return end - at >= BLOCK_MAX ? -1 : 0;
}

/** End of the HTTP message whose header block is [start, end), by its Content-Length (RFC 9112 §6.2); -1 where it does not tell. */
export function messageEnd(data: Buffer, start: number, end: number): number {
  const block = data.toString('latin1', start, end);
  // What upgrades, or was asked to, goes on in another protocol.
  if (/^(?:transfer-encoding|upgrade)[ \t]*:/im.test(block)) return -1;
  return end + Number(/^content-length[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$/im.exec(block)?.[1] ?? 0);
}

/**
 * Whether the header block [start, end) is either side of a WebSocket opening handshake (RFC 6455 §4) that agrees on the
 * subprotocol `sip` (RFC 7118 §3).
 */
export function isSipUpgrade(data: Buffer, start: number, end: number): boolean {
  const block = data.toString('latin1', start, end);
  if (block.startsWith('HTTP/') && !/^HTTP\/1\.1 101\b/.test(block)) return false;
  return (
    /^upgrade[ \t]*:[ \t]*websocket[ \t]*\r?$/im.test(block) &&
    /^sec-websocket-protocol[ \t]*:([^\r\n]*,)?[ \t]*sip[ \t]*(,|\r?$)/im.test(block)
  );
}

function begins(data: Buffer, at: number, end: number, text: Buffer): boolean {
  const length = Math.min(text.length, end - at);
  for (let i = 0; i < length; i++) if (data[at + i] !== text[i]) return false;
  return true;
}
