import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { NumberPlan } from '../../src/base/numbers.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { decodeCapture } from '../../src/events/capture-events.ts';
import { messageRecord } from '../../src/messages/record.ts';
import { sharedCaptures, sharedDir } from '../support/shared.ts';
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
  'sip.P-Asserted-Identity',
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

async function ours(path: string): Promise<(Seen & { fromUri: string; toUri: string })[]> {
  const [input] = await listCaptures([path]);
  const seen: (Seen & { fromUri: string; toUri: string })[] = [];
  const uriOf = (value: string): string => /<([^>;]*)/.exec(value)?.[1] ?? value;
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
        fromUri: uriOf(text('from')),
        toUri: uriOf(text('to')),
      });
    },
  });
  return seen;
}

const keyOf = (one: Pick<Seen, 'frame' | 'start' | 'callId' | 'cseq'>): string =>
  `${one.frame} ${one.start} ${one.callId} ${one.cseq}`;

/** Formats of other programs, which catpool names and does not read: given to both as pcapng. */
const OTHER_FORMATS = /c07-sip-r2\.cap|cr_ss101\.cap/;

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function converted(path: string): string {
  const file = join(folder, `${basename(path)}.pcapng`);
  const run = spawnSync('editcap', [path, file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`editcap: ${run.stderr}`);
  return file;
}

/** Frames in which we differ from tshark and why we are right, by capture. */
const EXCEPTIONS: Record<string, Record<number, string>> = {
  // Random bytes were written over real messages.
  'ntop+nDPI/fuzz-2006-06-26-2594.pcap': {
    ...because(
      'a byte that is no UTF-8: we keep it as Latin-1, tshark puts U+FFFD',
      19,
      144,
      170,
      227,
      257,
      259,
      266,
      548,
      640,
    ),
    ...because('a blank inside a token: we keep the whole value, tshark its first word', 182, 247, 251, 421, 650),
    ...because('CSeq without a number: we give none, tshark 0', 155, 550),
    ...because('an address without a scheme: we give what stands there, tshark nothing', 20, 249, 266, 539, 640, 650),
    ...because('CSeq whose method is damaged: we give the bytes, tshark nothing', 527),
    ...because(
      'IP or UDP checksum or length damaged, or the start line: we show what is there, tshark passes it over',
      108,
      154,
      274,
      346,
      348,
    ),
  },
};

function because(reason: string, ...frames: number[]): Record<number, string> {
  return Object.fromEntries(frames.map((frame) => [frame, reason]));
}

describe('SIP messages agree with tshark', () => {
  for (const path of sharedCaptures('sip')) {
    const name = relative(`${sharedDir}/captures/sip`, path);
    test(name, async () => {
      const file = OTHER_FORMATS.test(name) ? converted(path) : path;
      const mine = await ours(file);
      // An ICMP error quotes the packet it is about: that is no message. The Gm interface is ESP without encryption.
      const theirs = tsharkFields(file, 'sip && !icmp && !icmpv6', FIELDS, [
        '-o',
        'esp.enable_null_encryption_decode_heuristic:TRUE',
      ]);
      const single: Seen[] = [];
      for (const row of theirs) {
        const [frame, methods, statuses, callIds, seqs, cseqMethods, from, to, identity, userAgent, asserted] =
          row as string[][];
        const starts = [...(methods ?? []), ...(statuses ?? [])];
        if (starts.length !== 1) continue;
        single.push({
          frame: Number(frame![0]),
          start: starts[0]!,
          callId: callIds![0] ?? '',
          cseq: `${seqs![0] ?? ''} ${cseqMethods![0] ?? ''}`.trim(),
          from: from![0] ?? '',
          to: to![0] ?? '',
          identity: identity![0] ?? /^<?tel:([^>;]*)/.exec(asserted![0] ?? '')?.[1] ?? '',
          userAgent: userAgent![0] ?? '',
        });
      }
      const exceptions = EXCEPTIONS[name] ?? {};
      const wanted = single.filter((one) => !(one.frame in exceptions));
      const got = mine.filter((one) => !(one.frame in exceptions));
      expect(got.map(keyOf).sort()).toEqual(wanted.map(keyOf).sort());
      for (const [index, one] of got.entries()) {
        const other = wanted[index]!;
        // tshark gives no user of a tel URI; its user is the number (RFC 3966 §3).
        if (other.from === '' && one.fromUri.startsWith('tel:')) other.from = one.fromUri.slice(4);
        if (other.to === '' && one.toUri.startsWith('tel:')) other.to = one.toUri.slice(4);
      }
      expect(got.map(({ fromUri: _from, toUri: _to, ...one }) => one)).toEqual(wanted);
    });
  }
});
