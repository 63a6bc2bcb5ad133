import type { Stop } from '../../base/stop.ts';
import { type Component, ComponentType, type Operation, type Tcap } from '../message.ts';
import { clearOperation } from '../operation.ts';
import { CAP_ARGUMENTS, DETECTION_POINT, DETECTION_POINT_DIALLED } from './cap-arguments.ts';
import { CapOpcode } from './cap-operations.ts';
import { type Field, readFields } from './fields.ts';
import { INAP_OPERATIONS } from './inap-operations.ts';
import { ContextArc } from './tcap-dialogue.ts';

/** Subsystem numbers that INAP is found under: 12 (Q.713 §3.4.2.2) and those in use of networks. */
export const INAP_SUBSYSTEMS: readonly number[] = [12, 106, 241];

/** Whether the application context is one of INAP (ETS 300 374-1 §6, Q.1218 §2.2.3). */
export function isInapContext(tcap: Tcap): boolean {
  return tcap.contextArc === ContextArc.inap;
}

/** Name of a local operation code in Q.1218 and Q.1228; null of one that INAP does not have. */
export function inapOperationName(opcode: number): string | null {
  return INAP_OPERATIONS[opcode] ?? null;
}

/** Operations whose arguments CAP took over; what an applyChargingReport says is each operator's own (Q.1218 §2.1). */
const SHARED: ReadonlySet<number> = new Set([
  CapOpcode.initialDP,
  CapOpcode.connect,
  CapOpcode.releaseCall,
  CapOpcode.eventReportBCSM,
  CapOpcode.initiateCallAttempt,
  CapOpcode.callInformationReport,
  CapOpcode.disconnectLeg,
]);
/** Operation codes of those for single detection points (Q.1218 §2.2.4), and of the two that have dialled digits. */
const DetectionPoint = { first: 1, collectedInformation: 2, analysedInformation: 3, last: 15 } as const;

function argumentOf(opcode: number): readonly Field<Operation>[] | undefined {
  if (SHARED.has(opcode)) return CAP_ARGUMENTS[opcode];
  if (opcode < DetectionPoint.first || opcode > DetectionPoint.last) return undefined;
  const isDialled = opcode === DetectionPoint.collectedInformation || opcode === DetectionPoint.analysedInformation;
  return isDialled ? DETECTION_POINT_DIALLED : DETECTION_POINT;
}

/**
 * Reads the argument of an INAP invoke into `out`. Other components, and operations that are only named, leave it empty.
 *
 * @returns where the argument stopped, counted from its first octet; null where it was read to its end
 */
export function readInap(component: Component, out: Operation): Stop | null {
  clearOperation(out);
  out.protocol = 'inap';
  const { type, opcode } = component;
  const argument = type === ComponentType.invoke ? argumentOf(opcode) : undefined;
  if (argument === undefined) return null;
  const { data, start, end } = component.parameter;
  return readFields(data, start, end, argument, out, 'inap', start);
}
