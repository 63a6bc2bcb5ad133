const PLACE_BITS = 13;
/** Longer texts are rare, and not worth to be held on to. */
const LONGEST = 200;
const SHORTEST = 4;

/** Texts that were met lately, each with a number: two at each place, the one that came later first. */
export class RecentTexts {
  private readonly texts = new Array<string>(2 << PLACE_BITS).fill('');
  private readonly numbers = new Int32Array(2 << PLACE_BITS);

  /** Number of a text; below -1 where it is not known any more. */
  get(text: string): number {
    const { length } = text;
    if (length < SHORTEST || length > LONGEST) return UNKNOWN;
    const place = placeOf(text, length);
    const { texts } = this;
    if (texts[place] === text) return this.numbers[place]!;
    return texts[place + 1] === text ? this.numbers[place + 1]! : UNKNOWN;
  }

  /** Takes note of the number of a text that is not known. @returns the number, -1 or more */
  put(text: string, number: number): number {
    const { length } = text;
    if (length < SHORTEST || length > LONGEST) return number;
    const place = placeOf(text, length);
    const { texts, numbers } = this;
    texts[place + 1] = texts[place]!;
    numbers[place + 1] = numbers[place]!;
    texts[place] = text;
    return (numbers[place] = number);
  }

  clear(): void {
    this.texts.fill('');
  }
}

const UNKNOWN = -2;

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
  return (hash >>> (32 - PLACE_BITS)) << 1;
}
