import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PcapWriter } from '../../src/capture/write.ts';
import { encodeM3ua } from '../../src/ss7/link/m3ua-encode.ts';
import { type Component, ComponentType, ServiceIndicator, type Tcap } from '../../src/ss7/message.ts';
import { encodeSccp } from '../../src/ss7/sccp/sccp-encode.ts';
import { createComponent, createTcap } from '../../src/ss7/tcap/tcap.ts';
import { type ContextName, encodeInvoke, encodeTcap } from '../../src/ss7/tcap/tcap-encode.ts';
import { frame } from './frames.ts';

/** An invoke of an operation, with its argument. */
export interface Invoke {
  opcode: number;
  argument?: Buffer;
}

/** The component view that TCAP gives of an invoke. */
export function invoked({ opcode, argument = Buffer.alloc(0) }: Invoke): Component {
  const parameter = { data: argument, start: 0, end: argument.length };
  return { ...createComponent(), type: ComponentType.invoke, invokeId: 1, opcode, parameter };
}

/** The TCAP view of a message in a dialogue of this context. */
export function dialogue(name: ContextName): Tcap {
  return { ...createTcap(), type: 2, context: name.context, contextVersion: name.version, contextArc: name.arc ?? 0 };
}

/**
 * Calls `use` with a capture of these invokes, each in a begin of its own from an MSC to a service control point: TCAP in SCCP UDT in M3UA in
 * SCTP. It is gone afterwards.
 */
export function withInvokes<T>(
  invokes: readonly (Invoke & { context?: ContextName })[],
  ssn: number,
  use: (file: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-cap-'));
  try {
    const file = join(folder, 'made.pcap');
    const writer = new PcapWriter(file);
    for (const [index, { opcode, argument, context }] of invokes.entries()) {
      const tcap = encodeTcap({
        type: 'begin',
        originating: index + 1,
        ...(context === undefined ? {} : { context }),
        components: [encodeInvoke(1, opcode, argument)],
      });
      const sccp = encodeSccp({
        type: 'UDT',
        called: address('8613900001', ssn),
        calling: address('8613900002', ssn),
        data: tcap,
      });
      const label = { networkIndicator: 2, serviceIndicator: ServiceIndicator.sccp, opc: 1, dpc: 2, sls: 0 };
      const payload = encodeM3ua(label, [sccp]);
      const packet = frame()
        .ethernet()
        .ipv4('10.0.0.1', '10.0.0.2')
        .sctp(2905, 2905, { tsn: index + 1, ppid: 3, payload });
      writer.write(packet.bytes(), 1_700_000_000 + index, 0);
    }
    writer.close();
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function address(digits: string, ssn: number): { ssn: number; title: { digits: string } } {
  return { ssn, title: { digits } };
}
