import type { Identities } from '../features/identities.ts';
import type { Naming } from '../features/naming.ts';
import type { Texts } from '../features/texts.ts';

/** Names of lines by number of text, for rows: nearly all names are worked out once an identity, whatever the number of rows. */
export class RowNames {
  private readonly naming: Naming;
  private readonly texts: Texts;
  private readonly identities: Identities;
  private readonly lines: Int32Array;
  private readonly others: Int32Array;

  /** @param naming that has learnt all identities */
  constructor(naming: Naming, texts: Texts, identities: Identities) {
    this.naming = naming;
    this.texts = texts;
    this.identities = identities;
    this.lines = new Int32Array(identities.count).fill(UNKNOWN);
    this.others = new Int32Array(texts.count).fill(UNKNOWN);
  }

  /** The line that a row of this identity and time is of, or -1. */
  line(identity: number, time: number): number {
    const known = this.lines[identity]!;
    if (known !== UNKNOWN) return known;
    const number = this.numberOf(this.naming.lineOf(identityOf(this.identities, this.texts, identity, time)));
    if (!this.naming.byTime) this.lines[identity] = number;
    return number;
  }

  /** The line that a counterpart is, or -1. */
  other(counterpart: number, time: number): number {
    if (counterpart < 0) return -1;
    const known = this.others[counterpart]!;
    if (known !== UNKNOWN) return known;
    const text = this.texts.text(counterpart);
    const number = this.numberOf(this.naming.lineOfCounterpart({ counterpart: text, time: { s: time, ns: 0 } }));
    if (!this.naming.byTime) this.others[counterpart] = number;
    return number;
  }

  private numberOf(name: string | null): number {
    return name === null ? -1 : this.texts.number(name);
  }
}

const UNKNOWN = -2;

/** An identity as events hold it, at a time in seconds since the epoch. */
export function identityOf(
  identities: Identities,
  texts: Texts,
  number: number,
  time: number,
): { imsi: string | null; msisdn: string | null; aor: string | null; time: { s: number; ns: number } } {
  const textOf = (part: number): string | null => (part < 0 ? null : texts.text(part));
  return {
    imsi: textOf(identities.imsi(number)),
    msisdn: textOf(identities.msisdn(number)),
    aor: textOf(identities.aor(number)),
    time: { s: time, ns: 0 },
  };
}
