import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf, Scene, sceneEvents } from '../../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [A, B] = ['10.0.0.1', '10.0.0.2'];
const SDP = `v=0\r\no=- 1 1 IN IP4 ${A}\r\ns=-\r\nc=IN IP4 ${A}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n`.padEnd(
  1600,
  'a=x\r\n',
);
const FRAGMENT = 1480;

/** A call of a minute. `cut`: a filter for the port passed only the first fragments of the INVITE and its answer. */
function call(name: string, from: number, cut: boolean): Scene {
  const scene = new Scene();
  place(scene, name, from, cut);
  return scene;
}

function place(scene: Scene, name: string, from: number, cut: boolean): void {
  const parties = [
    'From: <sip:+8613800000001@a>;tag=a',
    `Call-ID: ${name}@a`,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
  ];
  const to = 'To: <sip:+8613900000002@b>';
  const answered = [...parties, `${to};tag=b`];
  const uri = 'sip:+8613900000002@b SIP/2.0';
  const large = (time: number, source: string, target: string, headers: string[]) => {
    scene.say(from + time, source, target, headers, SDP);
    if (cut) scene.cutTo(FRAGMENT);
  };
  large(0, A, B, [`INVITE ${uri}`, ...parties, to, 'CSeq: 1 INVITE', 'User-Agent: phone']);
  scene.say(from + 0.1, B, A, ['SIP/2.0 180 Ringing', ...answered, 'CSeq: 1 INVITE']);
  large(4, B, A, ['SIP/2.0 200 OK', ...answered, 'CSeq: 1 INVITE']);
  scene.say(from + 4.1, A, B, [`ACK ${uri}`, ...answered, 'CSeq: 1 ACK']);
  scene.say(from + 64, B, A, [`BYE ${uri}`, ...answered, 'CSeq: 2 BYE']);
  scene.say(from + 64.1, A, B, ['SIP/2.0 200 OK', ...answered, 'CSeq: 2 BYE']);
}

const COLUMNS = [
  'msisdn',
  'counterpart',
  'outcome',
  'ring_ms',
  'talk_ms',
  'released_by',
  'user_agent',
  'first_frame',
  'last_frame',
];

test('calls whose large messages were captured in part are what they are whole, also over a cut', async () => {
  const columns = COLUMNS.filter((name) => !name.endsWith('frame'));
  const whole = await sceneEvents(call('one', 0, false), folder, columns);
  expect(whole).toMatchObject([
    {
      msisdn: '8613800000001',
      counterpart: '8613900000002',
      outcome: 'answered',
      ring_ms: 3900,
      talk_ms: 60_000,
      user_agent: 'phone',
    },
  ]);
  expect(await sceneEvents(call('one', 0, true), folder, columns)).toEqual(whole);
});

test('the capture of a first fragment is named where the next capture comes later', async () => {
  const scene = call('one', 0, true);
  const paths = [scene.write(join(folder, 'a.pcap'), 0, 1), scene.write(join(folder, 'b.pcap'), 1)];
  const [event] = await eventsOf(paths, ['first_capture', 'last_capture', ...COLUMNS]);
  expect(event).toMatchObject({ first_frame: 1, last_frame: 5, outcome: 'answered' });
  expect(event!.first_capture).not.toBe(event!.last_capture);
});

test('many, one after the other', async () => {
  const of = (cut: boolean) => {
    const scene = new Scene();
    for (let i = 0; i < 40; i++) place(scene, `call${i}`, 70 * i, cut);
    return eventsOf([scene.write(join(folder, `${cut}.pcap`))], COLUMNS);
  };
  const whole = await of(false);
  expect(whole).toHaveLength(40);
  expect(await of(true)).toEqual(whole);
});
