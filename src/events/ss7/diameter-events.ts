import { DiameterCommand } from '../../ss7/diameter/diameter-names.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent, EventKind } from '../event.ts';
import { digitsOf, numberOf } from '../packed.ts';
import { nameEquipment, newEvent, type Origin, placeAt } from './finish.ts';
import type { DiameterState, Mark } from './state.ts';

/**
 * The event of a command that nothing more will be added to: the same as that of the operation of MAP whose place it took, and on
 * the same interface, between a register and the node that serves the phone.
 */
export function eachDiameterEvent(
  state: DiameterState,
  context: EventContext,
  onEvent: (event: CatpoolEvent) => void,
): void {
  const { request } = state;
  // An answer by itself does not say whose it is.
  if (request === null) return;
  const event = eventOf(state, request, { context, span: state, over: 'map', names: [state.key1] });
  if (event !== null) onEvent(event);
}

function eventOf(state: DiameterState, request: Mark, origin: Origin): CatpoolEvent | null {
  const { command, answer, cell } = state;
  const isRefused = answer !== null && !isSuccess(answer);
  let event: CatpoolEvent;
  switch (command) {
    case DiameterCommand.updateLocation:
      event = newOf('presence', state, request, origin);
      if (state.attaches) event.lu_type = 'attach';
      event.outcome = answer === null ? 'open' : isRefused ? 'rejected' : 'registered';
      break;
    case DiameterCommand.cancelLocation:
    case DiameterCommand.purgeUe:
      event = newOf('presence', state, request, origin);
      if (command === DiameterCommand.purgeUe) event.lu_type = 'detach';
      event.outcome = 'deregistered';
      break;
    case DiameterCommand.authenticationInformation:
      event = newOf('auth', state, request, origin);
      if (isRefused) event.outcome = 'rejected';
      break;
    case DiameterCommand.meIdentityCheck:
      event = newOf('device', state, request, origin);
      break;
    case DiameterCommand.notify:
      event = newOf(state.imei === 0 ? 'presence' : 'device', state, request, origin);
      break;
    default:
      // Subscriber data: no act of the line, but it says which numbers are one, and where it is.
      if ((state.imsi === 0 || state.msisdn === 0) && (cell === null || cell[4] < 0)) return null;
      event = newOf('presence', state, request, origin);
  }
  if (answer !== null) event.end_time = { s: answer.s, ns: answer.ns };
  return event;
}

/** RFC 6733 §7.1.2: success is 2000 to 2999. An answer without a result is none that refuses. */
function isSuccess({ cause }: Mark): boolean {
  return cause < 3000;
}

function newOf(kind: EventKind, state: DiameterState, request: Mark, origin: Origin): CatpoolEvent {
  const event = newEvent(kind, request, String(state.command), origin);
  event.imsi = digitsOf(state.imsi);
  event.msisdn = numberOf(state.msisdn, origin.context.plan);
  nameEquipment(event, state.imei, 0);
  if (event.imei !== null) event.imeisv ??= digitsOf(state.imeisv);
  if (state.serving !== '') event.visited = state.serving;
  placeAt(event, state.cell);
  return event;
}
