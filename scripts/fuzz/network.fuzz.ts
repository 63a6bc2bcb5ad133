import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { Packet } from '../../src/capture/packet.ts';
import { Network } from '../../src/network/network.ts';
import type { PayloadHandler } from '../../src/network/payload.ts';
import { claim, claimPayload } from './claims.ts';

/**
 * tcpdump.org/linktypes.html: BSD loopback, Ethernet, PPP, PPP in HDLC, PPPoE, raw IP, cooked v1, MTP2 with pseudo-header, MTP2,
 * MTP3, SCCP, ERF, IPv4, IPv6, SCTP, cooked v2, unknown.
 */
const LINK_TYPES = [0, 1, 9, 50, 51, 101, 113, 139, 140, 141, 142, 197, 228, 229, 248, 252, 276, 147];

/** A link type, then packets: two bytes of length each. Some of what streams bring is consumed, some is left. */
export function fuzz(input: Buffer): void {
  if (input.length < 1) return;
  const counters = new Counters();
  const limits = { ...DEFAULT_LIMITS, tcpBytes: 65_536, fragmentBytes: 65_536, looseBytes: 65_536 };
  const handler: PayloadHandler = {
    datagram: claimPayload,
    stream(payload, _joinedMidway, verdict) {
      claimPayload(payload);
      claim(payload.slot !== null, 'a stream has a slot');
      verdict.consumed = (payload.end - payload.start) >> 1;
    },
  };
  const network = new Network(handler, limits, counters);
  const stitch = new Network(handler, limits, counters);
  let at = 1;
  let frame = 0;
  while (at + 2 <= input.length) {
    const length = input.readUInt16BE(at);
    const start = at + 2;
    const end = Math.min(start + length, input.length);
    const packet: Packet = {
      ...{ data: input, start, end, originalLength: length, linkType: LINK_TYPES[input[0]! % LINK_TYPES.length]! },
      ...{ seconds: frame, nanoseconds: 0, frame: ++frame },
    };
    network.packet(packet);
    at = end;
  }
  let loose = 0;
  for (const piece of network.finish()) {
    loose += piece.bytes.length;
    stitch.replay(piece);
  }
  claim(loose <= limits.looseBytes * 2, 'loose ends are bounded');
}
