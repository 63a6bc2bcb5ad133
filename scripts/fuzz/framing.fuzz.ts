import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { createStreamState, SipStreamReader } from '../../src/sip/framing.ts';
import { claim } from './claims.ts';

const LIMITS = { ...DEFAULT_LIMITS, sipMessageBytes: 4096 };

/** One TCP direction, shown at once and as it might arrive: the same messages in the same bytes. The first byte says how it is cut. */
export function fuzz(input: Buffer): void {
  if (input.length < 2) return;
  const stream = input.subarray(1);
  const joinedMidway = (input[0]! & 1) === 1;
  const step = 1 + (input[0]! >> 1);
  const whole = read(stream, stream.length, joinedMidway);
  const pieces = read(stream, step, joinedMidway);
  // Where a stream is joined midway, a message does not say how long it is, or the first bytes are no SIP, what is there at that moment decides.
  const isCertain = !joinedMidway && whole !== null && pieces !== null;
  claim(!isCertain || whole === pieces, 'the messages do not depend on how the stream arrives');
}

function read(stream: Buffer, step: number, joinedMidway: boolean): string | null {
  let isFramed = true;
  const messages: string[] = [];
  const reader = new SipStreamReader(LIMITS, new Counters(), (message) => {
    claim(message.start < message.end && message.end <= message.data.length, 'a message lies in its bytes');
    isFramed &&= message.contentLength >= 0;
    messages.push(message.data.toString('latin1', message.start, message.end));
  });
  const state = createStreamState();
  const verdict = { consumed: 0, headless: 0, ignore: false };
  let at = 0;
  for (let end = Math.min(step, stream.length); ; end = Math.min(end + step, stream.length)) {
    verdict.consumed = verdict.headless = 0;
    reader.read(stream, at, end, joinedMidway && at === 0, verdict, state);
    claim(verdict.consumed >= 0 && at + verdict.consumed <= end, 'no more is consumed than was shown');
    claim(verdict.headless <= verdict.consumed, 'the headless bytes are among the consumed');
    at += verdict.consumed;
    if (verdict.ignore || end === stream.length) break;
  }
  return isFramed && !verdict.ignore ? messages.join('\0') : null;
}
