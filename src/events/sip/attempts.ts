import { comesAgain, expiryOf, isOnlyChallenged } from './lifetime.ts';
import { linkChallenge } from './merge.ts';
import type { RelayReports } from './relay-reports.ts';
import type { SpareEntries } from './spare-entries.ts';
import type { TransactionState } from './state.ts';
import type { Entry, StateTable } from './state-table.ts';

/**
 * Transactions that were only asked to come again, with credentials or on other terms, and those that do: together they are one attempt. One
 * that comes again keeps its Call-ID and has the next CSeq (RFC 3261 §22.2).
 */
export class Attempts {
  private readonly table: StateTable;
  private readonly reports: RelayReports;
  private readonly spares: SpareEntries;

  constructor(table: StateTable, reports: RelayReports, spares: SpareEntries) {
    this.table = table;
    this.reports = reports;
    this.spares = spares;
  }

  /** Gives a challenged transaction's times to the one that followed it. True where one did: it is no event of its own. */
  handOn(entry: Entry): boolean {
    const next = this.table.neighbour(entry, 1);
    if (next === null || next.state.firstS > expiryOf(entry)) return false;
    const [state, after] = [entry.state as TransactionState, next.state as TransactionState];
    if (!comesAgain(state, after)) return false;
    linkChallenge(state, after);
    return true;
  }

  /** The challenged attempt before a transaction may outlive it: takes its times over, and it out of the table. */
  takePrior(entry: Entry): void {
    const before = this.table.neighbour(entry, -1);
    if (before === null || !isOnlyChallenged(before.state) || entry.state.firstS > expiryOf(before)) return;
    const [state, after] = [before.state as TransactionState, entry.state as TransactionState];
    if (!comesAgain(state, after)) return;
    this.table.remove(before);
    this.reports.forget(before.state);
    this.takePrior(before);
    linkChallenge(state, after);
    this.spares.put(before);
  }

  /** Whether the transaction before one is open, was only challenged, and had begun by `seconds`. */
  followsChallenged(entry: Entry, seconds: number): boolean {
    const before = this.table.neighbour(entry, -1)?.state;
    return before !== undefined && before.firstS <= seconds && isOnlyChallenged(before);
  }
}
