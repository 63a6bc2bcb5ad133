import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Scene, sceneEvents } from '../../support/scene.ts';
import { A, B, request, response } from '../../support/sip-dialog.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
