import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent } from '../event.ts';
import { Circuits } from './circuits.ts';
import { nameHolder } from './connection-events.ts';
import { Connections } from './connections.ts';
import { Dialogues } from './dialogues.ts';
import { DiameterCommands } from './diameter.ts';
import { SgsProcedures } from './sgs.ts';
import { eachSs7Event, type NamelessEvents } from './ss7-events.ts';
import { compareSs7States, type Ss7State, type TiedState } from './state.ts';
import { Tmsis } from './tmsis.ts';

/** Joins the loose SS7 states of the captures of one feed, given in order of time, into events. */
export class Ss7Stitch {
  private readonly circuits: Circuits;
  private readonly connections: Connections;
  private readonly dialogues: Dialogues;
  private readonly commands: DiameterCommands;
  private readonly sgs: SgsProcedures;
  private readonly tmsis: Tmsis;
  private readonly emit: (event: CatpoolEvent) => void;

  constructor(context: EventContext, limits: Limits, counters: Counters, emit: (event: CatpoolEvent) => void) {
    this.tmsis = new Tmsis(limits, counters);
    this.emit = emit;
    const end = (state: TiedState): void => eachSs7Event(state, context, counters, this.tmsis, emit);
    const nobody = { sha256: '' };
    this.circuits = new Circuits(limits, counters, nobody, true, end);
    this.connections = new Connections(limits, counters, nobody, this.tmsis, true, end);
    this.dialogues = new Dialogues(limits, counters, nobody, true, end);
    this.commands = new DiameterCommands(limits, counters, nobody, true, end);
    this.sgs = new SgsProcedures(limits, counters, nobody, this.tmsis, true, end);
  }

  /** The next states, in order of time, who held which TMSI by then, and events that wait for names. */
  add(states: readonly Ss7State[], holders: readonly number[], nameless: NamelessEvents): void {
    const { tmsis } = this;
    tmsis.add(holders);
    // In order of time: one that is named by the TMSI that another was given learns from it.
    const asks = nameless.asks()[Symbol.iterator]();
    let ask = asks.next();
    for (const state of states) {
      for (; ask.done !== true && isBefore(ask.value, state); ask = asks.next()) tmsis.learn(ask.value, 0, 0);
      if (state.type === 'circuit') this.circuits.join(state);
      else if (state.type === 'connection') (state.protocol === 'sgsap' ? this.sgs : this.connections).join(state);
      else if (state.type === 'reset') this.connections.reset(state);
      else if (state.type === 'diameter') this.commands.join(state);
      else this.dialogues.join(state);
    }
    for (; ask.done !== true; ask = asks.next()) tmsis.learn(ask.value, 0, 0);
    nameless.each((event, asking) => {
      const holder = tmsis.holderOf(asking);
      if (holder !== null) nameHolder(event, holder);
      this.emit(event);
    });
  }

  /** Ends the states that nothing at or after `seconds` can belong to. */
  retire(seconds: number): void {
    this.circuits.table.retire(seconds);
    this.connections.retire(seconds);
    this.dialogues.table.retire(seconds);
    this.commands.table.retire(seconds);
    this.sgs.table.retire(seconds);
  }

  /** Who holds which TMSI, as plain data. */
  holders(): number[] {
    return this.tmsis.toNumbers();
  }

  /** What a further capture may continue. */
  rest(): Ss7State[] {
    const { circuits, connections, dialogues, commands, sgs } = this;
    return [
      ...circuits.table.states(),
      ...connections.states(),
      ...dialogues.table.states(),
      ...commands.table.states(),
      ...sgs.table.states(),
    ].sort(compareSs7States);
  }
}

function isBefore(a: { firstS: number; firstNs: number }, b: { firstS: number; firstNs: number }): boolean {
  return compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) < 0;
}
