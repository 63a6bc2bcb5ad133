import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import type { StreamVerdict } from '../../src/network/payload.ts';
import { callId, methodText } from '../../src/sip/fields.ts';
import { createStreamState, SipStreamReader } from '../../src/sip/framing.ts';

/** What came of a stream: `METHOD call-id body`, and what the reader said of the bytes. */
export interface Reading {
  messages: string[];
  stops: (string | undefined)[];
  ignored: boolean;
  headless: number;
  /** Bytes that still wait for more. */
  waiting: number;
  counters: Counters;
}

/** Hands a stream to a reader in segments, as TCP does: what is not consumed is shown again with what comes next. `cut`: nothing comes after it. */
export function readStream(
  segments: readonly (string | Buffer)[],
  options: { midway?: boolean; cut?: boolean; limits?: Partial<Limits> } = {},
): Reading {
  const counters = new Counters();
  const reading: Reading = { messages: [], stops: [], ignored: false, headless: 0, waiting: 0, counters };
  const reader = new SipStreamReader({ ...DEFAULT_LIMITS, ...options.limits }, counters, (m) => {
    reading.messages.push(`${methodText(m)} ${m.status} ${callId(m)} ${m.data.toString('latin1', m.bodyStart, m.end)}`);
    reading.stops.push(m.stop?.reason);
  });
  const state = createStreamState();
  let held = Buffer.alloc(0);
  let midway = options.midway ?? false;
  for (const [at, segment] of segments.entries()) {
    held = Buffer.concat([held, typeof segment === 'string' ? Buffer.from(segment, 'latin1') : segment]);
    // Bytes around the stream's must not be looked at.
    const data = Buffer.concat([
      Buffer.from('INVITE sip:x SIP/2.0\r\n'),
      held,
      Buffer.from('\r\n\r\nINVITE sip:y SIP/2.0\r\n\r\n'),
    ]);
    const verdict: StreamVerdict = { consumed: 0, headless: 0, ignore: false };
    const cut = options.cut === true && at === segments.length - 1;
    reader.read(data, 22, 22 + held.length, midway, verdict, state, cut);
    if (verdict.consumed > held.length || verdict.headless > verdict.consumed) throw new Error('consumed too much');
    reading.headless += verdict.headless;
    reading.ignored ||= verdict.ignore;
    held = held.subarray(verdict.consumed);
    if (verdict.consumed > verdict.headless) midway = false;
    if (verdict.ignore) break;
  }
  reading.waiting = held.length;
  return reading;
}

/** `data` in pieces that end at `cuts`. */
export function pieces(data: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (data.length + 1)))].sort((a, b) => a - b);
  const parts: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, data.length]) {
    if (end > start) parts.push(data.subarray(start, end));
    start = end;
  }
  return parts;
}
