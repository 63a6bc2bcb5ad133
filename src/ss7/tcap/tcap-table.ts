/**
 * What was said under a transaction identifier, for messages that come later: a value for each (identifier, number, owner). Sets of eight
 * places, of which the oldest gives way, one that has been answered first; where none has been, there are twice as many sets, up to the
 * limit. The owner of an identifier is a hash of its SCCP address; an address may be translated on the way, so that
 * another owner's value is taken where its own has none.
 */
export class TransactionTable {
  private words: Int32Array;
  private setMask: number;
  private readonly setsMost: number;
  private sequence = 0;
  private readonly onDrop: () => void;

  /** @param most places at most, not fewer than eight; @param onDrop told when an unanswered value gave way within its time */
  constructor(most: number, onDrop: () => void) {
    this.setsMost = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, most) / WAYS)));
    const sets = Math.min(this.setsMost, SETS_FIRST);
    this.words = new Int32Array(sets * SET_WORDS);
    this.setMask = sets - 1;
    this.onDrop = onDrop;
  }

  /**
   * @param id transaction identifier, signed 32 bits
   * @param number invoke identifier and the like, 0 to 65,535, with the identifier's length
   * @param value 0 or more
   */
  set(id: number, number: number, owner: number, value: number, seconds: number): void {
    const { words } = this;
    const first = this.setOf(id, number);
    let place = -1;
    for (let at = first; at < first + WAYS; at++) {
      if (words[at] !== id || words[at + NUMBER] !== number || words[at + OWNER] !== owner) continue;
      if (words[at + ORDER] === 0) continue;
      place = at;
      break;
    }
    if (place < 0) {
      place = this.oldestOf(first);
      const order = words[place + ORDER]!;
      // One that waits for its answer.
      if (order > 0 && Math.abs(seconds - words[place + SECONDS]!) < OPEN_SECONDS) {
        if (this.setMask + 1 < this.setsMost) {
          this.grow();
          this.set(id, number, owner, value, seconds);
          return;
        }
        this.onDrop();
      }
    }
    this.sequence = this.sequence === 0x7fff_ffff ? 1 : this.sequence + 1;
    words[place] = id;
    words[place + NUMBER] = number;
    words[place + OWNER] = owner;
    words[place + VALUE] = value;
    words[place + ORDER] = this.sequence;
    words[place + SECONDS] = seconds;
  }

  /**
   * The value of the owner, else the last one said under the identifier and number; -1 where there is none.
   *
   * @param answered it is asked for by what ends it
   */
  get(id: number, number: number, owner: number, answered: boolean): number {
    const { words } = this;
    const first = this.setOf(id, number);
    let place = -1;
    let latest = 0;
    for (let at = first; at < first + WAYS; at++) {
      if (words[at] !== id || words[at + NUMBER] !== number) continue;
      const order = Math.abs(words[at + ORDER]!);
      if (order === 0) break;
      if (words[at + OWNER] === owner) {
        place = at;
        break;
      }
      if (order > latest) {
        latest = order;
        place = at;
      }
    }
    if (place < 0) return -1;
    if (answered) words[place + ORDER] = -Math.abs(words[place + ORDER]!);
    return words[place + VALUE]!;
  }

  /** The place of a set that is free, else the oldest answered one, else the oldest. */
  private oldestOf(first: number): number {
    const { words } = this;
    let place = first;
    let oldest = Number.POSITIVE_INFINITY;
    for (let at = first; at < first + WAYS; at++) {
      const order = words[at + ORDER]!;
      if (order === 0) return at;
      const age = order < 0 ? -order : order + UNANSWERED;
      if (age < oldest) {
        oldest = age;
        place = at;
      }
    }
    return place;
  }

  /** Each set becomes two, told apart by the next bit of the hash. */
  private grow(): void {
    const old = this.words;
    const sets = this.setMask + 1;
    const words = new Int32Array(old.length * 2);
    this.setMask = sets * 2 - 1;
    for (let from = 0; from < old.length; from += SET_WORDS) {
      let low = from;
      let high = from + sets * SET_WORDS;
      for (let at = from; at < from + WAYS && old[at + ORDER] !== 0; at++) {
        const to = this.setOf(old[at]!, old[at + NUMBER]!) === from ? low++ : high++;
        for (let field = 0; field < SET_WORDS; field += WAYS) words[to + field] = old[at + field]!;
      }
    }
    this.words = words;
  }

  private setOf(id: number, number: number): number {
    let hash = Math.imul(id ^ Math.imul(number, 0x85ebca6b), 0x9e3779b1);
    hash ^= hash >>> 15;
    return (hash & this.setMask) * SET_WORDS;
  }
}

const WAYS = 8;
/**
 * Words of a set: the identifiers of its places first, then these of each. A search for what is not there, and for the place that gives
 * way, looks at the first two alone: one line of the processor's cache. ORDER is 0 where a place is free, negative where it has been
 * answered.
 */
const ORDER = WAYS;
const NUMBER = 2 * WAYS;
const OWNER = 3 * WAYS;
const VALUE = 4 * WAYS;
const SECONDS = 5 * WAYS;
const SET_WORDS = 6 * WAYS;
const SETS_FIRST = 64;
/** Above every sequence number. */
const UNANSWERED = 2 ** 31;
/** Longest time an operation of the mobile network is waited for (3GPP TS 29.002 §17.1.2, timer ml: 10 minutes). */
const OPEN_SECONDS = 600;
