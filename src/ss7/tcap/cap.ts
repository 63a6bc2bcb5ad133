import type { Stop } from '../../base/stop.ts';
import { type Component, ComponentType, type Operation, type Tcap } from '../message.ts';
import { clearOperation } from '../operation.ts';
import { CAP_ARGUMENTS, INITIAL_DP_PHASE_2 } from './cap-arguments.ts';
import { CAP_OPERATIONS, CapOpcode } from './cap-operations.ts';
import { readFields } from './fields.ts';

/** Subsystem number of CAP (Q.713 §3.4.2.2, 3GPP TS 23.003 §8.2). */
export const CAP_SUBSYSTEM = 146;

/**
 * CAMEL phase of the application context (29.078 §4.4, 09.78 §6.1): 0.4.0.0.1.0.50.0 is phase 1; .50.1, .51.1 and .52.1 phase 2;
 * 0.4.0.0.1.20 and .21 phase 3; .22 and .23 phase 4. 0 where the context is another one's or not known.
 */
function camelPhase(tcap: Tcap): 0 | 1 | 2 | 3 | 4 {
  switch (tcap.contextArc) {
    case 0:
      if (tcap.context < 50 || tcap.context > 52) return 0;
      return tcap.contextVersion === 0 ? 1 : 2;
    case 20:
    case 21:
      return 3;
    case 22:
    case 23:
      return 4;
    default:
      return 0;
  }
}

/** Whether the application context is one of CAP: MAP stands under the same arcs. */
export function isCapContext(tcap: Tcap): boolean {
  return camelPhase(tcap) !== 0;
}

/** Name of a local operation code in 3GPP TS 29.078; null of one that CAP does not have. */
export function capOperationName(opcode: number): string | null {
  return CAP_OPERATIONS[opcode] ?? null;
}

/**
 * Reads the argument of a CAP invoke into `out`. Other components, and operations that are only named, leave it empty.
 *
 * @returns where the argument stopped, counted from its first octet; null where it was read to its end
 */
export function readCap(component: Component, tcap: Tcap, out: Operation): Stop | null {
  clearOperation(out);
  out.protocol = 'cap';
  if (component.type !== ComponentType.invoke) return null;
  const phase = camelPhase(tcap);
  const early = component.opcode === CapOpcode.initialDP && (phase === 1 || phase === 2);
  const argument = early ? INITIAL_DP_PHASE_2 : CAP_ARGUMENTS[component.opcode];
  if (argument === undefined) return null;
  const { data, start, end } = component.parameter;
  return readFields(data, start, end, argument, out, 'cap', start);
}
