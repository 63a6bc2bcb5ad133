import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { encodeRpAck, encodeRpData, encodeRpError } from '../../../src/ss7/radio/nas-sms-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { collected, eventsOf, type Row, Scene, sceneEvents } from '../../support/scene.ts';

/** Dialogs by RFC 3261, written down message by message. Each is also cut after every message, and into one-message captures. */
const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const CALLER = 'From: <sip:+8613800000001@example.com>;tag=a1';
const CALLED = 'To: <sip:+8613900000002@example.com>';

function request(method: string, cseq: number, more: readonly string[] = [], to = CALLED, from = CALLER): string[] {
  return [
    `${method} sip:+8613900000002@example.com SIP/2.0`,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    from,
    to,
    'Call-ID: one@10.0.0.1',
    `CSeq: ${cseq} ${method}`,
    ...more,
  ];
}

function response(
  status: string,
  method: string,
  cseq: number,
  tag = '',
  more: readonly string[] = [],
  from = CALLER,
): string[] {
  return [
    `SIP/2.0 ${status}`,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    from,
    tag === '' ? CALLED : `${CALLED};tag=${tag}`,
    'Call-ID: one@10.0.0.1',
    `CSeq: ${cseq} ${method}`,
    ...more,
  ];
}

const COLUMNS = [
  'kind',
  'outcome',
  'msisdn',
  'counterpart',
  'setup_ms',
  'ring_ms',
  'talk_ms',
  'sip_status',
  'cause',
  'released_by',
];

const ordinary = { kind: 'leg', msisdn: '8613800000001', counterpart: '8613900000002' };

describe('calls', () => {
  test('early media, PRACK, UPDATE and a re-INVITE are one call', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.1, B, A, response('100 Trying', 'INVITE', 1))
      .say(0.5, B, A, response('183 Session Progress', 'INVITE', 1, 'b1'))
      .say(0.6, A, B, request('PRACK', 2, [], `${CALLED};tag=b1`))
      .say(0.7, B, A, response('200 OK', 'PRACK', 2, 'b1'))
      .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(4, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(4.1, A, B, request('ACK', 1, [], `${CALLED};tag=b1`))
      .say(10, A, B, request('INVITE', 3, [], `${CALLED};tag=b1`))
      .say(10.1, B, A, response('200 OK', 'INVITE', 3, 'b1'))
      .say(
        34,
        B,
        A,
        request(
          'BYE',
          1,
          ['Reason: Q.850;cause=16'],
          'To: <sip:+8613800000001@example.com>;tag=a1',
          `From: <sip:+8613900000002@example.com>;tag=b1`,
        ),
      );
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      // The 180 comes after 1 s; it rings from there to the answer, 3 s; they talk from 4 to 34 s.
      {
        ...ordinary,
        outcome: 'answered',
        setup_ms: 1000,
        ring_ms: 3000,
        talk_ms: 30_000,
        sip_status: 200,
        cause: 16,
        released_by: 'called',
      },
    ]);
  });

  test('a fork: the branch that answers counts', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(1.2, B, A, response('180 Ringing', 'INVITE', 1, 'b2'))
      .say(2, B, A, response('486 Busy Here', 'INVITE', 1, 'b1'))
      .say(5, B, A, response('200 OK', 'INVITE', 1, 'b2'))
      .say(15, A, B, request('BYE', 2, [], `${CALLED};tag=b2`));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      {
        ...ordinary,
        outcome: 'answered',
        setup_ms: 1000,
        ring_ms: 4000,
        talk_ms: 10_000,
        sip_status: 200,
        cause: null,
        released_by: 'caller',
      },
    ]);
  });

  test('CANCEL ends the ringing, whatever the final response', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(7, A, B, request('CANCEL', 1, ['Reason: SIP;cause=200;text="Call completed elsewhere"']))
      .say(7.1, B, A, response('200 OK', 'CANCEL', 1))
      .say(7.2, B, A, response('487 Request Terminated', 'INVITE', 1, 'b1'));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      {
        ...ordinary,
        outcome: 'cancelled',
        setup_ms: 1000,
        ring_ms: 6000,
        talk_ms: null,
        sip_status: 487,
        cause: null,
        released_by: 'network',
      },
    ]);
  });

  // RFC 3261 §13.3.1: a server gives an invitation up that has expired; RFC 6432 §2: and says why.
  test.each([
    ['Q.850;cause=19', 'no_answer', 'network', 19],
    ['SIP;cause=408;text="Request Timeout"', 'no_answer', 'network', null],
    ['Q.850;cause=31', 'cancelled', 'caller', 31],
  ])('487 without a CANCEL says who gave up: %s', async (reason, outcome, by, cause) => {
    const given = ['SIP/2.0 487 Request Terminated', ...response('x', 'INVITE', 1, 'b1').slice(1), `Reason: ${reason}`];
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(61, B, A, given);
    expect(await sceneEvents(scene, folder, ['outcome', 'released_by', 'cause', 'ring_ms'])).toEqual([
      { outcome, released_by: by, cause, ring_ms: 60_000 },
    ]);
  });

  // RFC 3326 §2: why a server cancels. Q.850 §2.2.7.1: 102 recovery on timer expiry.
  test.each([
    ['Q.850;cause=102;text="Timer expiry"', 'no_answer', 'network', 102],
    ['SIP;cause=408;text="Request Timeout", Q.850;cause=19', 'no_answer', 'network', 19],
    ['SIP ;cause=480', 'no_answer', 'network', null],
    // Another phone answered, or refused for all: who calls did not give up.
    ['SIP;cause=603;text="Decline"', 'cancelled', 'network', null],
    ['Q.850;cause=26', 'cancelled', 'network', 26],
    // 3GPP TS 24.229 §5.2.8.1: the phone that calls is lost, or what carries the call.
    ['SIP;cause=503;text="Service Unavailable"', 'failed', 'network', null],
    ['Q.850;cause=38;text="Network out of order"', 'failed', 'network', 38],
    ['Q.850;cause=16', 'cancelled', 'caller', 16],
    ['SIP;cause=487', 'cancelled', 'caller', null],
    // 3GPP TS 24.229 §7.2A.18: a phone tells who or what ended the call.
    ['RELEASE_CAUSE;cause=6;text="Call-setup time-out"', 'no_answer', 'network', null],
    ['RELEASE_CAUSE;cause=5;text="SIP response time-out"', 'failed', 'network', null],
    ['RELEASE_CAUSE;cause=3;text="Media bearer loss"', 'failed', 'network', null],
    ['RELEASE_CAUSE;cause=1;text="User ends call"', 'cancelled', 'caller', null],
  ])('CANCEL of a server is not the caller giving up: %s', async (reason, outcome, by, cause) => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(46, A, B, request('CANCEL', 1, [`Reason: ${reason}`]))
      .say(46.1, B, A, response('487 Request Terminated', 'INVITE', 1, 'b1'));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      {
        ...ordinary,
        outcome,
        setup_ms: 1000,
        ring_ms: 45_000,
        talk_ms: null,
        sip_status: 487,
        cause,
        released_by: by,
      },
    ]);
  });

  // 3GPP TS 24.229 §5.2.8.1.2: a P-CSCF that lost the phone tells both sides. RFC 4028 §10; Q.850 102, 41.
  test.each([
    ['SIP;cause=503;text="Service Unavailable"', 'network', null],
    ['SIP;cause=408', 'network', null],
    ['Q.850;cause=102;text="RECOVERY_ON_TIMER_EXPIRE"', 'network', 102],
    ['Q.850;cause=47;text="Resource unavailable, unspecified"', 'network', 47],
    // RFC 3261 §12.2.1.2: something in the dialog was answered so. RFC 4411 §5.
    ['SIP;cause=481;text="Call/Transaction Does Not Exist"', 'network', null],
    ['preemption ;cause=5 ;text="Network Preemption"', 'network', null],
    ['Q.850;cause=16;text="Normal call clearing"', 'caller', 16],
    ['SIP;cause=200;text="User Triggered"', 'caller', null],
    // 3GPP TS 24.229 §7.2A.18: the phone lost what carries the call, or hears nothing.
    ['RELEASE_CAUSE;cause=3;text="Media bearer loss"', 'network', null],
    ['Q.850;cause=16, RELEASE_CAUSE ;cause=2 ;text="RTP/RTCP time-out"', 'network', 16],
    ['RELEASE_CAUSE;cause=1;text="User ends call"', 'caller', null],
  ])('BYE of a server is neither party hanging up: %s', async (reason, by, cause) => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(2, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(12, A, B, request('BYE', 2, [`Reason: ${reason}`], `${CALLED};tag=b1`));
    expect(await sceneEvents(scene, folder, ['outcome', 'talk_ms', 'released_by', 'cause'])).toEqual([
      { outcome: 'answered', talk_ms: 10_000, released_by: by, cause },
    ]);
  });

  // RFC 6228: an early dialog is over. RFC 3261 §21.1.3, §21.1.4: the call goes elsewhere, or waits.
  test.each(['199 Early Dialog Terminated', '181 Call Is Being Forwarded', '182 Queued'])(
    '%s is no ringing',
    async (status) => {
      const scene = new Scene()
        .say(0, A, B, request('INVITE', 1))
        .say(1, B, A, response(status, 'INVITE', 1, 'b1'))
        .say(4, B, A, response('183 Session Progress', 'INVITE', 1, 'b1'))
        .say(6, B, A, response('486 Busy Here', 'INVITE', 1, 'b1'));
      expect(await sceneEvents(scene, folder, ['setup_ms', 'ring_ms'])).toEqual([{ setup_ms: 4000, ring_ms: 2000 }]);
    },
  );

  test.each([
    ['486 Busy Here', 'busy', 'called'],
    // RFC 8197.
    ['607 Unwanted', 'rejected', 'called'],
    ['600 Busy Everywhere', 'busy', 'called'],
    ['603 Decline', 'rejected', 'called'],
    // ATIS-1000099: by the analytics of the network.
    ['603 Network Blocked', 'rejected', 'network'],
    ['403 Forbidden', 'rejected', 'network'],
    ['480 Temporarily Unavailable', 'no_answer', 'network'],
    // What GoIPs of DBL send, and some others.
    ['480 Remote Busy', 'busy', 'called'],
    ['480 BUSY HERE', 'busy', 'called'],
    ['480 All circuits busy', 'no_answer', 'network'],
    ['480 ', 'no_answer', 'network'],
    ['503 Busy', 'failed', 'network'],
    ['408 Request Timeout', 'no_answer', 'network'],
    ['404 Not Found', 'failed', 'network'],
    ['503 Service Unavailable', 'failed', 'network'],
    ['302 Moved Temporarily', 'redirected', 'network'],
  ])('%s is %s', async (status, outcome, releasedBy) => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(2, B, A, response(status, 'INVITE', 1, 'b1', ['Reason: Q.850;cause=41']))
      .say(2.1, A, B, request('ACK', 1, [], `${CALLED};tag=b1`));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      {
        ...ordinary,
        outcome,
        setup_ms: null,
        ring_ms: null,
        talk_ms: null,
        sip_status: Number(status.slice(0, 3)),
        cause: 41,
        released_by: releasedBy,
      },
    ]);
  });

  test('a BYE of who was called ends a call that was answered, though the answer is lost (RFC 3261 §15)', async () => {
    const ringing = () =>
      new Scene().say(0, A, B, request('INVITE', 1)).say(2, B, A, response('180 Ringing', 'INVITE', 1, 'b1'));
    const from = CALLER.replace('From', 'To');
    const to = `${CALLED.replace('To', 'From')};tag=b1`;
    const byCalled = ringing().say(60, B, A, request('BYE', 7, [], from, to));
    const byCaller = ringing().say(60, A, B, request('BYE', 2, [], `${CALLED};tag=b1`));
    const told = { ...ordinary, setup_ms: 2000, talk_ms: null, sip_status: null, cause: null };
    expect(await sceneEvents(byCalled, folder, COLUMNS)).toEqual([
      { ...told, outcome: 'answered', ring_ms: null, released_by: 'called' },
    ]);
    expect(await sceneEvents(byCaller, folder, COLUMNS)).toEqual([
      { ...told, outcome: 'cancelled', ring_ms: 58_000, released_by: 'caller' },
    ]);
  });

  test('a call whose INVITE came before the capture does not say how long it took to ring', async () => {
    const scene = new Scene()
      .say(0, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(3, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(9, A, B, request('BYE', 2, [], `${CALLED};tag=b1`));
    expect(await sceneEvents(scene, folder, ['outcome', 'setup_ms', 'ring_ms', 'talk_ms'])).toEqual([
      { outcome: 'answered', setup_ms: null, ring_ms: 3000, talk_ms: 6000 },
    ]);
  });

  test('a redirected call that is placed again is one call', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.2, B, A, response('302 Moved Temporarily', 'INVITE', 1, 'b1'))
      .say(0.5, A, B, request('INVITE', 2))
      .say(1, B, A, response('180 Ringing', 'INVITE', 2, 'b2'))
      .say(3, B, A, response('200 OK', 'INVITE', 2, 'b2'))
      .say(8, A, B, request('BYE', 3, [], `${CALLED};tag=b2`));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      {
        ...ordinary,
        outcome: 'answered',
        setup_ms: 1000,
        ring_ms: 2000,
        talk_ms: 5000,
        sip_status: 200,
        cause: null,
        released_by: 'caller',
      },
    ]);
  });

  test('credentials asked for, also with another tag the second time', async () => {
    const other = 'From: <sip:+8613800000001@example.com>;tag=a2';
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.1, B, A, response('407 Proxy Authentication Required', 'INVITE', 1, 'p'))
      .say(0.4, A, B, request('INVITE', 2, ['Proxy-Authorization: Digest username="x"'], CALLED, other))
      .say(1.4, B, A, response('180 Ringing', 'INVITE', 2, 'b1', [], other))
      .say(2.4, B, A, response('200 OK', 'INVITE', 2, 'b1', [], other))
      .say(5.4, A, B, request('BYE', 3, [], `${CALLED};tag=b1`, other));
    expect(await sceneEvents(scene, folder, [...COLUMNS, 'latency_ms'])).toEqual([
      {
        ...ordinary,
        outcome: 'answered',
        setup_ms: 1400,
        ring_ms: 1000,
        talk_ms: 3000,
        sip_status: 200,
        cause: null,
        released_by: 'caller',
        latency_ms: expect.closeTo(300, 3),
      },
    ]);
  });

  // RFC 4028 §7.3: the same Call-ID, From and To, the CSeq number one more; some stacks make a new From tag.
  test.each(['a1', 'a2'])(
    'a session interval that was too small: the second attempt, of tag %s, is of the call',
    async (tag) => {
      const other = `From: <sip:+8613800000001@example.com>;tag=${tag}`;
      const scene = new Scene()
        .say(0, A, B, request('INVITE', 1, ['Session-Expires: 90']))
        .say(0.1, B, A, response('422 Session Interval Too Small', 'INVITE', 1, 'p', ['Min-SE: 1800']))
        .say(0.2, A, B, request('ACK', 1, [], `${CALLED};tag=p`))
        .say(0.4, A, B, request('INVITE', 2, ['Session-Expires: 1800', 'Min-SE: 1800'], CALLED, other))
        .say(0.5, B, A, response('407 Proxy Authentication Required', 'INVITE', 2, 'q', [], other))
        .say(0.7, A, B, request('INVITE', 3, ['Proxy-Authorization: Digest username="x"'], CALLED, other))
        .say(1.4, B, A, response('180 Ringing', 'INVITE', 3, 'b1', [], other))
        .say(2.4, B, A, response('200 OK', 'INVITE', 3, 'b1', [], other))
        .say(5.4, A, B, request('BYE', 4, [], `${CALLED};tag=b1`, other));
      expect(await sceneEvents(scene, folder, [...COLUMNS, 'latency_ms'])).toEqual([
        {
          ...ordinary,
          outcome: 'answered',
          setup_ms: 1400,
          ring_ms: 1000,
          talk_ms: 3000,
          sip_status: 200,
          cause: null,
          released_by: 'caller',
          // From the 407: to be told of a longer interval is no challenge.
          latency_ms: expect.closeTo(200, 3),
        },
      ]);
    },
  );

  test('an interval that was too small, and no second attempt: the call failed', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1, ['Session-Expires: 90']))
      .say(0.1, B, A, response('422 Session Interval Too Small', 'INVITE', 1, 'p', ['Min-SE: 1800']));
    expect(await sceneEvents(scene, folder, ['outcome', 'sip_status', 'latency_ms'])).toEqual([
      { outcome: 'failed', sip_status: 422, latency_ms: null },
    ]);
  });

  test('the second attempt lost to the capture: what it got is of the call', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.1, B, A, response('407 Proxy Authentication Required', 'INVITE', 1, 'p'))
      .say(0.2, A, B, request('ACK', 1, [], `${CALLED};tag=p`))
      .say(1.4, B, A, response('180 Ringing', 'INVITE', 2, 'b1'))
      .say(2.4, B, A, response('200 OK', 'INVITE', 2, 'b1'))
      .say(5.4, A, B, request('BYE', 3, [], `${CALLED};tag=b1`));
    const answered = { ...ordinary, outcome: 'answered', sip_status: 200, cause: null, released_by: 'caller' };
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
      { ...answered, setup_ms: 1400, ring_ms: 1000, talk_ms: 3000 },
    ]);
  });

  test.each([
    ['200 OK', 'caller'],
    ['481 Call/Transaction Does Not Exist', 'caller'],
    ['200 OK', 'called'],
  ])('a BYE lost to the capture: its %s ends the call, released by the %s', async (status, by) => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(2, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(2.1, A, B, request('ACK', 1, [], `${CALLED};tag=b1`));
    if (by === 'caller') scene.say(9, B, A, response(status, 'BYE', 2, 'b1'));
    else {
      const [to, from] = [
        'To: <sip:+8613800000001@example.com>;tag=a1',
        'From: <sip:+8613900000002@example.com>;tag=b1',
      ];
      scene.say(9, A, B, [`SIP/2.0 ${status}`, ...request('BYE', 1, [], to, from).slice(1)]);
    }
    expect(await sceneEvents(scene, folder, ['outcome', 'talk_ms', 'released_by'])).toEqual([
      { outcome: 'answered', talk_ms: 7000, released_by: by },
    ]);
  });

  test('a BYE that is asked for credentials ends nothing', async () => {
    const scene = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(2, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(9, B, A, response('407 Proxy Authentication Required', 'BYE', 2, 'b1'));
    expect(await sceneEvents(scene, folder, ['outcome', 'talk_ms'])).toEqual([{ outcome: 'open', talk_ms: null }]);
  });

  test('no second attempt after a challenge: challenged; no response at all: open', async () => {
    const asked = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.1, B, A, response('401 Unauthorized', 'INVITE', 1, 'p'));
    expect((await sceneEvents(asked, folder, ['outcome'])).map(({ outcome }) => outcome)).toEqual(['challenged']);
    const silent = new Scene()
      .say(0, A, B, request('INVITE', 1))
      .say(0.5, A, B, request('INVITE', 1))
      .say(1.5, A, B, request('INVITE', 1));
    expect((await sceneEvents(silent, folder, ['outcome'])).map(({ outcome }) => outcome)).toEqual(['open']);
  });

  test('a call given up before the capture has its first response does not end before it begins', async () => {
    const late = new Scene()
      .say(0.1, A, B, request('CANCEL', 1))
      .say(0.2, B, A, response('487 Request Terminated', 'INVITE', 1, 'b1'));
    expect(await sceneEvents(late, folder, ['outcome', 'time', 'end_time'])).toEqual([
      { outcome: 'cancelled', time: '2023-11-14T22:13:20.100000000Z', end_time: '2023-11-14T22:13:20.100000000Z' },
    ]);
  });

  test('responses alone show the call; a BYE alone shows none', async () => {
    const responses = new Scene()
      .say(0, B, A, response('180 Ringing', 'INVITE', 1, 'b1'))
      .say(2, B, A, response('200 OK', 'INVITE', 1, 'b1'))
      .say(9, A, B, request('BYE', 2, [], `${CALLED};tag=b1`));
    expect(await sceneEvents(responses, folder, ['outcome', 'msisdn', 'counterpart', 'talk_ms'])).toEqual([
      { outcome: 'answered', msisdn: '8613800000001', counterpart: '8613900000002', talk_ms: 7000 },
    ]);
    const end = new Scene()
      .say(0, A, B, request('BYE', 2, [], `${CALLED};tag=b1`))
      .say(0.1, A, B, request('CANCEL', 1));
    expect(await sceneEvents(end, folder, ['outcome'])).toEqual([]);
  });

  test('P-Asserted-Identity names the caller, and a request sent to a phone is of the called line', async () => {
    const asserted = new Scene()
      .say(
        0,
        A,
        B,
        request(
          'INVITE',
          1,
          ['P-Asserted-Identity: <tel:+8613811112222>'],
          CALLED,
          'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=a1',
        ),
      )
      .say(1, B, A, response('486 Busy Here', 'INVITE', 1, 'b1'));
    expect(await sceneEvents(asserted, folder, ['msisdn', 'direction'])).toEqual([
      { msisdn: '8613811112222', direction: 'originating' },
    ]);
    const toPhone = new Scene().say(0, A, B, [`INVITE sip:x@${B}:5060 SIP/2.0`, ...request('INVITE', 1).slice(1)]);
    expect(await sceneEvents(toPhone, folder, ['msisdn', 'counterpart', 'direction', 'endpoint'])).toEqual([
      { msisdn: '8613900000002', counterpart: '8613800000001', direction: 'terminating', endpoint: `${B}:5060` },
    ]);
    // Over a connection that the phone opened it is reached at another port than it registered; a number alone is at no host.
    for (const to of [CALLED, 'To: <tel:+8613900000002>']) {
      const toPort = [`INVITE sip:x@${B}:40000 SIP/2.0`, ...request('INVITE', 1, [], to).slice(1)];
      expect(await sceneEvents(new Scene().say(0, A, B, toPort), folder, ['msisdn', 'direction', 'endpoint'])).toEqual([
        { msisdn: '8613900000002', direction: 'terminating', endpoint: `${B}:5060` },
      ]);
    }
    // A phone whose address begins with that of its exchange is another one.
    const near = [
      `INVITE sip:x@${A}0:5060 SIP/2.0`,
      ...request('INVITE', 1, [], `To: <sip:+8613900000002@${A}>`).slice(1),
    ];
    expect(await sceneEvents(new Scene().say(0, A, `${A}0`, near), folder, ['msisdn', 'direction'])).toEqual([
      { msisdn: '8613900000002', direction: 'terminating' },
    ]);
    // The host that it begins with is another one.
    const other = ['INVITE sip:13811112222@203.0.113.70:5060 SIP/2.0', ...request('INVITE', 1).slice(1)];
    expect(await sceneEvents(new Scene().say(0, A, B, other), folder, ['direction'])).toEqual([
      { direction: 'originating' },
    ]);
    // What a browser registers (RFC 7118 §5), and what only a phone calls itself, where a number was called.
    for (const uri of ['sip:df7jal23@4fr9a1.invalid;transport=ws', 'sip:line1@phone7.example.net:5071']) {
      const toContact = [`INVITE ${uri} SIP/2.0`, ...request('INVITE', 1).slice(1)];
      expect(
        await sceneEvents(new Scene().say(0, A, B, toContact), folder, ['msisdn', 'counterpart', 'direction']),
      ).toEqual([{ msisdn: '8613900000002', counterpart: '8613800000001', direction: 'terminating' }]);
    }
    // What has no user part names no phone.
    const server = ['INVITE sip:phone7.example.net SIP/2.0', ...request('INVITE', 1).slice(1)];
    expect(await sceneEvents(new Scene().say(0, A, B, server), folder, ['direction'])).toEqual([
      { direction: 'originating' },
    ]);
    const behindRouter = new Scene().say(0, A, B, [
      'INVITE sip:x@192.168.1.20:5062 SIP/2.0',
      ...request('INVITE', 1).slice(1),
    ]);
    expect(await sceneEvents(behindRouter, folder, ['msisdn', 'direction'])).toEqual([
      { msisdn: '8613900000002', direction: 'terminating' },
    ]);
  });
});

describe('a phone of IMS that is called', () => {
  const toPhone = (more: readonly string[] = [], uri = `sip:x@${B}:5060`): string[] => [
    `INVITE ${uri} SIP/2.0`,
    ...request('INVITE', 1, more).slice(1),
  ];
  // TS 24.229 §7.2A.4: MCC 460, MNC 00, tracking area 1807 (6151), cell 0000101 (257) and 0000102 (258), hexadecimal.
  const placed = (cell: string): string =>
    `P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=460001807${cell}`;
  const device = (serial: string): string =>
    `Contact: <sip:x@${B}:5060>;+sip.instance="<urn:gsma:imei:35693803-${serial}-0>"`;
  const columns = ['direction', 'msisdn', 'imei', 'cell', 'lac', 'access'];
  const called = { direction: 'terminating', msisdn: '8613900000002' };

  test('says in its responses where it is and which device it is; the caller does not get that', async () => {
    const answered = (uri?: string): Scene =>
      new Scene()
        .say(0, A, B, toPhone(['P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=4600018070000999'], uri))
        .say(0.1, B, A, response('100 Trying', 'INVITE', 1))
        .say(0.5, B, A, response('183 Session Progress', 'INVITE', 1, 'b1', [placed('0000101')]))
        .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1', [device('567890')]))
        .say(4, B, A, response('200 OK', 'INVITE', 1, 'b1'))
        .say(9, A, B, request('BYE', 2, [], `${CALLED};tag=b1`));
    expect(await sceneEvents(answered(), folder, columns)).toEqual([
      { ...called, imei: '35693803567890', cell: '460-00-6151-257', lac: 6151, access: '3GPP-E-UTRAN-FDD' },
    ]);
    const [caller] = await sceneEvents(answered('sip:+8613900000002@example.com'), folder, columns);
    expect(caller).toMatchObject({ direction: 'originating', imei: null, cell: '460-00-6151-2457' });
  });

  test('of several that ring, the one that answers counts, else the first', async () => {
    const ringing = (): Scene =>
      new Scene()
        .say(0, A, B, toPhone())
        .say(1, B, A, response('180 Ringing', 'INVITE', 1, 'b1', [placed('0000101'), device('567890')]))
        .say(1.2, B, A, response('180 Ringing', 'INVITE', 1, 'b2', [placed('0000102'), device('567891')]));
    const unanswered = ringing().say(5, B, A, response('480 Temporarily Unavailable', 'INVITE', 1, 'b1'));
    expect(await sceneEvents(unanswered, folder, columns)).toMatchObject([
      { ...called, imei: '35693803567890', cell: '460-00-6151-257' },
    ]);
    const answered = ringing()
      .say(5, B, A, response('200 OK', 'INVITE', 1, 'b2', [placed('0000102'), device('567891')]))
      .say(9, A, B, request('BYE', 2, [], `${CALLED};tag=b2`));
    expect(await sceneEvents(answered, folder, columns)).toMatchObject([
      { ...called, imei: '35693803567891', cell: '460-00-6151-258' },
    ]);
  });

  test('says where it is as it refuses at once; of several, who answers counts', async () => {
    const refused = new Scene()
      .say(0, A, B, toPhone())
      .say(0.1, B, A, response('100 Trying', 'INVITE', 1))
      .say(0.4, B, A, response('486 Busy Here', 'INVITE', 1, 'b1', [placed('0000101')]));
    expect(await sceneEvents(refused, folder, [...columns, 'outcome'])).toMatchObject([
      { ...called, cell: '460-00-6151-257', outcome: 'busy' },
    ]);
    const answered = new Scene()
      .say(0, A, B, toPhone())
      .say(0.4, B, A, response('486 Busy Here', 'INVITE', 1, 'b1', [placed('0000101')]))
      .say(3, B, A, response('200 OK', 'INVITE', 1, 'b2', [placed('0000102')]))
      .say(9, A, B, request('BYE', 2, [], `${CALLED};tag=b2`));
    expect(await sceneEvents(answered, folder, columns)).toMatchObject([{ ...called, cell: '460-00-6151-258' }]);
  });

  test('of a service code is the code, without the context it is dialled in (RFC 3966 §5.1.5)', async () => {
    const [, via, from, , ...rest] = request('INVITE', 1, []);
    const uri = 'sip:*100%23;phone-context=home.example@ims.example;user=phone';
    const scene = new Scene().say(0, A, B, [`INVITE ${uri} SIP/2.0`, via!, from!, `To: <${uri}>`, ...rest]);
    expect(await sceneEvents(scene, folder, ['direction', 'counterpart'])).toEqual([
      { direction: 'originating', counterpart: '*100#' },
    ]);
  });

  test('is named by P-Called-Party-ID, whatever was dialled and however it is reached', async () => {
    const dialled = 'To: <tel:13900000002;phone-context=home.example>';
    const named = 'P-Called-Party-ID: <sip:+8613977778888@ims.example>';
    const names = ['direction', 'msisdn', 'aor', 'counterpart', 'endpoint', 'contact'];
    const same = {
      direction: 'terminating',
      msisdn: '8613977778888',
      aor: '+8613977778888@ims.example',
      counterpart: '8613800000001',
    };
    const reach = (uri: string, ...more: string[]): Promise<Row[]> => {
      const [, via, from, , ...rest] = request('INVITE', 1, [named, ...more]);
      return sceneEvents(
        new Scene().say(0, A, B, [`INVITE ${uri} SIP/2.0`, via!, from!, dialled, ...rest]),
        folder,
        names,
      );
    };
    expect(await reach(`sip:f81d4fae@${B}:5060`)).toEqual([{ ...same, endpoint: `${B}:5060`, contact: `${B}:5060` }]);
    expect(await reach('sip:f81d4fae@203.0.113.7:6000', `Route: <sip:${B};lr>`)).toEqual([
      { ...same, endpoint: '203.0.113.7:6000', contact: '203.0.113.7:6000' },
    ]);
    // Behind a proxy, a name or a number tells no address: the proxy's is not the phone's.
    expect(await reach('sip:f81d4fae@phone.example', `Route: <sip:${B};lr>`)).toEqual([
      { ...same, endpoint: null, contact: 'phone.example' },
    ]);
    expect(await reach('tel:+8613900000002', `Route: <sip:${B};lr>`)).toEqual([
      { ...same, endpoint: null, contact: null },
    ]);
  });

  test('names nobody where what it says is broken, wherever it is cut', async () => {
    const places = [
      'P-Access-Network-Info: ',
      'P-Access-Network-Info: ;;;=',
      'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=zz',
    ];
    const whole = [device('567890'), 'P-Called-Party-ID: <sip:+8613977778888@ims.example>'];
    for (const text of whole) for (let length = 0; length < text.length; length++) places.push(text.slice(0, length));
    const scene = new Scene();
    for (const [index, place] of places.entries()) {
      const line = place.includes(':') ? [place] : [];
      const own = (message: readonly string[]): string[] =>
        message.map((header) => (header.startsWith('Call-ID') ? `Call-ID: ${index}@${A}` : header));
      scene
        .say(2 * index, A, B, own(toPhone(line)))
        .say(2 * index + 1, B, A, own(response('180 Ringing', 'INVITE', 1, 'b1', line)));
    }
    const events = await eventsOf([scene.write(join(folder, 'hostile.pcap'))], columns);
    expect(events).toHaveLength(places.length);
    for (const { direction, msisdn, cell, imei } of events) {
      expect(direction).toBe('terminating');
      expect(['8613900000002', '8613977778888']).toContain(msisdn);
      expect(cell).toBeNull();
      expect([null, '35693803567890']).toContain(imei);
    }
  });
});

describe('a request that proxies passed on', () => {
  const passedOn = (start: string, vias: readonly string[], more: readonly string[] = []): string[] => [
    start,
    ...vias.map((via) => `Via: SIP/2.0/UDP ${via}`),
    ...request('INVITE', 1, more)
      .slice(1)
      .filter((line) => !line.startsWith('Via')),
  ];
  const proxy = `${A}:5060;branch=z9hG4bKproxy`;
  const columns = ['direction', 'endpoint', 'trunk', 'via_mismatch', 'id_shape', 'contact'] as const;
  const eventsOf = (message: readonly string[]) => {
    const scene = new Scene().say(0, A, B, [...message]).say(1, B, A, response('486 Busy Here', 'INVITE', 1, 'b1'));
    return sceneEvents(scene, folder, [...columns]);
  };

  test('comes from whom the first of them saw: its address there, and the branch it made up', async () => {
    const start = 'INVITE sip:+8613900000002@example.com SIP/2.0';
    const phone = '192.168.1.20:5062;branch=z9hG4bK12345678;rport=40112;received=203.0.113.9';
    expect(await eventsOf(passedOn(start, [proxy, phone]))).toEqual([
      {
        direction: 'originating',
        endpoint: '203.0.113.9:40112',
        trunk: `${B}:5060`,
        via_mismatch: true,
        id_shape: 'z9hG4bK+d8 x2 a3@ip',
        contact: null,
      },
    ]);
    const endpoints = [
      ['10.9.8.7:5062;branch=z9hG4bK1', '10.9.8.7:5062', false],
      ['10.9.8.7;branch=z9hG4bK1', '10.9.8.7:5060', false],
      ['[2001:DB8:0:0::7]:5064;branch=z9hG4bK1', '[2001:db8::7]:5064', false],
      ['[2001:db8::1:0:7];branch=z9hG4bK1;received=2001:0DB8:0:0:0:1::7', '[2001:db8::1:0:7]:5060', false],
      ['[2001:db8::8];branch=z9hG4bK1;received=2001:db8::7', '[2001:db8::7]:5060', true],
      ['10.9.8.7;branch=z9hG4bK1;received=2001:db8:0::7;rport=6000', '[2001:db8::7]:6000', true],
      ['10.9.8.7;branch=z9hG4bK1;received=10.9.8.7;rport=6000', '10.9.8.7:6000', false],
      // RFC 4291 §2.5.5.2: the address of an IPv4 node, in both its spellings.
      ['[::ffff:10.9.8.7]:5062;branch=z9hG4bK1', '10.9.8.7:5062', false],
      ['10.9.8.7;branch=z9hG4bK1;received=::FFFF:0a09:807;rport=6000', '10.9.8.7:6000', false],
      // RFC 4007 §11.2, RFC 6874 §2: the zone of an address means something to its host alone.
      ['[fe80::7%eth0]:5062;branch=z9hG4bK1', '[fe80::7]:5062', false],
      ['[fe80::8%25wlan0];branch=z9hG4bK1;received=fe80::7%3;rport=6000', '[fe80::7]:6000', true],
      // A name says nothing of the address.
      ['phone.invalid;branch=z9hG4bK1', `${A}:5060`, null],
    ] as const;
    for (const [via, endpoint, mismatch] of endpoints) {
      const [event] = await eventsOf(passedOn(start, [proxy, via]));
      expect([via, event!.endpoint, event!.via_mismatch]).toEqual([via, endpoint, mismatch]);
    }
  });

  test('and goes by a proxy to a phone ends at the address in its Request-URI', async () => {
    const vias = [proxy, '10.9.8.7:5062;branch=z9hG4bK1'];
    for (const address of ['192.168.77.5:5071', '203.0.113.5:5071', '[2001:db8::5]:5071']) {
      const [event] = await eventsOf(passedOn(`INVITE sip:x@${address} SIP/2.0`, vias, [`Route: <sip:${B};lr>`]));
      expect(event).toMatchObject({
        direction: 'terminating',
        // The private address of a home says nothing of where it is.
        endpoint: address.startsWith('192.168.') ? null : address,
        trunk: `${A}:5060`,
        contact: address,
      });
    }
    const [mapped] = await eventsOf(
      passedOn('INVITE sip:x@[::ffff:203.0.113.5]:5071 SIP/2.0', vias, [`Route: <sip:${B};lr>`]),
    );
    expect(mapped).toMatchObject({
      direction: 'terminating',
      endpoint: '203.0.113.5:5071',
      contact: '203.0.113.5:5071',
    });
    const [linkLocal] = await eventsOf(
      passedOn('INVITE sip:x@[fe80::5%25eth0]:5071 SIP/2.0', vias, [`Route: <sip:${B};lr>`]),
    );
    expect(linkLocal).toMatchObject({
      direction: 'terminating',
      endpoint: '[fe80::5]:5071',
      contact: '[fe80::5]:5071',
    });
    const [behindRouter] = await eventsOf(passedOn('INVITE sip:x@192.168.77.5:5071 SIP/2.0', vias));
    expect(behindRouter).toMatchObject({ direction: 'terminating', endpoint: `${B}:5060` });
  });
});

describe('registrations and messages', () => {
  const me = 'From: <sip:+8613800000001@example.com>;tag=r';
  const mine = 'To: <sip:+8613800000001@example.com>';
  const register = (cseq: number, more: readonly string[]): string[] => [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKreg;keep=30',
    me,
    mine,
    'Call-ID: reg@10.0.0.1',
    `CSeq: ${cseq} REGISTER`,
    ...more,
  ];
  const answer = (status: string, cseq: number, more: readonly string[] = []): string[] => [
    `SIP/2.0 ${status}`,
    me,
    mine,
    'Call-ID: reg@10.0.0.1',
    `CSeq: ${cseq} REGISTER`,
    ...more,
  ];
  const device = 'Contact: <sip:x@10.0.0.1:5060>;+sip.instance="<urn:gsma:imei:35693803-567890-0>"';

  test('a registration with challenge, its refresh 20 s later, and the end of it', async () => {
    const scene = new Scene()
      .say(0, A, B, register(1, [device, 'Expires: 3600']))
      .say(0.1, B, A, answer('401 Unauthorized', 1))
      .say(
        0.35,
        A,
        B,
        register(2, [
          device,
          'Expires: 3600',
          'Authorization: Digest username="460001234567890@ims.mnc000.mcc460.3gppnetwork.org"',
        ]),
      )
      .say(
        0.5,
        B,
        A,
        answer('200 OK', 2, [`${device};expires=60`, 'P-Associated-URI: <sip:+8613800000001@example.com>']),
      )
      .say(20, A, B, register(3, [device, 'Expires: 3600']))
      .say(20.1, B, A, answer('200 OK', 3, ['Flow-Timer: 25']))
      .say(50, A, B, register(4, ['Contact: *', 'Expires: 0']))
      .say(50.1, B, A, answer('200 OK', 4));
    const columns = ['kind', 'outcome', 'msisdn', 'imsi', 'imei', 'latency_ms', 'expires_s', 'keep_alive_s'];
    const same = { kind: 'registration', msisdn: '8613800000001', latency_ms: null };
    expect(await sceneEvents(scene, folder, columns)).toEqual([
      {
        ...same,
        outcome: 'registered',
        imsi: '460001234567890',
        imei: '35693803567890',
        latency_ms: expect.closeTo(250, 3),
        expires_s: 60,
        keep_alive_s: 30,
      },
      { ...same, outcome: 'registered', imsi: null, imei: '35693803567890', expires_s: 3600, keep_alive_s: 25 },
      { ...same, outcome: 'deregistered', imsi: null, imei: null, expires_s: 0, keep_alive_s: 30 },
    ]);
  });

  // RFC 7315 §5.3: tokens or quoted strings, each with parameters, with commas between.
  test.each([
    ['other.example.net', 'other.example.net'],
    ['"Visited network number 1";ref=2, second', 'Visited network number 1'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['first , "second"', 'first'],
    ['"never closed', null],
    [';ref=2', null],
    ['""', null],
  ])('a visited network is named without what is around it: %s', async (text, visited) => {
    const place = 'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=4600018070000999';
    const scene = new Scene()
      .say(0, A, B, register(1, [device, place, `P-Visited-Network-ID: ${text}`]))
      .say(0.1, B, A, answer('200 OK', 1));
    expect(await sceneEvents(scene, folder, ['visited'])).toEqual([{ visited }]);
  });

  test('a message is an sms with its length', async () => {
    const message = [
      'MESSAGE sip:+8613900000002@example.com SIP/2.0',
      CALLER,
      CALLED,
      'Call-ID: m@10.0.0.1',
      'CSeq: 1 MESSAGE',
      'Content-Type: text/plain',
    ];
    const done = ['SIP/2.0 202 Accepted', CALLER, CALLED, 'Call-ID: m@10.0.0.1', 'CSeq: 1 MESSAGE'];
    const scene = new Scene().say(0, A, B, message, 'hello').say(0.2, B, A, done);
    expect(await sceneEvents(scene, folder, ['kind', 'outcome', 'counterpart', 'sms_length', 'sip_status'])).toEqual([
      { kind: 'sms', outcome: 'delivered', counterpart: '8613900000002', sms_length: 5, sip_status: 202 },
    ]);
    const text = JSON.stringify(await eventsOf([scene.write(join(folder, 'sms.pcap'))]));
    expect(text).not.toMatch(/hello/);
  });
});

describe('short messages by way of a service centre (3GPP TS 24.341)', () => {
  const CENTRE = 'sip:+8613800100500@example.com';
  const relayed = (start: string, from: string, to: string, cseq: number): string[] => [
    start,
    `From: <${from}>;tag=m`,
    `To: <${to}>`,
    `Call-ID: relay${cseq}@10.0.0.1`,
    `CSeq: ${cseq} MESSAGE`,
    'Content-Type: application/vnd.3gpp.sms',
  ];
  const done = (message: readonly string[]): string[] => ['SIP/2.0 200 OK', ...message.slice(1, 5)];
  const [phone, home] = ['sip:+8613800000001@example.com', 'sip:abc@10.0.0.1:40000'];
  const columns = ['kind', 'direction', 'msisdn', 'counterpart', 'sms_length', 'endpoint'];
  const exchange = (message: readonly string[], from: string, to: string, body: Buffer) =>
    sceneEvents(new Scene().say(0, from, to, [...message], body).say(0.2, to, from, done(message)), folder, columns);

  test('are between those whom the relay layer names, not between the phone and the centre', async () => {
    const sent = encodeRpData({
      fromMobile: true,
      reference: 7,
      serviceCentre: '8613800100500',
      tpdu: encodeSubmit('8613900000002', 40),
    });
    expect(await exchange(relayed(`MESSAGE ${CENTRE} SIP/2.0`, phone, CENTRE, 1), A, B, sent)).toEqual([
      {
        kind: 'sms',
        direction: 'originating',
        msisdn: '8613800000001',
        counterpart: '8613900000002',
        sms_length: 40,
        endpoint: `${A}:5060`,
      },
    ]);
    const received = encodeRpData({
      fromMobile: false,
      reference: 8,
      serviceCentre: '8613800100500',
      tpdu: encodeDeliver('8613900000002', 12),
    });
    expect(await exchange(relayed(`MESSAGE ${home} SIP/2.0`, CENTRE, phone, 2), B, A, received)).toEqual([
      {
        kind: 'sms',
        direction: 'terminating',
        msisdn: '8613800000001',
        counterpart: '8613900000002',
        sms_length: 12,
        endpoint: `${A}:5060`,
      },
    ]);
    // Before it comes to the phone's proxy, nothing says where the phone is.
    expect(await exchange(relayed(`MESSAGE ${phone} SIP/2.0`, CENTRE, phone, 3), B, A, received)).toMatchObject([
      { direction: 'terminating', msisdn: '8613800000001', endpoint: null },
    ]);
  });

  test('of a sender with a name are from that, not from the number of the message before (TS 23.040 §9.1.2.5)', async () => {
    // SMS-DELIVER: TP-OA of type D0, "MyBank" in 7-bit letters; UDL 3.
    const tpdu = Buffer.from(`040bd0cdbc30ec5e030000${'42'.repeat(7)}03c1e120`, 'hex');
    const centre = { serviceCentre: '8613800100500', fromMobile: false, reference: 8 };
    const numbered = encodeRpData({ ...centre, tpdu: encodeDeliver('8613900000002', 12) });
    const [first, next] = [5, 6].map((cseq) => relayed(`MESSAGE ${home} SIP/2.0`, CENTRE, phone, cseq));
    const scene = new Scene().say(0, B, A, first!, numbered).say(0.2, A, B, done(first!));
    scene.say(1, B, A, next!, encodeRpData({ ...centre, tpdu })).say(1.2, A, B, done(next!));
    expect(await sceneEvents(scene, folder, ['msisdn', 'counterpart'])).toEqual([
      { msisdn: '8613800000001', counterpart: '8613900000002' },
      { msisdn: '8613800000001', counterpart: 'MyBank' },
    ]);
  });

  const submit = encodeRpData({
    fromMobile: true,
    reference: 7,
    serviceCentre: '8613800100500',
    tpdu: encodeSubmit('8613900000002', 40),
  });
  const deliver = encodeRpData({
    fromMobile: false,
    reference: 8,
    serviceCentre: '8613800100500',
    tpdu: encodeDeliver('8613900000002', 12),
  });
  const OUTCOME = ['kind', 'direction', 'outcome', 'cause', 'sip_status', 'end_time'];
  /** A short message, accepted by SIP after 0.2 s, and what is reported `after` seconds from its beginning. */
  const reported = (fromMobile: boolean, body: Buffer, after: number, more: readonly string[]) => {
    const message = fromMobile
      ? relayed(`MESSAGE ${CENTRE} SIP/2.0`, phone, CENTRE, 1)
      : relayed(`MESSAGE ${home} SIP/2.0`, CENTRE, phone, 1);
    const back = fromMobile
      ? relayed(`MESSAGE ${home} SIP/2.0`, CENTRE, phone, 2)
      : relayed(`MESSAGE ${CENTRE} SIP/2.0`, phone, CENTRE, 2);
    const [from, to] = fromMobile ? [A, B] : [B, A];
    const scene = new Scene().say(0, from, to, message, fromMobile ? submit : deliver);
    scene.say(0.2, to, from, ['SIP/2.0 202 Accepted', ...message.slice(1, 5)]);
    scene.say(after, to, from, [...back, ...more], body).say(after + 0.1, from, to, done(back));
    return sceneEvents(scene, folder, OUTCOME);
  };
  const inReply = ['In-Reply-To: relay1@10.0.0.1'];
  const accepted = { kind: 'sms', outcome: 'delivered', cause: null, sip_status: 202 };
  const start = '2023-11-14T22:13:20';

  // TS 24.011 §8.2.5.4: 38 network out of order, 22 memory capacity exceeded.
  test.each([
    [true, 'originating', 38],
    [false, 'terminating', 22],
  ])('are refused by a report that says so (from the phone: %s)', async (fromMobile, direction, cause) => {
    const error = encodeRpError({ fromMobile: !fromMobile, reference: 7, cause });
    expect(await reported(fromMobile, error, 3, inReply)).toEqual([
      {
        kind: 'sms',
        direction,
        outcome: 'rejected',
        cause,
        sip_status: 202,
        end_time: '2023-11-14T22:13:23.000000000Z',
      },
    ]);
    const both = ['In-Reply-To: relay1@10.0.0.1 , other@10.0.0.1'];
    expect(await reported(fromMobile, error, 3, both)).toMatchObject([{ direction, outcome: 'rejected', cause }]);
  });

  // TS 24.011 §8.2.3: a report has the reference of what it is on.
  test.each([
    [true, 7],
    [false, 8],
  ])(
    'are refused by a report that names them by their reference alone (from the phone: %s)',
    async (sent, reference) => {
      const error = encodeRpError({ fromMobile: !sent, reference, cause: 38 });
      expect(await reported(sent, error, 3, [])).toMatchObject([{ outcome: 'rejected', cause: 38 }]);
      expect(await reported(sent, error, 33, [])).toMatchObject([{ outcome: 'delivered' }]);
    },
  );

  test('are not refused by reports that accept, are on others, or come too late', async () => {
    const end_time = `${start}.200000000Z`;
    const one = [{ ...accepted, direction: 'originating', end_time }];
    const error = encodeRpError({ fromMobile: false, reference: 7, cause: 38 });
    expect(await reported(true, encodeRpAck({ fromMobile: false, reference: 7 }), 3, inReply)).toEqual(one);
    expect(await reported(true, encodeRpError({ fromMobile: false, reference: 9, cause: 38 }), 3, [])).toEqual(one);
    expect(await reported(true, encodeRpError({ fromMobile: true, reference: 7, cause: 38 }), 3, [])).toEqual(one);
    expect(await reported(true, error, 3, ['In-Reply-To: relay9@10.0.0.1'])).toEqual(one);
    expect(await reported(true, error, 33, inReply)).toEqual(one);
    expect(await reported(true, error, 32, inReply)).toMatchObject([{ outcome: 'rejected' }]);
  });

  test('that were sent again with credentials are refused by the report', async () => {
    const first = relayed(`MESSAGE ${CENTRE} SIP/2.0`, phone, CENTRE, 1);
    const again = [
      ...first.slice(0, 4),
      'CSeq: 2 MESSAGE',
      ...first.slice(5),
      'Proxy-Authorization: Digest username="x"',
    ];
    const back = [...relayed(`MESSAGE ${home} SIP/2.0`, CENTRE, phone, 9), ...inReply];
    const scene = new Scene()
      .say(0, A, B, first, submit)
      .say(0.1, B, A, ['SIP/2.0 407 Proxy Authentication Required', ...first.slice(1, 5)])
      .say(0.3, A, B, again, submit)
      .say(0.4, B, A, ['SIP/2.0 202 Accepted', ...again.slice(1, 5)])
      .say(1, B, A, back, encodeRpError({ fromMobile: false, reference: 7, cause: 28 }));
    expect(await sceneEvents(scene, folder, [...OUTCOME, 'latency_ms'])).toEqual([
      {
        kind: 'sms',
        direction: 'originating',
        outcome: 'rejected',
        cause: 28,
        sip_status: 202,
        end_time: `${start.slice(0, -1)}1.000000000Z`,
        latency_ms: expect.closeTo(200, 3),
      },
    ]);
  });

  test('are acknowledged by messages that are none', async () => {
    const back = relayed(`MESSAGE ${CENTRE} SIP/2.0`, phone, CENTRE, 4);
    expect(await exchange(back, A, B, encodeRpAck({ fromMobile: true, reference: 8 }))).toEqual([]);
    expect(await exchange(back, A, B, encodeRpError({ fromMobile: true, reference: 8, cause: 22 }))).toEqual([]);
  });
});

describe('tables are bounded', () => {
  test('more calls at once than the limit: the oldest end, and are counted', async () => {
    const scene = new Scene();
    for (let i = 0; i < 50; i++)
      scene.say(
        i / 100,
        A,
        B,
        request('INVITE', 1).map((line) => line.replace('one@', `call${i}@`)),
      );
    const path = scene.write(join(folder, 'many.pcap'));
    const limits = { ...DEFAULT_LIMITS, sipDialogs: 10 };
    expect(await collected([path], limits, (all) => [all.events, all.counters.dropped.get('sipDialogs')])).toEqual([
      50, 40,
    ]);
  });

  test('more transactions in one call than the limit are counted, the call stands', async () => {
    const scene = new Scene();
    for (let i = 1; i <= 40; i++) scene.say(i / 10, A, B, request('INVITE', i));
    const path = scene.write(join(folder, 'retries.pcap'));
    expect(
      await collected([path], { ...DEFAULT_LIMITS, transactionsPerCall: 8 }, (all) => [
        all.events,
        all.counters.dropped.get('transactionsPerCall'),
      ]),
    ).toEqual([1, 32]);
  });
});

describe('threads', () => {
  test('an attempt that was challenged is named by its capture, whichever thread decoded it', async () => {
    const paths: string[] = [];
    for (const id of ['x', 'y', 'z']) {
      const header = (cseq: number): string[] => [
        'From: <sip:+8613800000001@example.com>;tag=r',
        'To: <sip:+8613800000001@example.com>',
        `Call-ID: ${id}@10.0.0.1`,
        `CSeq: ${cseq} REGISTER`,
        'Contact: <sip:a@10.0.0.1>',
      ];
      // The first attempt is over, its times handed on, while the second is still open at the end of the capture.
      const scene = new Scene()
        .say(0, A, B, ['OPTIONS sip:example.com SIP/2.0', ...header(9)])
        .say(100, A, B, ['REGISTER sip:example.com SIP/2.0', ...header(1)])
        .say(100.1, B, A, ['SIP/2.0 401 Unauthorized', ...header(1)])
        .say(160, A, B, ['REGISTER sip:example.com SIP/2.0', ...header(2), 'Authorization: Digest username="a"'])
        .say(
          170,
          A,
          B,
          request('INVITE', 1).map((line) => line.replace('one@', `${id}-call@`)),
        );
      paths.push(scene.write(join(folder, `thread-${id}.pcap`)));
    }
    const columns = ['kind', 'outcome', 'first_capture', 'first_frame', 'latency_ms'];
    const alone = await eventsOf(paths, columns);
    const registrations = alone.filter(({ kind }) => kind === 'registration');
    expect(registrations).toHaveLength(3);
    for (const row of registrations) {
      expect(row).toMatchObject({ outcome: 'open', first_frame: 2, latency_ms: expect.closeTo(59_900, 3) });
      expect(row.first_capture).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(await eventsOf(paths, columns, DEFAULT_LIMITS, 3)).toEqual(alone);
  });
});
