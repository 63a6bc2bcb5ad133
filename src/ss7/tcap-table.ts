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
    const last = first + SET_WORDS;
    let place = first;
    let oldest = Number.POSITIVE_INFINITY;
    for (let at = first; at < last; at += WORDS) {
      if (words[at + ORDER] === 0) {
        place = at;
        oldest = 0;
        break;
      }
      if (words[at] === id && words[at + NUMBER] === number && words[at + OWNER] === owner) {
        place = at;
        oldest = 0;
        break;
      }
      const age = words[at + ORDER]! + (words[at + ANSWERED] === 1 ? 0 : UNANSWERED);
      if (age < oldest) {
        oldest = age;
        place = at;
      }
    }
    if (oldest >= UNANSWERED && Math.abs(seconds - words[place + SECONDS]!) < OPEN_SECONDS) {
      if (this.setMask + 1 < this.setsMost) {
        this.grow();
        this.set(id, number, owner, value, seconds);
        return;
      }
      this.onDrop();
    }
    this.sequence = this.sequence === 0x7fff_ffff ? 1 : this.sequence + 1;
    words[place] = id;
    words[place + NUMBER] = number;
    words[place + OWNER] = owner;
    words[place + VALUE] = value;
    words[place + SECONDS] = seconds;
    words[place + ORDER] = this.sequence;
    words[place + ANSWERED] = 0;
  }

  /**
   * The value of the owner, else the last one said under the identifier and number; -1 where there is none.
   *
   * @param answered it is asked for by what ends it
   */
  get(id: number, number: number, owner: number, answered: boolean): number {
    const { words } = this;
    const first = this.setOf(id, number);
    const last = first + SET_WORDS;
    let place = -1;
    for (let at = first; at < last && words[at + ORDER] !== 0; at += WORDS) {
      if (words[at] !== id || words[at + NUMBER] !== number) continue;
      if (words[at + OWNER] === owner) {
        place = at;
        break;
      }
      if (place < 0 || words[at + ORDER]! > words[place + ORDER]!) place = at;
    }
    if (place < 0) return -1;
    if (answered) words[place + ANSWERED] = 1;
    return words[place + VALUE]!;
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
      for (let at = from; at < from + SET_WORDS && old[at + ORDER] !== 0; at += WORDS) {
        const isLow = this.setOf(old[at]!, old[at + NUMBER]!) === from;
        words.set(old.subarray(at, at + WORDS), isLow ? low : high);
        if (isLow) low += WORDS;
        else high += WORDS;
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
/** Words of a place: the identifier first, then these. ORDER is 0 where it is free. */
const NUMBER = 1;
const OWNER = 2;
const VALUE = 3;
const SECONDS = 4;
const ORDER = 5;
const ANSWERED = 6;
const WORDS = 8;
const SET_WORDS = WAYS * WORDS;
const SETS_FIRST = 64;
/** Above every sequence number. */
const UNANSWERED = 2 ** 31;
/** Longest time an operation of the mobile network is waited for (3GPP TS 29.002 §17.1.2, timer ml: 10 minutes). */
const OPEN_SECONDS = 600;
