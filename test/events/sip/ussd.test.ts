import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { Scene, sceneEvents } from '../../support/scene.ts';
import { type DialogParts, request, requestBack, response } from '../../support/sip-messages.ts';

/** USSD over IMS (3GPP TS 24.390 §4.5.1): an INVITE carries the code, INFOs what is asked in between, the BYE the last answer. */
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PHONE = '10.0.0.1';
const PROXY = '10.0.0.2';
const USSD = 'application/vnd.3gpp.ussd+xml';
const SDP = 'v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n';
const DIALLED: DialogParts = {
  uri: 'sip:*135%23;phone-context=home1.net@home1.net;user=dialstring',
  to: '<sip:*135%23;phone-context=home1.net@home1.net;user=dialstring>',
};
const COLUMNS = ['kind', 'direction', 'msisdn', 'counterpart', 'ussd_code', 'outcome', 'sip_status', 'end_time'];
const NOTHING = { answer_time: null, setup_ms: null, ring_ms: null, talk_ms: null, released_by: null, cause: null };

const xml = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>\r\n<ussd-data>${content}</ussd-data>\r\n`;
const text = (string: string) => xml(`<language>en</language>\r\n  <ussd-string>${string}</ussd-string>`);

/** The session description and the USSD, as in the examples of annex A. */
function multipart(ussd: string): string {
  return [
    '--outer\r\nContent-Type: application/sdp\r\n',
    `${SDP}\r\n--outer\r\nContent-Type: ${USSD}\r\nContent-Disposition: render;handling=optional\r\n`,
    `${ussd}\r\n--outer--\r\n`,
  ].join('\r\n');
}

/** The code that a phone dials, what it is asked, and the end. @param body of the BYE */
function dialogue(parts: DialogParts, inviteBody: string, type: string, body: string): Scene {
  const dialog = { ...parts, toTag: 'b1' };
  const info = { more: ['Info-Package: g.3gpp.ussd', `Content-Type: ${USSD}`] };
  return new Scene()
    .say(0, PHONE, PROXY, request('INVITE', 1, { ...parts, more: ['Recv-Info: g.3gpp.ussd', type] }), inviteBody)
    .say(1, PROXY, PHONE, response('200 OK', 'INVITE', 1, { ...dialog, more: ['Recv-Info: g.3gpp.ussd'] }))
    .say(1.1, PHONE, PROXY, request('ACK', 1, dialog))
    .say(2, PROXY, PHONE, requestBack('INFO', 1, { ...dialog, ...info }), text('1 balance 2 data'))
    .say(5, PHONE, PROXY, request('INFO', 2, { ...dialog, ...info }), text('1'))
    .say(6, PROXY, PHONE, requestBack('BYE', 2, { ...dialog, more: [`Content-Type: ${USSD}`] }), body)
    .say(6.1, PHONE, PROXY, response('200 OK', 'BYE', 2, { ...dialog, fromTag: 'b1', toTag: 'a1' }));
}

const asked = {
  kind: 'ussd',
  direction: 'originating',
  msisdn: '8613800000001',
  counterpart: null,
  ussd_code: '*135#',
  outcome: 'delivered',
  sip_status: 200,
  end_time: '2023-11-14T22:13:26.000000000Z',
};

describe('a service code that a phone sends', () => {
  const mixed = 'Content-Type: multipart/mixed;boundary=outer';

  test('is no call', async () => {
    const scene = dialogue(DIALLED, multipart(text('*135#')), mixed, text('Balance: 10'));
    expect(await sceneEvents(scene, folder, [...COLUMNS, ...Object.keys(NOTHING), 'media'])).toEqual([
      { ...asked, ...NOTHING, media: 'audio 10.0.0.1:0' },
    ]);
  });

  test.each([
    ['a body alone', text('*135#'), `Content-Type: ${USSD}`],
    ['elements of a name space', multipart(text('*135#').replaceAll('ussd-string', 'u:ussd-string')), mixed],
    // Then the Request-URI tells it.
    ['another form of the code', multipart(text('%2A135%23')), mixed],
  ])('is known by %s', async (_, body, type) => {
    expect(await sceneEvents(dialogue(DIALLED, body, type, text('Balance: 10')), folder, COLUMNS)).toEqual([asked]);
  });

  test('is known by its answer alone, where a call to the code was placed', async () => {
    const scene = dialogue(DIALLED, SDP, 'Content-Type: application/sdp', text('Balance: 10'));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([asked]);
  });

  test('keeps no text that people write', async () => {
    const uri = 'sip:service@home1.net';
    const scene = dialogue({ uri, to: `<${uri}>` }, multipart(text('hello 12')), mixed, text('Balance: 10'));
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([{ ...asked, ussd_code: null }]);
  });

  // Figure 4.1: the BYE may tell of an error instead; some networks send 0 with every answer.
  test.each([
    [xml('<error-code>1</error-code>'), 'rejected'],
    [xml('<language>en</language><ussd-string>Done</ussd-string><error-code>0</error-code>'), 'delivered'],
  ])('fails where the answer says so: %s', async (body, outcome) => {
    const scene = dialogue(DIALLED, multipart(text('*135#')), mixed, body);
    expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([{ ...asked, outcome }]);
  });

  test('is refused, or asked for credentials, or without an answer', async () => {
    const invite = request('INVITE', 1, { ...DIALLED, more: [mixed] });
    for (const [status, outcome] of [
      ['404 Not Found', 'rejected'],
      ['486 Busy Here', 'rejected'],
      ['407 Proxy Authentication Required', 'challenged'],
    ] as const) {
      const scene = new Scene()
        .say(0, PHONE, PROXY, invite, multipart(text('*135#')))
        .say(6, PROXY, PHONE, response(status, 'INVITE', 1, { ...DIALLED, toTag: 'b1' }));
      expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
        { ...asked, outcome, sip_status: Number(status.slice(0, 3)) },
      ]);
    }
    const silent = new Scene().say(0, PHONE, PROXY, invite, multipart(text('*135#')));
    expect(await sceneEvents(silent, folder, COLUMNS)).toEqual([
      { ...asked, outcome: 'open', sip_status: null, end_time: null },
    ]);
  });
});

// §4.5.5: what the network asks has the element that says so, and goes to the phone wherever the capture was made.
test.each(['UnstructuredSS-Request', 'UnstructuredSS-Notify'])('%s is of the line that is told', async (name) => {
  const parts = { from: '<sip:ussi@home1.net>', uri: 'sip:+8613900000002@home1.net' };
  const body = xml(`<language>en</language><ussd-string>*1#</ussd-string><anyExt><${name}/></anyExt>`);
  const scene = new Scene()
    .say(0, PROXY, PHONE, request('INVITE', 1, { ...parts, more: [`Content-Type: ${USSD}`] }), body)
    .say(1, PHONE, PROXY, response('200 OK', 'INVITE', 1, { ...parts, toTag: 'b1' }))
    .say(6, PROXY, PHONE, request('BYE', 2, { ...parts, toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, COLUMNS)).toEqual([
    { ...asked, direction: 'terminating', msisdn: '8613900000002', ussd_code: null },
  ]);
});

test('a phone that understands USSD calls people all the same', async () => {
  const more = ['Recv-Info: g.3gpp.ussd', `Accept: application/sdp, ${USSD}`, 'Content-Type: application/sdp'];
  const scene = new Scene()
    .say(0, PHONE, PROXY, request('INVITE', 1, { more }), SDP)
    .say(1, PROXY, PHONE, response('200 OK', 'INVITE', 1, { toTag: 'b1' }))
    .say(6, PHONE, PROXY, request('BYE', 2, { toTag: 'b1' }));
  expect(await sceneEvents(scene, folder, ['kind', 'counterpart', 'talk_ms'])).toEqual([
    { kind: 'leg', counterpart: '8613900000002', talk_ms: 5000 },
  ]);
});
