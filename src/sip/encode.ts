/** A message to be written: a request has `method` and `uri`, a response `status` and `reason`. */
export interface SipText {
  method?: string;
  uri?: string;
  status?: number;
  reason?: string;
  /** Header lines in order, as they are to be spelled. */
  headers: readonly (readonly [name: string, value: string])[];
  body?: string | Buffer;
}

/**
 * Bytes of a message (RFC 3261 §7). Content-Length goes last, unless a header line gives it: then that stands as it is, right or
 * wrong.
 */
export function encodeSip(message: SipText): Buffer {
  let text =
    message.method === undefined
      ? `SIP/2.0 ${message.status} ${message.reason ?? ''}\r\n`
      : `${message.method} ${message.uri} SIP/2.0\r\n`;
  let hasLength = false;
  for (const [name, value] of message.headers) {
    text += `${name}: ${value}\r\n`;
    if (name.length === 14 ? name.toLowerCase() === 'content-length' : name === 'l' || name === 'L') hasLength = true;
  }
  const { body } = message;
  const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  text += hasLength ? '\r\n' : `Content-Length: ${length}\r\n\r\n`;
  if (body === undefined) return Buffer.from(text);
  if (typeof body === 'string') return Buffer.from(text + body);
  return Buffer.concat([Buffer.from(text), body]);
}
