import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { eventsOf, type Row, Scene, sceneEvents } from '../../support/scene.ts';
import { A, B, CALLED, request, response } from '../../support/sip-dialog.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
