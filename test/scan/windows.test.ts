import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { Scene } from '../support/scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const DAY = 86_400;

function call(scene: Scene, at: number, id: number): void {
  const common = [
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    'From: <sip:+8613800000001@example.com>;tag=a',
    `To: <sip:+86139000000${10 + id}@example.com>`,
    `Call-ID: ${id}@10.0.0.1`,
  ];
  scene.say(at, A, B, [`INVITE sip:+86139000000${10 + id}@example.com SIP/2.0`, ...common, 'CSeq: 1 INVITE']);
  scene.say(at + 2, B, A, ['SIP/2.0 486 Busy Here', ...common, 'CSeq: 1 INVITE']);
}

describe('captures longer than a window', () => {
  test('every window is looked at, and the worst counts', async () => {
    const scene = new Scene();
    for (let i = 0; i < 12; i++) call(scene, 3600 + i * 60, i);
    // Ten days later one call more; nothing in between.
    call(scene, 10 * DAY, 20);
    const capture = scene.write(join(folder, 'long.pcap'));
    const list = async (...args: string[]): Promise<Record<string, unknown>[]> =>
      records((await cli('scan', capture, '--threshold', '0', '--format', 'ndjson', ...args)).stdout).filter(
        (record) => record.line !== undefined,
      );
    const middle = new Date((1_700_000_000 + 5 * DAY) * 1000).toISOString();
    const [early] = await list('--until', middle);
    const [late] = await list('--since', middle);
    const all = await list();
    expect(early!.calls).toBe(12);
    expect(late!.calls).toBe(1);
    expect(all).toHaveLength(1);
    expect([12, 1]).toContain(all[0]!.calls);
    expect(all[0]!.score).toBe(Math.max(Number(early!.score), Number(late!.score)));
    // A window as long as the captures has all 13 calls in it.
    expect((await list('--window', '30d'))[0]!.calls).toBe(13);
    const { stdout } = await cli('explain', '8613800000001', capture);
    expect(stdout).toContain(`score ${Number(all[0]!.score).toFixed(3)}`);
  });
});

describe('a line', () => {
  test('is named with its number and its IMSI, each in its place', async () => {
    const scene = new Scene();
    const register = (id: string, user: string, imsi: string, associated: string[]): void => {
      const common = [
        `From: <sip:${user}@example.com>;tag=r`,
        `To: <sip:${user}@example.com>`,
        `Call-ID: ${id}`,
        'CSeq: 1 REGISTER',
      ];
      const credentials = `Authorization: Digest username="${imsi}@ims.mnc000.mcc460.3gppnetwork.org"`;
      scene.say(0, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, `Contact: <sip:${user}@${A}>`, credentials]);
      scene.say(0.1, B, A, ['SIP/2.0 200 OK', ...common, ...associated]);
    };
    register('one', 'alice', '460001234567890', ['P-Associated-URI: <tel:+8613800000001>']);
    register('two', 'bob', '460009876543210', []);
    const capture = scene.write(join(folder, 'named.pcap'));
    const verdicts = records((await cli('scan', capture, '--threshold', '0', '--format', 'ndjson')).stdout)
      .filter((record) => record.line !== undefined)
      .map(({ line, msisdn, imsi }) => ({ line, msisdn, imsi }));
    expect(verdicts.sort((a, b) => (String(a.line) < String(b.line) ? -1 : 1))).toEqual([
      { line: '460009876543210', msisdn: null, imsi: '460009876543210' },
      { line: '8613800000001', msisdn: '8613800000001', imsi: '460001234567890' },
    ]);
  });
});
