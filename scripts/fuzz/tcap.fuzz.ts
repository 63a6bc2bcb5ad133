import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { createMsu } from '../../src/ss7/link/mtp3.ts';
import { createOperation } from '../../src/ss7/operation.ts';
import { createSccp } from '../../src/ss7/sccp/sccp.ts';
import { mapOperationName, readMap } from '../../src/ss7/tcap/map.ts';
import { createComponent, createTcap, TcapReader, tcapTypeName } from '../../src/ss7/tcap/tcap.ts';
import { claim } from './claims.ts';
import { messagesOf, readTwice, stopped, views } from './ss7-claims.ts';

const LIMITS = { ...DEFAULT_LIMITS, tcapInvokes: 64, tcapDialogues: 64 };
const tcap = createTcap();
const component = createComponent();
const operation = createOperation();
const msu = createMsu();
const sccp = createSccp();

/** Messages of TCAP, one after the other, so that results meet their invokes, and the MAP operations in them. */
export function fuzz(input: Buffer): void {
  const readers = [0, 1].map(() => new TcapReader(LIMITS, new Counters()));
  let seconds = 0;
  for (const message of messagesOf(input)) {
    seconds++;
    let turn = 0;
    readTwice(message, (data, start, end) => {
      const reader = readers[turn++]!;
      sccp.data = data;
      sccp.start = start;
      sccp.end = end;
      const said: string[] = [];
      const stop = reader.read(msu, sccp, seconds, tcap, component, (index) => {
        claim(index === -1 ? said.length === 0 : index === said.length, 'components have numbers');
        said.push(
          `${tcapTypeName(tcap)} ${views(tcap, data, start, end)} ${views(component, data, start, end, { signed: true })}`,
        );
        said.push(stopped(reader.stop, message.length));
        if (index < 0) return;
        const { parameter } = component;
        const inner = readMap(component, tcap, operation);
        mapOperationName(component.opcode);
        const read = stopped(inner, parameter.end - parameter.start) + views(operation, data, start, end);
        said[said.length - 2] += read;
        said.length--;
      });
      return `${said.join('\n')} ${stopped(stop, message.length)}`;
    });
  }
}
