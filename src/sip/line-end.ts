const LF = 0x0a;
const CR = 0x0d;

/** Offset of the first CR or LF at or after `at`, else `limit`. `view`: the same bytes. */
export function lineEnd(data: Buffer, view: DataView, at: number, limit: number): number {
  // Four bytes a step, little-endian: a byte below 14 sets its top bit in `low` (and perhaps that of one after it).
  for (const last = limit - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    const low = (word - 0x0e0e0e0e) & ~word & 0x80808080;
    if (low === 0) continue;
    at += (31 - Math.clz32(low & -low)) >> 3;
    if (data[at] === CR || data[at] === LF) return at;
    at -= 3;
  }
  while (at < limit && data[at] !== CR && data[at] !== LF) at++;
  return at;
}

/** What stands behind the line end at `at`. */
export function afterLineEnd(data: Buffer, at: number, limit: number): number {
  return data[at] === CR && at + 1 < limit && data[at + 1] === LF ? at + 2 : at + 1;
}
