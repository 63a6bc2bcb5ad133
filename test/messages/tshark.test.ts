import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { NumberPlan } from '../../src/base/numbers.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { decodeCapture } from '../../src/events/capture-events.ts';
import { messageRecord } from '../../src/messages/record.ts';
import { sharedCapture, sharedCaptures, sharedDir } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

/**
 * Every SIP message of every real capture against tshark: the multiset of (frame, method or status, Call-ID, CSeq), and for each
 * message From and To user, P-Asserted-Identity and User-Agent.
 */
const FIELDS = [
  'frame.number',
  'sip.Method',
  'sip.Status-Code',
  'sip.Call-ID',
  'sip.CSeq.seq',
  'sip.CSeq.method',
  'sip.from.user',
  'sip.to.user',
  'sip.pai.user',
  'sip.User-Agent',
] as const;

interface Seen {
  frame: number;
  start: string;
  callId: string;
  cseq: string;
  from: string;
  to: string;
  identity: string;
  userAgent: string;
}

async function ours(path: string): Promise<Seen[]> {
  const [input] = await listCaptures([path]);
  const seen: Seen[] = [];
  await decodeCapture(input!, { feed: 'test', plan: new NumberPlan(null) }, DEFAULT_LIMITS, {
    onMessage: (message, payload, duplicate, addresses) => {
      const record = messageRecord(message, payload, duplicate, path, addresses);
      const text = (name: string): string => String(record[name] ?? '');
      seen.push({
        frame: payload.frame,
        start: text('method') || text('status'),
        callId: text('call_id'),
        cseq: `${text('cseq')} ${text('cseq_method')}`.trim(),
        from: text('from_user'),
        to: text('to_user'),
        identity: text('identity'),
        userAgent: text('user_agent'),
      });
    },
  });
  return seen;
}

const keyOf = (one: Pick<Seen, 'frame' | 'start' | 'callId' | 'cseq'>): string => `${one.frame} ${one.start} ${one.callId} ${one.cseq}`;

describe('SIP messages agree with tshark', () => {
  for (const path of sharedCaptures('sip')) {
    const name = relative(`${sharedDir}/captures/sip`, path);
    test(name, async () => {
      const mine = await ours(path);
      const theirs = tsharkFields(path, 'sip', FIELDS);
      const single: Seen[] = [];
      for (const row of theirs) {
        const [frame, methods, statuses, callIds, seqs, cseqMethods, from, to, identity, userAgent] = row as string[][];
        const starts = [...(methods ?? []), ...(statuses ?? [])];
        if (starts.length !== 1) continue;
        single.push({
          frame: Number(frame![0]),
          start: starts[0]!,
          callId: callIds![0] ?? '',
          cseq: `${seqs![0] ?? ''} ${cseqMethods![0] ?? ''}`.trim(),
          from: from![0] ?? '',
          to: to![0] ?? '',
          identity: identity![0] ?? '',
          userAgent: userAgent![0] ?? '',
        });
      }
      expect(mine.map(keyOf).sort()).toEqual(single.map(keyOf).sort());
      expect(mine).toEqual(single);
    });
  }
});
void sharedCapture;
