import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { collected, eventsOf, Scene, sceneEvents } from '../../support/scene.ts';
import { A, B, CALLED, CALLER, COLUMNS, ordinary, request, response } from '../../support/sip-dialog.ts';

/** Dialogs by RFC 3261, written down message by message. Each is also cut after every message, and into one-message captures. */
const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
