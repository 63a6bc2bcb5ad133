import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { createPayload, type StreamVerdict, Transport } from '../../src/network/payload.ts';
import { Ss7Decoder } from '../../src/ss7/decoder.ts';
import { type Ss7Message, Ss7Variant } from '../../src/ss7/message.ts';
import { claim } from './claims.ts';
import { messagesOf, VARIANTS } from './ss7-claims.ts';

const LIMITS = { ...DEFAULT_LIMITS, sccpMessages: 8, sccpBytes: 8192, tcapInvokes: 64, tcapDialogues: 64 };
const TRANSPORTS = [Transport.sctp, Transport.mtp2, Transport.mtp3, Transport.sccp, Transport.udp];
const HEADER = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]);
const PORT = 2905;

/**
 * A transport, a payload protocol identifier and a variant, then payloads: M3UA and its like, signal units of MTP2, messages of MTP3 and
 * SCCP, and all that is above them. The payloads are then a stream of TCP, and what is left of them is read again by another decoder.
 */
export function fuzz(input: Buffer): void {
  if (input.length < 3) return;
  const transport = TRANSPORTS[input[0]! % TRANSPORTS.length]!;
  const variant = VARIANTS[(input[2]! & 7) % (VARIANTS.length + 1)] ?? null;
  const counters = new Counters();
  const decoder = new Ss7Decoder(LIMITS, counters, variant, claimMessage);
  const payload = createPayload();
  payload.header = HEADER;
  payload.destinationAt = 4;
  payload.sourcePort = PORT;
  payload.destinationPort = PORT;
  payload.transport = transport;
  payload.ppid = input[1]!;
  payload.cut = (input[2]! & 8) !== 0;
  const rest = input.subarray(3);
  for (const message of messagesOf(rest)) {
    payload.frame++;
    payload.seconds++;
    payload.data = Buffer.concat([HEADER, message, HEADER]);
    payload.start = HEADER.length;
    payload.end = HEADER.length + message.length;
    decoder.payload(payload);
    decoder.body(
      payload.data,
      payload.start,
      payload.end,
      (input[2]! >> 5) & 1 ? Ss7Variant.ansi : Ss7Variant.itu,
      payload,
      false,
    );
  }
  payload.transport = Transport.tcp;
  payload.data = rest;
  payload.start = 0;
  payload.end = rest.length;
  stream(decoder, payload, (input[2]! & 16) !== 0);
  const next = new Ss7Decoder(LIMITS, new Counters(), variant, claimMessage);
  // As a commit keeps them.
  for (const loose of JSON.parse(JSON.stringify(decoder.looseEnds()))) next.replay(loose);
  claim(next.looseEnds().length <= decoder.looseEnds().length, 'no more is left of loose ends than there were');
  decoder.finish();
  for (const [name, count] of counters.messages) claim(count >= 0, `${name} are counted`);
}

/** A stream as it arrives: half of it, then all that was not used. */
function stream(decoder: Ss7Decoder, payload: ReturnType<typeof createPayload>, joinedMidway: boolean): void {
  const reader = decoder.openStream(payload, joinedMidway);
  if (reader === null) return;
  const { end } = payload;
  for (const shown of [payload.start + ((end - payload.start) >> 1), end]) {
    const verdict: StreamVerdict = { consumed: 0, headless: 0, ignore: false };
    payload.end = shown;
    reader.read(payload, joinedMidway, verdict);
    claim(verdict.consumed >= 0 && payload.start + verdict.consumed <= shown, 'no more is consumed than was shown');
    claim(verdict.headless >= 0 && verdict.headless <= verdict.consumed, 'the headless bytes are among the consumed');
    payload.start += verdict.consumed;
  }
}

function claimMessage({ msu, sccp, component, index, protocol }: Ss7Message): void {
  claim(msu.start >= 0 && msu.start <= msu.end && msu.end <= msu.data.length, 'a user part lies in its bytes');
  if (protocol === 'mtp3' || protocol === 'isup' || protocol === 'bicc') return;
  claim(sccp.start >= 0 && sccp.start <= sccp.end && sccp.end <= sccp.data.length, 'user data lies in its bytes');
  if (protocol !== 'map' && protocol !== 'cap' && protocol !== 'inap') return;
  const { parameter } = component;
  claim(index >= 0, 'an operation is a component');
  claim(parameter.start <= parameter.end && parameter.end <= parameter.data.length, 'a parameter lies in its bytes');
}
