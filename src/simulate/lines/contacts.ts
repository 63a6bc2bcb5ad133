import type { Random } from '../../base/random.ts';
import type { Line, Party } from './line.ts';

/** Gives a new counterpart to whoever needs one: a subscriber or an outside number. */
export type MakeParty = (random: Random) => Party;

/**
 * The people a line knows: a few called often, many seldom (a power law of rank). Names are filled in when first needed, so
 * that a large population costs no memory for people who never call.
 */
export class ContactBook {
  private readonly slots: (Party | undefined)[] = [];
  private readonly size: number;
  private readonly exponent: number;
  private readonly make: MakeParty;
  private readonly numbers = new Set<string>();

  /** @param concentration 0: all as often, towards 1: nearly all calls to the first */
  constructor(size: number, concentration: number, make: MakeParty) {
    this.size = Math.max(1, Math.round(size));
    this.exponent = 1 / (1 - Math.min(0.95, concentration));
    this.make = make;
  }

  knows(party: Party): boolean {
    return this.numbers.has(typeof party === 'string' ? party : party.number);
  }

  /** One contact, close ones more often. A line that is chosen for the first time learns of `owner` in turn, mostly. */
  pick(owner: Line, random: Random): Party {
    const slot = this.slot(random);
    const known = this.slots[slot];
    if (known !== undefined) return known;
    const party = this.make(random);
    this.put(slot, party);
    if (typeof party !== 'string' && party !== owner && random.chance(0.8)) party.habit.contacts.add(owner, random);
    return party;
  }

  /** A contact outside, for who calls from outside; a new one where the rank drawn is a subscriber. */
  pickOutside(random: Random): string | null {
    const slot = this.slot(random);
    let party = this.slots[slot];
    if (party === undefined) {
      party = this.make(random);
      this.put(slot, party);
    }
    return typeof party === 'string' ? party : null;
  }

  /** Gets to know somebody, at a rank drawn at random; who is there already stays. */
  add(party: Party, random: Random): void {
    if (this.knows(party)) return;
    const slot = this.slot(random);
    if (this.slots[slot] === undefined) this.put(slot, party);
  }

  private put(slot: number, party: Party): void {
    this.slots[slot] = party;
    this.numbers.add(typeof party === 'string' ? party : party.number);
  }

  private slot(random: Random): number {
    return Math.floor(this.size * random.next() ** this.exponent);
  }
}
