import type { Stop } from '../../base/stop.ts';
import { copyDigits } from '../digits.ts';
import { E164, E212 } from '../location.ts';
import { type Component, ComponentType, type Operation, type Tcap } from '../message.ts';
import { clearOperation } from '../operation.ts';
import { type Field, readFields } from './fields.ts';
import { MAP_OPERATION_NAMES } from './map-names.ts';
import { MAP_OPERATIONS, MapOpcode } from './map-operations.ts';

/** Name of an operation in 3GPP TS 29.002 (`updateLocation`, `mo-forwardSM`); null where it has none. */
export function mapOperationName(opcode: number): string | null {
  return MAP_OPERATION_NAMES[opcode] ?? null;
}

/**
 * Reads the argument or result of a MAP operation (3GPP TS 29.002 §17.6, all versions). A result is read by the operation of
 * its invoke. Operations that no table has, errors and rejects leave `out` empty.
 */
export function readMap(component: Component, tcap: Tcap, out: Operation): Stop | null {
  clearOperation(out);
  out.protocol = 'map';
  const fields = fieldsOf(component);
  if (fields === undefined) return null;
  const { data, start, end } = component.parameter;
  const stop = end > start ? readFields(data, start, end, fields, out, 'map', start) : null;
  if (component.type === ComponentType.invoke) takeReference(component.opcode, tcap, out);
  return stop;
}

function fieldsOf(component: Component): readonly Field<Operation>[] | undefined {
  const operation = MAP_OPERATIONS[component.opcode];
  switch (component.type) {
    case ComponentType.invoke:
      return operation?.argument;
    case ComponentType.result:
    case ComponentType.resultNotLast:
      return operation?.result;
  }
  return undefined;
}

/** An operation on supplementary services does not say whose they are: the destination reference of the dialogue does (29.002 §7.3.2). */
function takeReference(opcode: number, tcap: Tcap, out: Operation): void {
  const { reference, referenceNumber } = tcap;
  if (!ofSubscriber(opcode)) return;
  if (referenceNumber.count > 0 && out.msisdn.count === 0) copyDigits(out.msisdn, referenceNumber);
  if (reference.count === 0) return;
  if (reference.plan === E212 && out.imsi.count === 0) copyDigits(out.imsi, reference);
  if (reference.plan === E164 && out.msisdn.count === 0) copyDigits(out.msisdn, reference);
}

function ofSubscriber(opcode: number): boolean {
  return (
    (opcode >= MapOpcode.registerSS && opcode <= MapOpcode.interrogateSS) ||
    (opcode >= MapOpcode.processUnstructuredSSRequest && opcode <= MapOpcode.unstructuredSSNotify)
  );
}
