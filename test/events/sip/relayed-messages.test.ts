import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeRpAck, encodeRpData, encodeRpError } from '../../../src/ss7/radio/nas-sms-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../../src/ss7/sms-tpdu-encode.ts';
import { Scene, sceneEvents } from '../../support/scene.ts';
import { A, B } from '../../support/sip-dialog.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
