import { Direction, type History, Kind } from './history/history.ts';
import { INTERFACES, interfaceBits, PHONE_INTERFACES as PHONES } from './history/rows.ts';

const ISUP = interfaceBits('isup');
const SIP = interfaceBits('sip');
const CALLS = PHONES | ISUP | SIP;

/** That calls to lines are not shown is known from this many legs of calls that they placed on; then legs of calls to lines are fewer than one in so many. */
const LEAST_LEGS = 50;
const RARE = 50;

/** Said in formulas: {@link CallSides.showsIncoming} is false. */
export const UNSEEN =
  'where the phone interfaces that the line is seen on show 50 legs or more of calls placed, and legs of calls to lines (calls that only trunks show among them) fewer than 1 in 50 of these; never where it is seen on SIP, or on ISUP alone';

/**
 * Which sides of calls the captures show: legs that lines placed and that reached them, by interface. Where CAP triggers on
 * originating calls alone, nobody is seen to be called, but for lines that another own line calls: that leg is the caller's.
 */
export class CallSides {
  /** Own legs by place among INTERFACES. */
  private readonly placed = new Float64Array(INTERFACES.length);
  private readonly received = new Float64Array(INTERFACES.length);
  /** Calls to lines that a trunk shows, and no phone's interface the caller of. */
  private fromTrunks = 0;

  add(history: History): void {
    const { kind, mirror, direction, over, seen, incoming, incomingCount, count, interfaces } = history;
    for (let i = 0; i < count; i++) {
      if (kind[i] !== Kind.leg || mirror[i] === 1) continue;
      if (direction[i] === Direction.outgoing) this.placed[over[i]!]!++;
      else if (direction[i] === Direction.incoming) this.received[over[i]!]!++;
    }
    for (let at = 0; at < incomingCount; at++) {
      const row = incoming[at]!;
      if (mirror[row] === 0 || (seen[row]! & PHONES) !== 0) continue;
      if ((seen[row]! & ISUP) !== 0 || (interfaces & PHONES) !== 0) this.fromTrunks++;
    }
  }

  /**
   * Whether calls to this line would have been seen, as far as the captures tell. SIP and ISUP name both parties: lines that no
   * interface of a phone shows are always taken to be.
   */
  showsIncoming({ interfaces }: History): boolean {
    const own = interfaces & CALLS;
    if (own !== 0 && (own & PHONES) === 0) return true;
    if ((own & SIP) !== 0) return true;
    const phones = own === 0 ? PHONES : own;
    let placed = 0;
    let received = this.fromTrunks;
    for (let over = 0; over < INTERFACES.length; over++) {
      if ((phones & PHONES & (1 << over)) === 0) continue;
      placed += this.placed[over]!;
      received += this.received[over]!;
    }
    return placed < LEAST_LEGS || received * RARE >= placed;
  }

  toJSON(): CallSidesJson {
    return { placed: [...this.placed], received: [...this.received], from_trunks: this.fromTrunks };
  }

  /** Takes what {@link toJSON} wrote. */
  load({ placed, received, from_trunks }: CallSidesJson): void {
    this.placed.set(placed.slice(0, INTERFACES.length));
    this.received.set(received.slice(0, INTERFACES.length));
    this.fromTrunks = from_trunks;
  }
}

/** By place among INTERFACES. */
export interface CallSidesJson {
  placed: number[];
  received: number[];
  from_trunks: number;
}
