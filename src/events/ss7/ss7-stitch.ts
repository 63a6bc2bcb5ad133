import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { CatpoolEvent } from '../event.ts';
import type { EventContext } from '../finish.ts';
import { Circuits } from './circuits.ts';
import { Connections } from './connections.ts';
import { Dialogues } from './dialogues.ts';
import { DiameterCommands } from './diameter.ts';
import { eachSs7Event } from './ss7-events.ts';
import { compareSs7States, type Ss7State, type TiedState } from './state.ts';
import { Tmsis } from './tmsis.ts';

/** Joins the loose SS7 states of the captures of one feed, given in order of time, into events. */
export class Ss7Stitch {
  private readonly circuits: Circuits;
  private readonly connections: Connections;
  private readonly dialogues: Dialogues;
  private readonly commands: DiameterCommands;
  private readonly tmsis: Tmsis;

  constructor(context: EventContext, limits: Limits, counters: Counters, emit: (event: CatpoolEvent) => void) {
    this.tmsis = new Tmsis(limits, counters);
    const end = (state: TiedState): void => eachSs7Event(state, context, counters, this.tmsis, emit);
    const nobody = { sha256: '' };
    this.circuits = new Circuits(limits, counters, nobody, true, end);
    this.connections = new Connections(limits, counters, nobody, this.tmsis, true, end);
    this.dialogues = new Dialogues(limits, counters, nobody, true, end);
    this.commands = new DiameterCommands(limits, counters, nobody, true, end);
  }

  /** The next states, in order of time, and who held which TMSI by then. */
  add(states: readonly Ss7State[], holders: readonly number[]): void {
    this.tmsis.add(holders);
    for (const state of states) {
      if (state.type === 'circuit') this.circuits.join(state);
      else if (state.type === 'connection') this.connections.join(state);
      else if (state.type === 'reset') this.connections.reset(state);
      else if (state.type === 'diameter') this.commands.join(state);
      else this.dialogues.join(state);
    }
  }

  /** Ends the states that nothing at or after `seconds` can belong to. */
  retire(seconds: number): void {
    this.circuits.table.retire(seconds);
    this.connections.retire(seconds);
    this.dialogues.table.retire(seconds);
    this.commands.table.retire(seconds);
  }

  /** Who holds which TMSI, as plain data. */
  holders(): number[] {
    return this.tmsis.toNumbers();
  }

  /** What a further capture may continue. */
  rest(): Ss7State[] {
    const { circuits, connections, dialogues, commands } = this;
    return [
      ...circuits.table.states(),
      ...connections.states(),
      ...dialogues.table.states(),
      ...commands.table.states(),
    ].sort(compareSs7States);
  }
}
