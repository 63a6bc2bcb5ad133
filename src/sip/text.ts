const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of bytes [start, end): UTF-8 as RFC 3261 §7.3.1 has it, or Latin-1 where it is not UTF-8. */
export function textOf(data: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (data[at]! < 0x80) continue;
    try {
      return utf8.decode(data.subarray(start, end));
    } catch {
      break;
    }
  }
  return data.toString('latin1', start, end);
}

/** As {@link textOf}, each fold one space (RFC 3261 §7.3.1). */
export function unfoldedText(data: Buffer, start: number, end: number): string {
  const text = textOf(data, start, end);
  for (let at = start; at < end; at++) {
    if (data[at] !== 0x0d && data[at] !== 0x0a) continue;
    // Not one expression for a fold and the blanks around it: that takes time with the square of the blanks.
    const lines = text.split(/[\r\n]+/);
    return lines.map((line) => line.trim()).join(' ');
  }
  return text;
}

/** As {@link textOf}, with `%` escapes decoded (RFC 3261 §19.1.2); a malformed escape stands as it is. */
export function unescapedText(data: Buffer, start: number, end: number): string {
  let at = start;
  while (at < end && data[at] !== 0x25) at++;
  if (at === end) return textOf(data, start, end);
  const out = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (at = start; at < end; at++) {
    const high = at + 2 < end && data[at] === 0x25 ? digit(data[at + 1]!) : -1;
    const low = high >= 0 ? digit(data[at + 2]!) : -1;
    if (low >= 0) {
      out[length++] = high * 16 + low;
      at += 2;
    } else {
      out[length++] = data[at]!;
    }
  }
  return textOf(out, 0, length);
}

/** Value of a hexadecimal digit, -1 where it is none. */
function digit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  byte |= 0x20;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
