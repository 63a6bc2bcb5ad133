import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { NumberPlan } from '../../src/base/numbers.ts';
import { CaptureDecoder } from '../../src/capture/decode.ts';
import { FactReader } from '../../src/events/sip/facts.ts';
import { SipEvents } from '../../src/events/sip/sip-events.ts';
import { MessageDecoder } from '../../src/messages/decoder.ts';
import { Network } from '../../src/network/network.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import { claim } from './claims.ts';

const LIMITS = { ...DEFAULT_LIMITS, sipDialogs: 64, tcpBytes: 65_536, fragmentBytes: 65_536, duplicates: 64 };
const CONTEXT = { feed: 'fuzz', plan: new NumberPlan('CN') };

/** The bytes are a capture: all the way to events. */
export async function fuzz(input: Buffer): Promise<void> {
  const counters = new Counters();
  const addresses = new AddressReader(counters);
  const events = new SipEvents(CONTEXT, { sha256: '' }, new FactReader(addresses), LIMITS, counters, (event) => {
    claim(event.event_id.length === 16, 'an event has an identity');
    for (const milliseconds of [event.ring_ms, event.talk_ms, event.setup_ms, event.latency_ms]) {
      claim(milliseconds === null || Number.isFinite(milliseconds), 'a duration is a number');
    }
  });
  const messages = new MessageDecoder(LIMITS, counters, addresses, (message, payload, duplicate) => {
    if (!duplicate) events.observe(message, payload);
  });
  const network = new Network(messages, LIMITS, counters);
  let last = 0;
  const decoder = new CaptureDecoder(
    (packet) => {
      if (packet.frame === 1) events.begin(packet.seconds);
      last = packet.seconds;
      network.packet(packet);
    },
    (chunk) => chunk.length < 1024 * 1024,
  );
  await decoder.push(input);
  decoder.finish();
  decoder.close();
  network.finish();
  messages.finish();
  events.finish(last);
}
