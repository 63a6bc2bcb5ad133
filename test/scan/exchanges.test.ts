import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { Scene } from '../support/scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A call that is answered and ends, from an address. */
function place(scene: Scene, time: number, from: string, caller: string, called: string): void {
  const ids = (branch: number): string[] => [
    `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK${caller}${branch}`,
    `From: <sip:+${caller}@${from}>;tag=a${caller}`,
    `Call-ID: ${caller}-${time}@${from}`,
  ];
  const to = `To: <sip:+${called}@10.0.0.1>`;
  scene.say(time, from, '10.0.0.1', [`INVITE sip:+${called}@10.0.0.1 SIP/2.0`, ...ids(1), to, 'CSeq: 1 INVITE']);
  scene.say(time + 3, '10.0.0.1', from, ['SIP/2.0 200 OK', ...ids(1), `${to};tag=b`, 'CSeq: 1 INVITE']);
  scene.say(time + 40, from, '10.0.0.1', [
    `BYE sip:+${called}@10.0.0.1 SIP/2.0`,
    ...ids(2),
    `${to};tag=b`,
    'CSeq: 2 BYE',
  ]);
  scene.say(time + 40.1, '10.0.0.1', from, ['SIP/2.0 200 OK', ...ids(2), `${to};tag=b`, 'CSeq: 2 BYE']);
}

const ABROAD = ['44207183', '20100136', '3366012', '3462010', '234802301'];

describe('a capture of a trunk that brings in calls from abroad', () => {
  test('scores the lines of the network, and none of those who call through it', async () => {
    const scene = new Scene();
    const home = Array.from({ length: 4 }, (_, i) => `861380001000${i}`);
    const strangers = Array.from({ length: 25 }, (_, i) => `${ABROAD[i % 5]}${String(8000 + i).padStart(4, '0')}`);
    for (const [i, stranger] of strangers.entries()) {
      place(scene, 60 * i, '10.0.0.9', stranger, home[i % home.length]!);
      if (i < home.length) place(scene, 60 * i + 50, `10.0.1.${i + 1}`, home[i]!, '8613900000001');
    }
    const path = scene.write(join(folder, 'trunk.pcap'));
    const { stdout } = await cli('scan', path, '--home-country', 'CN', '--threshold', '0', '--format', 'ndjson');
    const lines = records(stdout).flatMap(({ line }) => (line === undefined ? [] : [String(line)]));
    expect(lines.sort()).toEqual(home);
    const { stdout: told } = await cli('events', path, '--home-country', 'CN');
    expect(new Set(records(told).map(({ msisdn }) => msisdn))).toEqual(new Set([...home, ...strangers]));
  });
});
