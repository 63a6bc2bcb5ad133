import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, type Row, Scene } from '../../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CALLER = '10.0.0.1';
const SERVER = '10.0.0.2';
/** Ends before any Call-ID. */
const LEAST = 140;
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 10.0.0.1',
  's=x',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 8 101',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n');
const [A, B] = ['<sip:+8613800000001@example.com>;tag=a1', '<sip:+8613900000002@example.com>'];
const NETWORK = 'P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=460001234567890f';

/** The order of headers of RFC 3261 and that of switches which write the Call-ID first. */
const ORDERS: [name: string, order: string[]][] = [
  ['From first', ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', 'User-Agent', 'P-Access-Network-Info']],
  ['Call-ID first', ['Via', 'Call-ID', 'From', 'CSeq', 'To', 'P-Access-Network-Info', 'User-Agent', 'Contact']],
];

function scene(order: readonly string[]): Scene {
  const say = (line: string, cseq: string, from: string, to: string): string[] => {
    const lines = [
      'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabcdef12',
      `From: ${from}`,
      `To: ${to}`,
      'Call-ID: 1a2b3c4d@10.0.0.1',
      `CSeq: ${cseq}`,
      'Contact: <sip:+8613800000001@10.0.0.1:5060>',
      'User-Agent: Phone 1.23',
      NETWORK,
    ];
    return [line, ...order.map((name) => lines.find((text) => text.startsWith(`${name}:`))!)];
  };
  const tagged = `${B};tag=b1`;
  const toB = 'sip:+8613900000002@example.com SIP/2.0';
  const toA = 'sip:+8613800000001@10.0.0.1 SIP/2.0';
  return new Scene()
    .say(0, CALLER, SERVER, say(`INVITE ${toB}`, '1 INVITE', A, B), SDP)
    .say(1, SERVER, CALLER, say('SIP/2.0 180 Ringing', '1 INVITE', A, tagged))
    .say(3, SERVER, CALLER, say('SIP/2.0 200 OK', '1 INVITE', A, tagged), SDP)
    .say(3.1, CALLER, SERVER, say(`ACK ${toB}`, '1 ACK', A, tagged))
    .say(9, SERVER, CALLER, say(`INVITE ${toA}`, '1 INVITE', tagged, A), SDP)
    .say(9.1, CALLER, SERVER, say('SIP/2.0 200 OK', '1 INVITE', tagged, A), SDP)
    .say(12, CALLER, SERVER, say(`INVITE ${toB}`, '2 INVITE', A, tagged), SDP)
    .say(12.1, SERVER, CALLER, say('SIP/2.0 200 OK', '2 INVITE', A, tagged), SDP)
    .say(20, CALLER, SERVER, say(`BYE ${toB}`, '3 BYE', A, tagged))
    .say(20.1, SERVER, CALLER, say('SIP/2.0 200 OK', '3 BYE', A, tagged));
}

const registration = (): Scene =>
  new Scene().say(0, CALLER, SERVER, [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabcdef12',
    `From: ${A}`,
    'To: <sip:+8613800000001@example.com>',
    'Call-ID: 1a2b3c4d@10.0.0.1',
    'CSeq: 1 REGISTER',
    'Contact: <sip:+8613800000001@10.0.0.1:5060>;+sip.instance="<urn:gsma:imei:35693803-564380-0>"',
    'Expires: 600000',
    'User-Agent: Phone 1.23',
    NETWORK,
  ]);

/** What of a call depends on messages that are not there. */
const BY_MESSAGES = new Set([
  'time',
  'answer_time',
  'end_time',
  'setup_ms',
  'ring_ms',
  'talk_ms',
  'first_frame',
  'last_frame',
]);
const TRUE_IF_SEEN = new Set(['outcome', 'released_by', 'sip_status', 'cause']);

/** What an event says that the whole capture does not. */
function invented(row: Row, whole: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => {
      if (value === null || value === whole[name] || BY_MESSAGES.has(name)) return false;
      if (name === 'first_capture' || name === 'last_capture' || name === 'event_id') return false;
      return !(TRUE_IF_SEEN.has(name) && row.outcome === 'open');
    }),
  );
}

describe('of packets that are captured in part nothing is said that they do not say, nor is one call two', () => {
  test.each([
    ...ORDERS.map(([name, order]) => [`a call, ${name}`, () => scene(order)] as const),
    ['a registration', registration] as const,
  ])('%s', async (_name, make) => {
    const path = join(folder, 'cut.pcap');
    const [whole] = await eventsOf([make().write(path)]);
    let found = 0;
    for (let length = LEAST; length < LEAST + 470; length += 5) {
      const rows = await eventsOf([make().snapTo(length).write(path)]);
      expect(rows.length, `at ${length}`).toBeLessThanOrEqual(1);
      found += rows.length;
      for (const row of rows) expect(invented(row, whole!), `at ${length}`).toEqual({});
    }
    expect(found).toBeGreaterThan(50);
  });
});
