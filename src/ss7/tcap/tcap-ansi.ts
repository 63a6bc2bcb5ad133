import type { Stop } from '../../base/stop.ts';
import { type Component, ComponentType, type Tcap } from '../message.ts';
import { setBytes } from '../operation.ts';
import { createTlv, readInteger, readTlv, tlvStop } from './ber.ts';

/** Package types of ANSI T1.114.3 §3 (PRIVATE class), brought to the message types of Q.773. */
export const ANSI_PACKAGES: Record<number, number> = {
  225: 1, // unidirectional
  226: 2, // query with permission
  227: 2, // query without permission
  228: 4, // response
  229: 5, // conversation with permission
  230: 5, // conversation without permission
  246: 7, // abort
};

/** Component types of T1.114.3 §4, brought to those of Q.773. */
export const ANSI_COMPONENTS: Record<number, number> = {
  233: ComponentType.invoke, // last
  237: ComponentType.invoke, // not last
  234: ComponentType.result,
  238: ComponentType.resultNotLast,
  235: ComponentType.error,
  236: ComponentType.reject,
};

export const AnsiTag = { transactions: 0xc7, components: 0xe8 } as const;

/** Tags inside a component (T1.114.3 §4). */
const Tag = {
  componentId: 0xcf,
  nationalOperation: 0xd0,
  privateOperation: 0xd1,
  nationalError: 0xd3,
  privateError: 0xd4,
  parameterSet: 0xf2,
  parameterSequence: 0x30,
  problem: 0xd5,
} as const;

const tlv = createTlv();

/** Transaction identifiers, four octets each: the originating one first, where there are both (T1.114.3 §3.2). */
export function setAnsiTransactions(tcap: Tcap, data: Buffer, start: number, end: number): void {
  let at = start;
  if (tcap.type === 2 || tcap.type === 5) {
    setBytes(tcap.originating, data, at, Math.min(at + 4, end));
    at = tcap.originating.end;
  }
  if (tcap.type !== 2 && tcap.type !== 1) setBytes(tcap.destination, data, at, Math.min(at + 4, end));
}

/** One component, from its contents. */
export function readAnsiComponent(data: Buffer, start: number, end: number, base: number, out: Component): Stop | null {
  for (let at = start; at < end; at = tlv.next) {
    if (!readTlv(data, at, end, tlv)) return tlvStop('tcap', base, end, tlv);
    const isParameter = tlv.tag === Tag.parameterSet || tlv.tag === Tag.parameterSequence || tlv.tag === Tag.problem;
    if (isParameter) setBytes(out.parameter, data, tlv.at, tlv.next);
    if (tlv.missing > 0) return tlvStop('tcap', base, end, tlv);
    const length = tlv.end - tlv.start;
    switch (tlv.tag) {
      case Tag.componentId:
        // Invoke: its own identifier, then that of the invoke it is linked to. Others: the invoke they answer.
        if (length > 0) out.invokeId = data[tlv.start]!;
        if (length > 1) out.linkedId = data[tlv.start + 1]!;
        break;
      case Tag.nationalOperation:
      case Tag.privateOperation:
        if (length === 2) out.opcode = (data[tlv.start]! << 8) | data[tlv.start + 1]!;
        break;
      case Tag.nationalError:
      case Tag.privateError:
        out.error = readInteger(data, tlv.start, tlv.end);
        break;
    }
  }
  return null;
}
