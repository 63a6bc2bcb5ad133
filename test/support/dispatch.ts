import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { MessageDecoder } from '../../src/messages/decoder.ts';
import { ss7Record } from '../../src/messages/ss7-record.ts';
import { Network } from '../../src/network/network.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import type { Ss7VariantId } from '../../src/ss7/message.ts';
import { frame } from './frames.ts';

export type Values = Record<string, unknown>;

export interface Dispatched {
  records: Values[];
  /** SIP messages. */
  sip: number;
  counters: Counters;
}

/** What comes out of packets, a tenth of a second apart where `seconds` says nothing else, of which the capture kept `cutAt` bytes. */
export function dispatch(
  linkType: number,
  packets: readonly Buffer[],
  options: { variant?: Ss7VariantId | null; seconds?: readonly number[]; cutAt?: readonly number[] } = {},
): Dispatched {
  const counters = new Counters();
  const records: Values[] = [];
  let sip = 0;
  const decoder = new MessageDecoder(
    DEFAULT_LIMITS,
    counters,
    new AddressReader(counters),
    () => {
      sip++;
    },
    false,
    {
      variant: options.variant ?? null,
      onMessage: (message, payload, duplicate) => {
        const record = ss7Record(message, payload, duplicate, 'made.pcap');
        records.push(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)));
      },
    },
  );
  const network = new Network(decoder, DEFAULT_LIMITS, counters);
  for (const [index, data] of packets.entries()) {
    const time = options.seconds?.[index] ?? 1_700_000_000 + index / 10;
    network.packet({
      data,
      start: 0,
      end: Math.min(data.length, options.cutAt?.[index] ?? data.length),
      originalLength: data.length,
      seconds: Math.floor(time),
      nanoseconds: Math.round((time - Math.floor(time)) * 1e9),
      linkType,
      frame: index + 1,
    });
  }
  network.finish();
  decoder.finish();
  return { records, sip, counters };
}

/** SCTP user messages in one direction of one association, each in a packet of its own. */
export class Association {
  private tsn = 1;
  private readonly source: string;
  private readonly destination: string;
  private readonly port: number;

  constructor(source = '10.0.0.1', destination = '10.0.0.2', port = 2905) {
    this.source = source;
    this.destination = destination;
    this.port = port;
  }

  packet(payload: Buffer, ppid = 3): Buffer {
    return frame()
      .ethernet()
      .ipv4(this.source, this.destination)
      .sctp(this.port, this.port, { tsn: this.tsn++, payload, ppid })
      .bytes();
  }
}
