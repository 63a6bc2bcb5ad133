import type { CaptureName } from '../capture-name.ts';
import { clearInvite, clearTransaction, NONE, newCall, newTransaction } from './open-states.ts';
import { type Entry, newEntry } from './state-table.ts';

/**
 * Entries that have ended, ready for other calls. Calls live long enough for each to cost the garbage collector dear, and what is used
 * again costs it nothing.
 */
export class SpareEntries {
  private readonly capture: CaptureName;
  private readonly calls: Entry[] = [];
  private readonly transactions: Entry[] = [];

  /** @param capture that new states are of */
  constructor(capture: CaptureName) {
    this.capture = capture;
  }

  /** One that is used again, or a new one. */
  take(isCall: boolean): Entry {
    const spare = isCall ? this.calls : this.transactions;
    return spare.pop() ?? newEntry(isCall ? newCall(this.capture) : newTransaction(this.capture));
  }

  /** Makes an entry and its state ready for another call, unless somebody still holds them. */
  put(entry: Entry): void {
    if (entry.listed || entry.kept) return;
    const { state } = entry;
    if (state.type === 'call') {
      const { invites } = state;
      if (invites.length > 0) {
        entry.spare = invites.length === 1 ? invites : [invites[0]!];
        entry.spareFacts = invites[0]!.request;
        clearInvite(invites[0]!);
      }
      state.invites = NONE;
      state.byes = NONE;
      this.calls.push(entry);
    } else {
      entry.spareFacts = state.request;
      clearTransaction(state);
      this.transactions.push(entry);
    }
  }
}
