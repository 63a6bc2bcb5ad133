import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { eventsOf, Scene, sceneEvents } from '../../support/scene.ts';
import { A, B, CALLED, CALLER } from '../../support/sip-dialog.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
