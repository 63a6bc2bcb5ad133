import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeIsup } from '../../src/ss7/isup-encode.ts';
import { temporaryFolder } from '../support/read-bytes.ts';
import { Scene, sceneEvents } from '../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a call whose SIP messages carry ISUP has one leg, that of SIP', async () => {
  const dialog = (method: string, number: number) => [
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
    'Call-ID: sip-i',
    `CSeq: ${number} ${method}`,
    'From: <sip:+8613800000001@example.net>;tag=1',
    'To: <sip:+8675500000002@example.net>;tag=2',
    'Content-Type: application/ISUP;version=itu-t92+',
  ];
  const opening = dialog('INVITE', 1).map((line) => line.replace(';tag=2', ''));
  // The bodies hold no byte that text cannot carry.
  const iam = encodeIsup({ type: 'IAM', cic: null, called: { digits: '21', nature: 4 } });
  const anm = encodeIsup({ type: 'ANM', cic: null });
  const scene = new Scene()
    .say(
      10,
      '10.0.0.1',
      '10.0.0.2',
      ['INVITE sip:+8675500000002@example.net SIP/2.0', ...opening],
      iam.toString('latin1'),
    )
    .say(20, '10.0.0.2', '10.0.0.1', ['SIP/2.0 200 OK', ...dialog('INVITE', 1)], anm.toString('latin1'))
    .say(50, '10.0.0.1', '10.0.0.2', ['BYE sip:+8675500000002@example.net SIP/2.0', ...dialog('BYE', 2)]);
  const events = await sceneEvents(scene, folder, ['kind', 'interface', 'msisdn', 'counterpart', 'talk_ms']);
  expect(events).toEqual([
    { kind: 'leg', interface: 'sip', msisdn: '8613800000001', counterpart: '8675500000002', talk_ms: 30_000 },
  ]);
});
