const PLACE_BITS = 13;
/** Longer texts are rare, and not worth to be held on to. */
const LONGEST = 200;
const SHORTEST = 4;

/**
 * What texts say that were met lately: two texts at each place, the one that came later first. For texts that are mostly the same
 * strings again: to find one costs a look at a few of its characters, not a hash of all.
 */
export class RecentTexts<T> {
  /** Text, what it says, text, what it says: a place lies in one line of the processor's cache. */
  private readonly entries = new Array<unknown>(4 << PLACE_BITS).fill('');

  /** What a text says; undefined where it is not known any more. */
  get(text: string): T | undefined {
    const { length } = text;
    if (length < SHORTEST || length > LONGEST) return undefined;
    const place = placeOf(text, length);
    const { entries } = this;
    if (entries[place] === text) return entries[place + 1] as T;
    return entries[place + 2] === text ? (entries[place + 3] as T) : undefined;
  }

  /** Takes note of what a text says that is not known. */
  put(text: string, value: T): T {
    const { length } = text;
    if (length < SHORTEST || length > LONGEST) return value;
    const place = placeOf(text, length);
    const { entries } = this;
    entries[place + 2] = entries[place];
    entries[place + 3] = entries[place + 1];
    entries[place] = text;
    entries[place + 1] = value;
    return value;
  }

  clear(): void {
    this.entries.fill('');
  }
}

/**
 * Where a text stands. Numbers and addresses differ at their end, addresses of record (`number@domain`) where a number of some eleven
 * digits has its end.
 */
function placeOf(text: string, length: number): number {
  const end =
    (text.charCodeAt(length - 1) << 8) ^ (text.charCodeAt(length - 2) << 16) ^ (text.charCodeAt(length - 3) << 24);
  let hash = Math.imul(end ^ text.charCodeAt(length - 4) ^ (length << 4), 0x9e3779b1);
  if (length > 11) {
    const middle = (text.charCodeAt(10) << 8) ^ (text.charCodeAt(9) << 16) ^ (text.charCodeAt(8) << 24);
    hash = Math.imul(hash ^ (hash >>> 15) ^ middle ^ text.charCodeAt(7) ^ (text.charCodeAt(6) << 4), 0x85ebca6b);
  }
  return (hash >>> (32 - PLACE_BITS)) << 2;
}
