import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Payload } from '../../network/payload.ts';
import type { Ss7Message } from '../../ss7/message.ts';
import { isReturned } from '../../ss7/sccp/sccp-messages.ts';
import type { CaptureName } from '../capture-name.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent } from '../event.ts';
import { eachCircuitEvent } from './circuit-events.ts';
import { Circuits } from './circuits.ts';
import { identify } from './claims.ts';
import { eachConnectionEvent, isAnonymous, nameHolder } from './connection-events.ts';
import { Connections } from './connections.ts';
import { eachDialogueEvent } from './dialogue-events.ts';
import { Dialogues } from './dialogues.ts';
import { DiameterCommands } from './diameter.ts';
import { eachDiameterEvent } from './diameter-events.ts';
import { isLost, isMoved } from './handovers.ts';
import { SgsProcedures } from './sgs.ts';
import { type ConnectionState, compareSs7States, Seen, type Ss7State, type TiedState } from './state.ts';
import { isLoose } from './ties.ts';
import { type Naming, Tmsis } from './tmsis.ts';

/** The events of a state that nothing more will be added to. */
export function eachSs7Event(
  state: TiedState,
  context: EventContext,
  counters: Counters,
  tmsis: Tmsis,
  onEvent: (event: CatpoolEvent) => void,
): void {
  if (state.type === 'circuit') eachCircuitEvent(state, context, counters, onEvent);
  else if (state.type === 'connection') eachNamedEvent(state, context, tmsis, onEvent);
  else if (state.type === 'diameter') eachDiameterEvent(state, context, onEvent);
  else eachDialogueEvent(state, context, onEvent);
}

/** What it hangs together with may be among loose states. */
function mayBeContinued(state: TiedState): boolean {
  return state.type === 'connection' ? isMoved(state) || isLost(state) : state.type === 'circuit' && state.isOvertaken;
}

function eachNamedEvent(
  state: ConnectionState,
  context: EventContext,
  tmsis: Tmsis,
  onEvent: (event: CatpoolEvent) => void,
): void {
  identify(state);
  const holder = isAnonymous(state) ? tmsis.holderOf(state) : null;
  eachConnectionEvent(state, context, (event) => {
    if (holder !== null) nameHolder(event, holder);
    onEvent(event);
  });
}

/** Given an event of a phone that an earlier capture may name, and what asks for the name: a view, valid only during the call. */
export type NamelessHandler = (event: CatpoolEvent, asks: Naming) => void;

/** Events that were given to a {@link NamelessHandler}, to be gone through more than once. */
export interface NamelessEvents {
  /** What asks for their names, in the order in which they were given: each a view, valid until the next. */
  asks(): Iterable<Naming>;
  each(onEvent: NamelessHandler): void;
}

/**
 * SS7 messages of one capture in, finished events and open states out. What may continue in a neighbouring capture is kept as a
 * loose state instead of an event; so is a connection that is over and that an earlier capture may name, unless its events are
 * wanted by a handler of their own.
 */
export class Ss7Events {
  private readonly circuits: Circuits;
  private readonly connections: Connections;
  private readonly dialogues: Dialogues;
  private readonly commands: DiameterCommands;
  private readonly sgs: SgsProcedures;
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
    onNameless: NamelessHandler | null = null,
  ) {
    this.tmsis = new Tmsis(limits, counters);
    const end = (state: TiedState): void => {
      const waits = isLoose(state, this.captureStart) || mayBeContinued(state);
      if (!waits && state.type === 'connection') identify(state);
      if (waits) this.loose.push(state);
      else if (state.type === 'connection' && this.isUnnamed(state)) this.endUnnamed(state, context, onNameless);
      else eachSs7Event(state, context, counters, this.tmsis, emit);
    };
    this.circuits = new Circuits(limits, counters, capture, false, end);
    this.connections = new Connections(limits, counters, capture, this.tmsis, false, end);
    this.dialogues = new Dialogues(limits, counters, capture, false, end);
    this.commands = new DiameterCommands(limits, counters, capture, false, end);
    this.sgs = new SgsProcedures(limits, counters, capture, this.tmsis, false, end);
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
      case 'sua':
      case 'sccp':
        if (isReturned(message.sccp.type)) this.dialogues.returned(message, payload);
        else this.connections.observe(message, payload);
        break;
      case 'bssap':
      case 'ranap':
        this.connections.observe(message, payload);
        break;
      case 'diameter':
        this.commands.observe(message.diameter, payload);
        break;
      case 'sgsap':
        this.sgs.observe(message.sgsap, payload);
        break;
      default:
    }
  }

  /** At the end of the capture: events of what is over, and the states that a neighbour may continue. `seconds`: time of the last packet. */
  finish(seconds: number): Ss7State[] {
    if (seconds > this.clock) this.advance(seconds);
    const { loose, circuits, connections, dialogues, commands, sgs } = this;
    const states = [
      ...loose,
      ...circuits.table.clear(),
      ...connections.clear(),
      ...dialogues.table.clear(),
      ...commands.table.clear(),
      ...sgs.table.clear(),
    ];
    loose.length = 0;
    return states.sort(compareSs7States);
  }

  /** Who holds which TMSI at the end of the capture, as plain data; see {@link Tmsis}. */
  holders(): number[] {
    return this.tmsis.toNumbers();
  }

  /** An earlier capture may say whose it is, or which phone where that is told: with a detach, and with the next TMSI. */
  private isUnnamed(state: ConnectionState): boolean {
    if (!isAnonymous(state)) return false;
    const holder = this.tmsis.holderOf(state);
    return holder === null || (holder.imei === 0 && (state.newTmsi >= 0 || state.marks[Seen.detach] !== null));
  }

  /** The stitch names what came of it. Kept as states, these would be as many as the capture is long. */
  private endUnnamed(state: ConnectionState, context: EventContext, onNameless: NamelessHandler | null): void {
    let count = 0;
    if (onNameless !== null) {
      eachConnectionEvent(state, context, (event) => {
        count++;
        onNameless(event, state);
      });
    }
    // Without an event, it still tells who was given the next TMSI.
    if (count === 0 && (onNameless === null || state.newTmsi >= 0)) this.loose.push(state);
  }

  private advance(seconds: number): void {
    this.clock = seconds;
    this.circuits.table.advance(seconds);
    this.connections.table.advance(seconds);
    this.dialogues.table.advance(seconds);
    this.commands.table.advance(seconds);
    this.sgs.table.advance(seconds);
  }
}
