/** Big-endian reads at an offset that the caller has checked. Plain arithmetic: Buffer's own readers check again. */
export function u16(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!;
}

/** Unsigned 32 bits, big-endian. */
export function u32(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

/** FNV-1a over bytes [start, end), 32 bits, signed. Good enough for tables that verify the key afterwards. */
export function hashBytes(data: Uint8Array, start: number, end: number, seed = 0x811c9dc5): number {
  let hash = seed | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ data[at]!, 0x01000193);
  return hash;
}

/** A 32-bit hash of bytes [start, end), four at a step. For tables that verify the key afterwards. @param view over the same bytes */
export function hashText(data: Buffer, start: number, end: number, seed: number, view = viewOf(data)): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ data[at]!, 0x01000193);
  return hash ^ (hash >>> 13);
}

/** True where bytes [start, end) are the Latin-1 characters of `text`. */
export function equalsText(data: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (data[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** As {@link equalsText}, ASCII letters without regard to case. `lower` must be lower case. */
export function equalsTextIgnoreCase(data: Uint8Array, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    let byte = data[start + i]!;
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/** Bytes [start, end) as Latin-1 text. */
export function latin1(data: Buffer, start: number, end: number): string {
  return data.toString('latin1', start, end);
}

const NOTHING = Buffer.alloc(0);
let viewed: Buffer = NOTHING;
let lastView: DataView = new DataView(NOTHING.buffer, NOTHING.byteOffset, 0);
let viewedBefore: Buffer = viewed;
let viewBefore: DataView = lastView;

/**
 * The same bytes for reading several at once, at the same offsets. Packets of one chunk share a Buffer, so that one view serves
 * them all; two are remembered, for those who work on two buffers in turn.
 */
export function viewOf(data: Buffer): DataView {
  if (data === viewed) return lastView;
  const view = data === viewedBefore ? viewBefore : new DataView(data.buffer, data.byteOffset, data.byteLength);
  viewedBefore = viewed;
  viewBefore = lastView;
  viewed = data;
  lastView = view;
  return view;
}
