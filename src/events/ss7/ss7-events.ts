import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Payload } from '../../network/payload.ts';
import type { Ss7Message } from '../../ss7/message.ts';
import type { CaptureName } from '../capture-name.ts';
import type { CatpoolEvent } from '../event.ts';
import type { EventContext } from '../finish.ts';
import { eachCircuitEvent } from './circuit-events.ts';
import { Circuits } from './circuits.ts';
import { eachConnectionEvent, isAnonymous } from './connection-events.ts';
import { Connections } from './connections.ts';
import { eachDialogueEvent } from './dialogue-events.ts';
import { Dialogues } from './dialogues.ts';
import { DiameterCommands } from './diameter.ts';
import { eachDiameterEvent } from './diameter-events.ts';
import { compareSs7States, type Ss7State, type TiedState } from './state.ts';
import { isLoose } from './ties.ts';
import { Tmsis } from './tmsis.ts';

/** The events of a state that nothing more will be added to. */
export function eachSs7Event(
  state: TiedState,
  context: EventContext,
  counters: Counters,
  tmsis: Tmsis,
  onEvent: (event: CatpoolEvent) => void,
): void {
  if (state.type === 'circuit') eachCircuitEvent(state, context, counters, onEvent);
  else if (state.type === 'connection') eachConnectionEvent(state, context, tmsis, onEvent);
  else if (state.type === 'diameter') eachDiameterEvent(state, context, onEvent);
  else eachDialogueEvent(state, context, onEvent);
}

/**
 * SS7 messages of one capture in, finished events and open states out. What may continue in a neighbouring capture is kept as a
 * loose state instead of an event.
 */
export class Ss7Events {
  private readonly circuits: Circuits;
  private readonly connections: Connections;
  private readonly dialogues: Dialogues;
  private readonly commands: DiameterCommands;
  private readonly tmsis: Tmsis;
  private readonly loose: Ss7State[] = [];
  private captureStart = Number.NEGATIVE_INFINITY;
  private clock = Number.NEGATIVE_INFINITY;

  constructor(
    context: EventContext,
    capture: CaptureName,
    limits: Limits,
    counters: Counters,
    emit: (event: CatpoolEvent) => void,
  ) {
    this.tmsis = new Tmsis(limits, counters);
    const end = (state: TiedState): void => {
      if (isLoose(state, this.captureStart) || this.isUnnamed(state)) this.loose.push(state);
      else eachSs7Event(state, context, counters, this.tmsis, emit);
    };
    this.circuits = new Circuits(limits, counters, capture, false, end);
    this.connections = new Connections(limits, counters, capture, this.tmsis, false, end);
    this.dialogues = new Dialogues(limits, counters, capture, false, end);
    this.commands = new DiameterCommands(limits, counters, capture, false, end);
  }

  /** Time of the capture's first packet, seconds: what begins right after it may hang together with the capture before. */
  begin(seconds: number): void {
    this.captureStart = seconds;
  }

  /** One message or component that is no duplicate. */
  observe(message: Ss7Message, payload: Payload): void {
    const { seconds } = payload;
    if (seconds > this.clock) this.advance(seconds);
    switch (message.protocol) {
      case 'isup':
      case 'bicc':
        this.circuits.observe(message, payload);
        break;
      case 'tcap':
      case 'map':
      case 'cap':
      case 'inap':
        this.dialogues.observe(message, payload);
        break;
      case 'sccp':
      case 'bssap':
      case 'ranap':
        this.connections.observe(message, payload);
        break;
      case 'diameter':
        this.commands.observe(message.diameter, payload);
        break;
      default:
    }
  }

  /** At the end of the capture: events of what is over, and the states that a neighbour may continue. `seconds`: time of the last packet. */
  finish(seconds: number): Ss7State[] {
    if (seconds > this.clock) this.advance(seconds);
    const { loose, circuits, connections, dialogues, commands } = this;
    const states = [
      ...loose,
      ...circuits.table.clear(),
      ...connections.clear(),
      ...dialogues.table.clear(),
      ...commands.table.clear(),
    ];
    loose.length = 0;
    return states.sort(compareSs7States);
  }

  /** Who holds which TMSI at the end of the capture, as plain data; see {@link Tmsis}. */
  holders(): number[] {
    return this.tmsis.toNumbers();
  }

  /** An earlier capture may say whose it is, or which phone. */
  private isUnnamed(state: TiedState): boolean {
    if (state.type !== 'connection' || !isAnonymous(state)) return false;
    const holder = this.tmsis.holderOf(state);
    return holder === null || holder.imei === 0;
  }

  private advance(seconds: number): void {
    this.clock = seconds;
    this.circuits.table.advance(seconds);
    this.connections.table.advance(seconds);
    this.dialogues.table.advance(seconds);
    this.commands.table.advance(seconds);
  }
}
