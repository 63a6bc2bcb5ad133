import { hashBytes } from '../base/bytes.ts';
import type { Payload } from '../network/payload.ts';
import type { Ss7Message, Ss7Protocol } from '../ss7/message.ts';
import { isConnectionless } from '../ss7/sccp/sccp-messages.ts';

/** Anomaly: a capture shows one direction of its links. */
export const ONE_DIRECTION = 'capture of one direction';

/** Messages that are looked at: the first of a capture. */
const LOOKED_AT = 4096;
/** Fewer tell nothing. */
const FEWEST = 50;
/** Share of messages on links without a message the other way, from which a capture shows one direction. */
const ONE_SIDED = 0.95;
/** Protocols in which both ends of a link speak. */
const PAIRED: ReadonlySet<Ss7Protocol> = new Set(['isup', 'bicc', 'sccp', 'bssap', 'ranap'] as const);
const OVER_SCCP: ReadonlySet<Ss7Protocol> = new Set(['sccp', 'bssap', 'ranap'] as const);
/** Bits of an end of a link in a key of 52. */
const END = 2 ** 26;

/**
 * Whether a capture shows both directions of its links. A tap of a fibre gives each direction by itself, and where they are
 * written into two files every answer is in the other one.
 */
export class Directions {
  /** Messages by link and direction. */
  private readonly links = new Map<number, number>();
  private left = LOOKED_AT;

  /** One message between the IP addresses of its packet. */
  noteAddresses({ header, sourceAt, destinationAt, addressLength }: Payload): void {
    if (this.left === 0) return;
    this.note(endOf(header, sourceAt, addressLength), endOf(header, destinationAt, addressLength));
  }

  /**
   * One SS7 message between point codes. Those of transactions are left out, read or not: a transfer point may be tapped where messages
   * come in, from both ends of each. So is all else that comes without a connection, such as a page.
   */
  notePoints({ protocol, msu: { opc, dpc }, sccp }: Ss7Message): void {
    if (this.left === 0 || !PAIRED.has(protocol) || opc < 0 || dpc < 0) return;
    if (OVER_SCCP.has(protocol) && isConnectionless(sccp.type)) return;
    this.note(opc, dpc);
  }

  isOneSided(): boolean {
    let all = 0;
    let alone = 0;
    for (const [key, count] of this.links) {
      all += count;
      if (!this.links.has(keyOf(key % END, Math.floor(key / END)))) alone += count;
    }
    return all >= FEWEST && alone >= ONE_SIDED * all;
  }

  private note(from: number, to: number): void {
    this.left--;
    if (from === to) return;
    const key = keyOf(from, to);
    this.links.set(key, (this.links.get(key) ?? 0) + 1);
  }
}

const endOf = (header: Buffer, at: number, length: number): number => (hashBytes(header, at, at + length) >>> 0) % END;

const keyOf = (from: number, to: number): number => from * END + to;
