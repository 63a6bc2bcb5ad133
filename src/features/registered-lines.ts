import type { History } from './history/history.ts';
import { isOutgoingHeavy } from './population.ts';
import type { Subscriber, Subscribers } from './references/subscribers.ts';

const DAY = 86_400;

/** Lines of a dealer or brand: all, and those that nearly only call out. */
interface Share {
  lines: number;
  heavy: number;
}

/** What the operator's register says of the lines of a window, and of others with the same dealer or brand. `add` each line, then ask. */
export class RegisteredLines {
  private readonly subscribers: Subscribers;
  private readonly dealers = new Map<number, Share>();
  private readonly brands = new Map<number, Share>();
  /** Lines by dealer and day of activation. */
  private readonly activations = new Map<string, number>();
  private lastLine = '';
  private last: Subscriber | null = null;

  constructor(subscribers: Subscribers) {
    this.subscribers = subscribers;
  }

  add(history: History): void {
    const found = this.of(history.line);
    if (found === null) return;
    const heavy = isOutgoingHeavy(history) ? 1 : 0;
    count(this.dealers, found.dealer, heavy);
    count(this.brands, found.brand, heavy);
    const key = activationKey(found);
    if (key !== null) this.activations.set(key, (this.activations.get(key) ?? 0) + 1);
  }

  /** What the register says of a line named by MSISDN or IMSI; null where it has it not. */
  of(line: string): Subscriber | null {
    if (line === this.lastLine) return this.last;
    const number = this.subscribers.numberOf(line);
    this.lastLine = line;
    return (this.last = number < 0 ? null : this.subscribers.get(number));
  }

  /** Subscribers under the line's identity document, itself among them; NaN where it has none. */
  linesOfId(line: string): number {
    const found = this.of(line);
    return found === null || Number.isNaN(found.id) ? Number.NaN : this.subscribers.linesOfId(found.id);
  }

  /** Other lines of the window of the same dealer or brand, and those of them that nearly only call out. */
  others(history: History, what: 'dealer' | 'brand'): Share {
    const found = this.of(history.line);
    const all = found === null ? undefined : (what === 'dealer' ? this.dealers : this.brands).get(found[what]);
    if (all === undefined) return { lines: 0, heavy: 0 };
    return { lines: all.lines - 1, heavy: all.heavy - (isOutgoingHeavy(history) ? 1 : 0) };
  }

  /** Other lines of the window that the same dealer activated on the same day (UTC); NaN where dealer or day is not known. */
  activatedTogether(line: string): number {
    const found = this.of(line);
    const key = found === null ? null : activationKey(found);
    return key === null ? Number.NaN : (this.activations.get(key) ?? 1) - 1;
  }
}

function count(table: Map<number, Share>, key: number, heavy: number): void {
  if (key < 0) return;
  const known = table.get(key);
  if (known === undefined) table.set(key, { lines: 1, heavy });
  else {
    known.lines++;
    known.heavy += heavy;
  }
}

function activationKey({ dealer, activated }: Subscriber): string | null {
  return dealer < 0 || Number.isNaN(activated) ? null : `${dealer} ${Math.floor(activated / DAY)}`;
}
