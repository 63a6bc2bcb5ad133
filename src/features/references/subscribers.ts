import { readTime } from '../../base/time.ts';
import { digitsOf } from '../history/dictionary.ts';
import { readCsv } from './csv.ts';

/** Products of lines in things, not in hands. */
const THINGS = /\b(iot|m2m)\b|物联/i;
const IMSI = /^\d{14,15}$/;
const SMALLEST = 1024;

/** One subscriber as the file has it. */
export interface Subscriber {
  msisdn: string;
  imsi: string | null;
  /** Digest of the identity document, as a number; NaN where the file has none. */
  id: number;
  /** Seconds since the epoch; NaN where the file has none. */
  activated: number;
  /** Whether its product is for a thing; null where the file has no product. */
  isThing: boolean | null;
  /** Numbers of dealer and brand; -1 where the file has none. */
  dealer: number;
  brand: number;
}

/** The operator's register of subscribers, as columns: about 90 bytes each, whatever they are called. */
export class Subscribers {
  count = 0;
  private msisdns = new Float64Array(SMALLEST);
  private imsis = new Float64Array(SMALLEST);
  private ids = new Float64Array(SMALLEST);
  private activations = new Float64Array(SMALLEST);
  /** Digits of the IMSI, which may begin with zeros; 0 where there is none. */
  private imsiDigits = new Uint8Array(SMALLEST);
  /** 2 things, 1 others, 0 where there is no product. */
  private things = new Uint8Array(SMALLEST);
  private dealers = new Int32Array(SMALLEST);
  private brands = new Int32Array(SMALLEST);
  /** Open addressing: number plus one, or 0. At most half full. */
  private byMsisdn = new Int32Array(2 * SMALLEST);
  private byImsi = new Int32Array(2 * SMALLEST);
  private readonly names = new Map<string, number>();
  /** Ids of all, sorted; made when first asked for. */
  private sortedIds: Float64Array | null = null;

  /** @returns false where the MSISDN or IMSI is there already */
  add(
    subscriber: Omit<Subscriber, 'id' | 'dealer' | 'brand'> & { id: string; dealer: string; brand: string },
  ): boolean {
    if (this.count === this.msisdns.length) this.grow();
    const number = this.count;
    const { msisdn, imsi, id } = subscriber;
    this.msisdns[number] = Number(msisdn);
    this.imsis[number] = imsi === null ? Number.NaN : Number(imsi);
    this.imsiDigits[number] = imsi === null ? 0 : imsi.length;
    if (this.find(this.byMsisdn, this.msisdns, Number(msisdn)) >= 0) return false;
    if (imsi !== null && this.find(this.byImsi, this.imsis, Number(imsi)) >= 0) return false;
    this.ids[number] = id === '' ? Number.NaN : digest(id);
    this.activations[number] = subscriber.activated;
    this.things[number] = subscriber.isThing === null ? 0 : subscriber.isThing ? 2 : 1;
    this.dealers[number] = this.nameOf(`dealer ${subscriber.dealer}`, subscriber.dealer);
    this.brands[number] = this.nameOf(`brand ${subscriber.brand}`, subscriber.brand);
    this.count++;
    put(this.byMsisdn, this.msisdns, number);
    if (imsi !== null) put(this.byImsi, this.imsis, number);
    this.sortedIds = null;
    return true;
  }

  /** Number of the subscriber that a line named by MSISDN or IMSI is, or -1. */
  numberOf(line: string): number {
    const digits = digitsOf(line);
    if (Number.isNaN(digits)) return -1;
    const found = this.find(this.byMsisdn, this.msisdns, digits);
    return found >= 0 || !IMSI.test(line) ? found : this.find(this.byImsi, this.imsis, digits);
  }

  get(number: number): Subscriber {
    const digits = this.imsiDigits[number]!;
    return {
      msisdn: String(this.msisdns[number]!),
      imsi: digits === 0 ? null : String(this.imsis[number]!).padStart(digits, '0'),
      id: this.ids[number]!,
      activated: this.activations[number]!,
      isThing: this.things[number] === 0 ? null : this.things[number] === 2,
      dealer: this.dealers[number]!,
      brand: this.brands[number]!,
    };
  }

  msisdnOf(imsi: string): string | null {
    const number = this.find(this.byImsi, this.imsis, Number(imsi));
    return number < 0 ? null : this.get(number).msisdn;
  }

  imsiOf(msisdn: string): string | null {
    const number = this.find(this.byMsisdn, this.msisdns, Number(msisdn));
    return number < 0 ? null : this.get(number).imsi;
  }

  /** Subscribers of the register under one identity document. */
  linesOfId(id: number): number {
    this.sortedIds ??= this.ids.slice(0, this.count).sort();
    return rankOf(this.sortedIds, id, true) - rankOf(this.sortedIds, id, false);
  }

  private nameOf(key: string, name: string): number {
    if (name === '') return -1;
    const known = this.names.get(key) ?? this.names.size;
    this.names.set(key, known);
    return known;
  }

  private find(slots: Int32Array, values: Float64Array, value: number): number {
    const mask = slots.length - 1;
    for (let slot = hashOf(value) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (values[number] === value) return number;
    }
  }

  private grow(): void {
    const size = 2 * this.count;
    this.msisdns = widened(this.msisdns, new Float64Array(size));
    this.imsis = widened(this.imsis, new Float64Array(size));
    this.ids = widened(this.ids, new Float64Array(size));
    this.activations = widened(this.activations, new Float64Array(size));
    this.imsiDigits = widened(this.imsiDigits, new Uint8Array(size));
    this.things = widened(this.things, new Uint8Array(size));
    this.dealers = widened(this.dealers, new Int32Array(size));
    this.brands = widened(this.brands, new Int32Array(size));
    this.byMsisdn = new Int32Array(2 * size);
    this.byImsi = new Int32Array(2 * size);
    for (let number = 0; number < this.count; number++) {
      put(this.byMsisdn, this.msisdns, number);
      if (this.imsiDigits[number]! > 0) put(this.byImsi, this.imsis, number);
    }
  }
}

/**
 * Reads the register of subscribers: CSV with the column msisdn (E.164 digits, or as dialled at home) and any of imsi, id_hash (digest of
 * the identity document), activated (ISO 8601; a date alone is its midnight UTC), product (`iot` or `m2m` in it: a line in a thing),
 * dealer, brand.
 *
 * @param nameOf what events call an MSISDN and an IMSI
 * @throws UserError naming file, row and column
 */
export async function readSubscribers(
  path: string,
  nameOf: Readonly<Record<'msisdn' | 'imsi', (number: string) => string>>,
): Promise<Subscribers> {
  const subscribers = new Subscribers();
  const optional = ['imsi', 'id_hash', 'activated', 'product', 'dealer', 'brand'];
  await readCsv(path, '--subscribers', ['msisdn'], optional, (row) => {
    const given = row.text('msisdn');
    const msisdn = /^\+?\d+$/.test(given) ? nameOf.msisdn(given) : '';
    if (!/^[1-9]\d{6,14}$/.test(msisdn)) throw row.wrong('msisdn', '7 to 15 digits with the country code');
    const imsi = row.text('imsi');
    if (imsi !== '' && !IMSI.test(imsi)) throw row.wrong('imsi', '14 or 15 digits');
    const activated = row.text('activated');
    const time = activated === '' ? Number.NaN : readTime(activated);
    if (typeof time === 'string') throw row.wrong('activated', time);
    const isNew = subscribers.add({
      msisdn,
      imsi: imsi === '' ? null : nameOf.imsi(imsi),
      id: row.text('id_hash'),
      activated: time,
      isThing: row.text('product') === '' ? null : THINGS.test(row.text('product')),
      dealer: row.text('dealer'),
      brand: row.text('brand'),
    });
    if (!isNew) throw row.wrong('msisdn', 'an MSISDN and IMSI that no row before has');
  });
  return subscribers;
}

/** How many of some sorted numbers are below `value`, or up to it. */
export function rankOf(sorted: Float64Array, value: number, upTo: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const number = sorted[middle]!;
    // NaN stands last.
    if (number < value || (upTo && number === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function put(slots: Int32Array, values: Float64Array, number: number): void {
  const mask = slots.length - 1;
  let slot = hashOf(values[number]!) & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = number + 1;
}

function hashOf(value: number): number {
  const hash = Math.imul(Math.floor(value / 0x1_0000_0000) ^ 0x5bd1e995, 0x85ebca6b) ^ Math.imul(value | 0, 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** 53 bits of a text's digest: two that differ are taken for one once in 9e15. */
function digest(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x5bd1e995;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 15;
  }
  return ((high ^ (high >>> 13)) >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

function widened<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
