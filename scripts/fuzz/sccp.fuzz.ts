import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { createMsu } from '../../src/ss7/link/mtp3.ts';
import { createSccp, SccpReader, sccpTypeName } from '../../src/ss7/sccp/sccp.ts';
import { claim } from './claims.ts';
import { messagesOf, readTwice, stopped, VARIANTS, views } from './ss7-claims.ts';

const LIMITS = { ...DEFAULT_LIMITS, sccpMessages: 8, sccpBytes: 8192 };
const msu = createMsu();
const sccp = createSccp();

/** A variant, then messages of SCCP one after the other, so that segments meet. */
export function fuzz(input: Buffer): void {
  if (input.length < 1) return;
  const readers = [0, 1].map(() => new SccpReader(LIMITS, new Counters()));
  msu.variant = VARIANTS[input[0]! % VARIANTS.length]!;
  let seconds = 0;
  for (const message of messagesOf(input.subarray(1))) {
    seconds++;
    let turn = 0;
    readTwice(message, (data, start, end) => {
      msu.data = data;
      msu.start = start;
      msu.end = end;
      const stop = readers[turn++]!.read(msu, seconds, sccp);
      const { data: user, start: from, end: to } = sccp;
      claim(from >= 0 && from <= to && to <= user.length, 'user data lies in its bytes');
      claim(user !== data || from === to || (from >= start && to <= end), 'user data lies in the message');
      // Put together of segments, user data is not in the bytes of this message.
      const { data: _, start: __, end: ___, ...rest } = sccp;
      return `${sccpTypeName(sccp.type)} ${stopped(stop, message.length)} ${views(rest, data, start, end)} ${user.toString('hex', from, to)}`;
    });
  }
}
