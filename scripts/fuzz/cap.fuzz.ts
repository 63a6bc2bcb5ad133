import { ComponentType } from '../../src/ss7/message.ts';
import { createOperation } from '../../src/ss7/operation.ts';
import { capOperationName, readCap } from '../../src/ss7/tcap/cap.ts';
import { CapContext } from '../../src/ss7/tcap/cap-encode.ts';
import { inapOperationName, readInap } from '../../src/ss7/tcap/inap.ts';
import { createComponent, createTcap } from '../../src/ss7/tcap/tcap.ts';
import { readTwice, stopped, views } from './ss7-claims.ts';

const CONTEXTS = [...Object.values(CapContext), { context: -1, version: -1, arc: -1 }];
const tcap = createTcap();
const component = createComponent();
const operation = createOperation();

/** An operation code, a context, an argument: by CAP and by INAP. */
export function fuzz(input: Buffer): void {
  if (input.length < 2) return;
  const { context, version, ...rest } = CONTEXTS[input[1]! % CONTEXTS.length]!;
  tcap.context = context;
  tcap.contextVersion = version;
  tcap.contextArc = 'arc' in rest ? rest.arc : 0;
  component.type = ComponentType.invoke;
  component.opcode = input[0]!;
  capOperationName(component.opcode);
  inapOperationName(component.opcode);
  const argument = input.subarray(2);
  readTwice(argument, (data, start, end) => {
    component.parameter = { data, start, end };
    const ofCap = stopped(readCap(component, tcap, operation), argument.length) + views(operation, data, start, end);
    const ofInap = stopped(readInap(component, operation), argument.length) + views(operation, data, start, end);
    return `${ofCap}\n${ofInap}`;
  });
}
