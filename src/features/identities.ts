/** Who events are of: each combination of IMSI, MSISDN and address of record once, by number from 0 on. */
export class Identities {
  count = 0;
  /** Three numbers of texts (imsi, msisdn, aor; -1 missing) of each. */
  private parts = new Int32Array(3 * SMALLEST);
  /** When it was first and last seen, seconds since the epoch. */
  private firsts = new Float64Array(SMALLEST);
  private lasts = new Float64Array(SMALLEST);
  /** Open addressing: number plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * SMALLEST);
  private last = 0;

  /** Number of an identity, seen at a time. */
  number(imsi: number, msisdn: number, aor: number, time: number): number {
    const number = this.find(imsi, msisdn, aor);
    this.see(number, time);
    return number;
  }

  /** Takes note that it was seen at a time too. */
  see(number: number, time: number): void {
    if (time < this.firsts[number]!) this.firsts[number] = time;
    if (time > this.lasts[number]! && time < Number.POSITIVE_INFINITY) this.lasts[number] = time;
  }

  imsi(number: number): number {
    return this.parts[3 * number]!;
  }

  msisdn(number: number): number {
    return this.parts[3 * number + 1]!;
  }

  aor(number: number): number {
    return this.parts[3 * number + 2]!;
  }

  first(number: number): number {
    return this.firsts[number]!;
  }

  latest(number: number): number {
    return this.lasts[number]!;
  }

  /** Number of the one without any text; -1. */
  nobody(): number {
    for (let number = 0; number < this.count; number++) if (this.is(number, -1, -1, -1)) return number;
    return -1;
  }

  /** Forgets all. */
  clear(): void {
    if (this.count === 0) return;
    this.count = 0;
    this.slots.fill(0);
  }

  private find(imsi: number, msisdn: number, aor: number): number {
    if (this.is(this.last, imsi, msisdn, aor)) return this.last;
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hashOf(imsi, msisdn, aor) & mask;
    for (;;) {
      const number = slots[slot]! - 1;
      if (number < 0) break;
      if (this.is(number, imsi, msisdn, aor)) return (this.last = number);
      slot = (slot + 1) & mask;
    }
    const number = this.count++;
    if (number === this.firsts.length) this.grow();
    this.parts[3 * number] = imsi;
    this.parts[3 * number + 1] = msisdn;
    this.parts[3 * number + 2] = aor;
    this.firsts[number] = Number.POSITIVE_INFINITY;
    this.lasts[number] = Number.NEGATIVE_INFINITY;
    if (2 * this.count > slots.length) this.fill(new Int32Array(2 * slots.length));
    else slots[slot] = number + 1;
    return (this.last = number);
  }

  private is(number: number, imsi: number, msisdn: number, aor: number): boolean {
    const at = 3 * number;
    return (
      number < this.count && this.parts[at] === imsi && this.parts[at + 1] === msisdn && this.parts[at + 2] === aor
    );
  }

  private grow(): void {
    const parts = new Int32Array(2 * this.parts.length);
    const firsts = new Float64Array(2 * this.firsts.length);
    const lasts = new Float64Array(2 * this.lasts.length);
    parts.set(this.parts);
    firsts.set(this.firsts);
    lasts.set(this.lasts);
    this.parts = parts;
    this.firsts = firsts;
    this.lasts = lasts;
  }

  private fill(slots: Int32Array<ArrayBuffer>): void {
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      let slot = hashOf(this.imsi(number), this.msisdn(number), this.aor(number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }
}

const SMALLEST = 256;

function hashOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ 0x5bd1e995, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ b, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ c, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
