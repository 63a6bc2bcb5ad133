import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import type { Packet } from '../../src/capture/packet.ts';
import { endpointText } from '../../src/network/address.ts';
import { Network } from '../../src/network/network.ts';
import { type LooseBytes, type Payload, type StreamVerdict, TRANSPORT_NAMES } from '../../src/network/payload.ts';

/** A packet that holds `data`, captured whole on Ethernet as frame 1 unless said otherwise. */
export function packetOf(data: Buffer, fields: Partial<Packet> = {}): Packet {
  return {
    data,
    start: 0,
    end: data.length,
    originalLength: data.length,
    linkType: 1,
    seconds: 1_600_000_000,
    nanoseconds: 0,
    frame: 1,
    ...fields,
  };
}

/** Packets in order, a millisecond and a frame apart. */
export function packetsOf(frames: Buffer[], fields: Partial<Packet> = {}): Packet[] {
  return frames.map((data, i) => packetOf(data, { frame: i + 1, nanoseconds: i * 1_000_000, ...fields }));
}

/** What a reader of streams does with the bytes shown to it; takes all where left out. */
export type StreamRule = (text: string, joinedMidway: boolean, verdict: StreamVerdict, payload: Payload) => void;

export interface Recorded {
  /** Each payload as `frame transport source>destination text`, with ` midway`, ` cut` and ` ppid=` where it applies. */
  seen: string[];
  loose: LooseBytes[];
  anomalies: Record<string, number>;
  dropped: Record<string, number>;
  encrypted: Record<string, number>;
  packets: Record<string, number>;
}

/** Runs packets through a network and records what the handler got. */
export function record(packets: Packet[], limits: Partial<Limits> = {}, rule?: StreamRule): Recorded {
  const seen: string[] = [];
  const counters = new Counters();
  const line = (payload: Payload, midway: boolean) => {
    const { header, addressLength, frame, cut, ppid } = payload;
    const from = endpointText(header, payload.sourceAt, addressLength, payload.sourcePort);
    const to = endpointText(header, payload.destinationAt, addressLength, payload.destinationPort);
    const text = payload.data.toString('latin1', payload.start, payload.end);
    const marks = `${midway ? ' midway' : ''}${cut ? ' cut' : ''}${ppid === 0 ? '' : ` ppid=${ppid}`}`;
    seen.push(`${frame} ${TRANSPORT_NAMES[payload.transport]} ${from}>${to} ${text}${marks}`);
    return text;
  };
  const network = new Network(
    {
      datagram(payload) {
        line(payload, false);
      },
      stream(payload, joinedMidway, verdict) {
        const text = line(payload, joinedMidway);
        if (rule === undefined) verdict.consumed = text.length;
        else rule(text, joinedMidway, verdict, payload);
      },
    },
    { ...DEFAULT_LIMITS, ...limits },
    counters,
  );
  for (const packet of packets) network.packet(packet);
  const loose = network.finish();
  const { anomalies, dropped, encrypted, packets: counted } = counters.toJSON();
  return { seen, loose, anomalies, dropped, encrypted, packets: counted };
}

/** A classic pcap file, little-endian, microseconds, one packet a second. */
export function classicPcap(linkType: number, frames: Buffer[]): Buffer {
  const u32 = (...values: number[]) => {
    const out = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => {
      out.writeUInt32LE(value, 4 * i);
    });
    return out;
  };
  return Buffer.concat([
    u32(0xa1b2c3d4, 0x00040002, 0, 0, 262_144, linkType),
    ...frames.flatMap((frame, i) => [u32(1_600_000_000 + i, 0, frame.length, frame.length), frame]),
  ]);
}
