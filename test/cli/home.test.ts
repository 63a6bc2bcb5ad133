import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapWriter } from '../../src/capture/write.ts';
import { encodeIsup } from '../../src/ss7/isup/isup-encode.ts';
import { Ss7Variant } from '../../src/ss7/message.ts';
import { cli, records } from '../support/cli.ts';
import { Scene } from '../support/scene.ts';
import { sharedCapture } from '../support/shared.ts';
import { root } from '../support/sources.ts';
import { mtp3 } from '../support/ss7.ts';

const SAMPLE = join(root, 'captures', 'sample.pcap.gz');
const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let calls = 0;
/** A call that is refused; `more` headers are the caller's. */
function call(scene: Scene, from: string, to: string, more: readonly string[] = []): void {
  const [A, B] = ['10.0.0.1', '10.0.0.2'];
  const time = 10 * ++calls;
  const common = [
    `Via: SIP/2.0/UDP ${A};branch=z9hG4bK${calls}`,
    `From: <sip:${from}@${A}>;tag=a${calls}`,
    `To: <sip:${to}@${B}>`,
    `Call-ID: ${calls}@a`,
    'CSeq: 1 INVITE',
  ];
  scene
    .say(time, A, B, [`INVITE sip:${to}@${B} SIP/2.0`, ...common, ...more])
    .say(time + 0.1, B, A, [
      'SIP/2.0 486 Busy Here',
      ...common.map((line) => (line.startsWith('To') ? `${line};tag=b` : line)),
    ]);
}

async function homeOf(scene: Scene, ...args: string[]): Promise<{ said: string; called: unknown[] }> {
  const path = scene.write(join(folder, 'c.pcap'));
  const { stdout, stderr } = await cli('events', path, '--format', 'ndjson', ...args);
  return { said: stderr.trim(), called: records(stdout).map(({ counterpart }) => counterpart) };
}

describe('the home country of captures', () => {
  test('is that of the cells that phones are in, whoever calls', async () => {
    const scene = new Scene();
    const cell = (mcc: string) => [`P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=${mcc}0018070000101`];
    for (let i = 0; i < 8; i++) call(scene, `+4477009001${i}0`, '030123456', cell('262'));
    // Another country's phone calls through the same proxy.
    call(scene, '+447700900999', '030123456', cell('234'));
    const { said, called } = await homeOf(scene);
    expect(said).toBe('home country DE, by 8 of 9 cells (--home-country sets another)');
    expect(new Set(called)).toEqual(new Set(['4930123456']));
  });

  test('is that of IMSIs and home networks, where no cell is shown', async () => {
    const scene = new Scene();
    for (let i = 0; i < 3; i++) {
      call(scene, `5101012345678${i}0`, '081234567890', [
        `Authorization: Digest username="51010123456780${i}@ims.mnc010.mcc510.3gppnetwork.org"`,
      ]);
    }
    const { said, called } = await homeOf(scene);
    expect(said).toBe('home country ID, by 3 of 3 SIMs (--home-country sets another)');
    expect(called[0]).toBe('6281234567890');
  });

  test('is that of the callers, where most of them show one country', async () => {
    const scene = new Scene();
    for (let i = 0; i < 9; i++) call(scene, `+5521987654${i}10`, '0213132345678');
    call(scene, '+13125550199', '03132345678');
    const { said, called } = await homeOf(scene);
    expect(said).toBe('home country BR, by 9 of 10 callers (--home-country sets another)');
    expect(new Set(called)).toEqual(new Set(['553132345678']));
  });

  test('is the only one whose mobile numbers the callers can have, where none shows a country', async () => {
    const scene = new Scene();
    for (let i = 0; i < 30; i++)
      call(scene, `1${['38', '50', '86', '99', '31'][i % 5]}${20_304_050 + 1_234_567 * i}`, '13912345678');
    const { said, called } = await homeOf(scene);
    expect(said).toBe('home country CN, by 30 of 30 callers (--home-country sets another)');
    expect(new Set(called)).toEqual(new Set(['8613912345678']));
  });

  test('is given by its two letters, in any case; anything else is one line of error', async () => {
    const scene = new Scene();
    call(scene, '13812345678', '13912345678');
    const path = scene.write(join(folder, 'c.pcap'));
    const { stderr } = await cli('scan', path, '--home-country', 'cn');
    expect(stderr).toContain('local time Asia/Shanghai, of CN');
    for (const wrong of ['86', '+86', 'CHN', 'China']) {
      const { code, stderr } = await cli('scan', path, '--home-country', wrong);
      expect(stderr.trim()).toBe(`catpool: unknown country ${wrong}: give its two letters (ISO 3166), for instance CN`);
      expect(code).toBe(1);
    }
  });

  test('is that of callers of whom some have a country code, after + or 00, and the others a number as that country writes it', async () => {
    const scene = new Scene();
    for (let i = 0; i < 5; i++) call(scene, `+3376612345${i}`, '0766000000');
    for (let i = 0; i < 3; i++) call(scene, `003376612346${i}`, '0766000000');
    for (let i = 0; i < 12; i++) call(scene, `07661235${i + 10}`, '0766000000');
    call(scene, '00442079460000', '0766000000');
    const { said, called } = await homeOf(scene);
    expect(said).toBe('home country FR, by 20 of 21 callers (--home-country sets another)');
    expect(new Set(called)).toEqual(new Set(['33766000000']));
  });

  test('is that of callers some of whom write the country code with nothing before it, unless it is one digit', async () => {
    const scene = (foreign: string, bare: string) => {
      const made = new Scene();
      for (let i = 0; i < 6; i++) call(made, `${foreign}${i}`, '030123456');
      for (let i = 0; i < 6; i++) call(made, `${bare}${i}`, '030123456');
      return made;
    };
    const { said } = await homeOf(scene('+44207946000', '44207946001'));
    expect(said).toBe('home country GB, by 12 of 12 callers (--home-country sets another)');
    // 150 is a phone of China as well as the begin of a number in Arkansas.
    expect((await homeOf(scene('+1501234567', '1501234568'))).said).toMatch(/^home country unknown/);
  });

  test('is unknown where countries are mixed, or callers from abroad alone have a country code', async () => {
    const mixed = new Scene();
    for (let i = 0; i < 6; i++) {
      call(mixed, `+4930123450${i}`, '030123456');
      call(mixed, `+86138123456${i}0`, '030123456');
    }
    const unknown = 'home country unknown: numbers without a country code stay as they are (--home-country)';
    expect((await homeOf(mixed)).said).toBe(unknown);
    const abroad = new Scene();
    for (let i = 0; i < 6; i++) {
      call(abroad, `+4930123450${i}`, '13812345678');
      call(abroad, `1391234567${i}`, '13812345678');
    }
    expect(await homeOf(abroad)).toEqual({ said: unknown, called: Array(12).fill('13812345678') });
    expect(await homeOf(abroad, '--home-country', 'CN')).toEqual({ said: '', called: Array(12).fill('8613812345678') });
  });

  test('which is unknown leaves what first digits tell of numbers missing', async () => {
    const scene = new Scene();
    const areas = ['030', '069', '089', '040', '0221', '0711', '0341', '0351'];
    for (const area of areas) call(scene, '017012345678', `${area}1234567`);
    const path = scene.write(join(folder, 'national.pcap'));
    const told = async (...args: string[]) => {
      const { stdout } = await cli('features', '--format', 'ndjson', ...args);
      const line = records(stdout).find(({ called_numbers }) => called_numbers === areas.length)!;
      return [line.prefix_entropy, line.other_prefix_share];
    };
    expect(await told(path)).toEqual([null, null]);
    // 49 and two digits: 30, 69, 89, 40, 22, 71, 34, 35, each once; its own are 17.
    expect(await told(path, '--home-country', 'DE')).toEqual([3, 1]);
    // A store tells the same as the captures that are in it.
    for (const [lake, home, found] of [
      ['unknown-lake', [], [null, null]],
      ['german-lake', ['--home-country', 'DE'], [3, 1]],
    ] as const) {
      const store = join(folder, lake);
      expect((await cli('scan', path, '--store', store, '--no-record', ...home)).code).toBe(0);
      expect(await told('--store', store)).toEqual(found);
    }
  });

  test('of SS7 is that of the cells as well, and a test network (001) has none', async () => {
    const whole = await cli('events', SAMPLE);
    expect(whole.stderr).toBe('home country CN, by 200 of 200 cells (--home-country sets another)\n');
    const bearer = await cli('events', sharedCapture('ss7', 'osmocom-virtual', 'a-interface-main-bsc1.pcap'));
    expect(bearer.stderr).toMatch(/^home country unknown/m);
  });

  // Q.763 §3.10: nature of address 3 is a national number, 4 an international one.
  test('of trunks is that of the callers', async () => {
    const called = { digits: '2348030000000' };
    const iams = (callers: readonly { digits: string; nature: number }[]) =>
      callers.map((calling, i) => mtp3(5, Ss7Variant.itu, encodeIsup({ type: 'IAM', cic: i + 1, called, calling })));
    const own = Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0 ? { digits: `234803123456${i}`, nature: 4 } : { digits: `803123456${i}`, nature: 3 },
    );
    const said = async (callers: typeof own) => {
      const path = join(folder, 'trunk.pcap');
      const writer = new PcapWriter(path, { linkType: 141 });
      for (const [i, iam] of iams(callers).entries()) writer.write(iam, 1_700_000_000 + i, 0);
      writer.close();
      return (await cli('events', path)).stderr.trim();
    };
    expect(await said([...own, { digits: '442079460000', nature: 4 }])).toBe(
      'home country NG, by 8 of 9 callers (--home-country sets another)',
    );
    expect(await said(own.filter(({ nature }) => nature === 3))).toMatch(/^home country unknown/);
  });

  test('gives its local time to features, where it has one and none is given', async () => {
    const scene = new Scene();
    // At 22:13 UTC: after three in the night in Karachi, before midnight in Berlin.
    for (let i = 0; i < 5; i++) call(scene, '+922112345678', `+9221123456${i}0`);
    const path = scene.write(join(folder, 'night.pcap'));
    const nights = async (...args: string[]) => {
      const { stdout, stderr } = await cli('features', path, '--format', 'ndjson', ...args);
      const [line] = records(stdout).filter((record) => record.line === '922112345678');
      return { said: stderr.split('\n')[0], share: line!.night_share };
    };
    const karachi = 'local time Asia/Karachi, of PK (--time-zone sets another)';
    expect(await nights('--home-country', 'PK')).toEqual({ said: karachi, share: 1 });
    expect((await nights('--home-country', 'DE')).share).toBe(0);
    expect((await nights('--home-country', 'DE', '--time-zone', 'Asia/Karachi')).share).toBe(1);
    expect((await nights('--home-country', 'US')).share).toBe(null);
  });
});

describe('the home country of a store', () => {
  const store = join(folder, 'lake');
  let scenes = 0;
  async function put(caller: string, ...args: string[]): Promise<{ stderr: string; called: unknown[] }> {
    const scene = new Scene();
    for (let i = 0; i < 8; i++) call(scene, `${caller}${i}`, '030123456');
    const path = scene.write(join(folder, `s${scenes++}.pcap`));
    const { stdout, stderr } = await cli('events', path, '--store', store, '--format', 'ndjson', ...args);
    return { stderr, called: [...new Set(records(stdout).map(({ counterpart }) => counterpart))] };
  }
  const scanned = async (...args: string[]): Promise<string> =>
    (await cli('scan', '--store', store, '--threshold', '0', ...args)).stderr;

  test('is that of its first captures, whatever the next ones show', async () => {
    const first = await put('+44207946000');
    expect(first.stderr).toMatch(/^home country GB, by 8 of 8 callers \(--home-country sets another\)$/m);
    expect(first.called).toEqual(['4430123456']);
    const next = await put('+4930123450');
    expect(next.stderr).toMatch(/^home country GB, of the store$/m);
    expect(next.called).toEqual(['4430123456']);
    expect(await scanned()).toMatch(/^home country GB, of the store\nlocal time Europe\/London, of GB/m);
    expect((await put('+44207946010', '--home-country', 'DE')).stderr).toMatch(
      /was written with --home-country GB: give the same/,
    );
  });

  test('is unknown where its feeds are of several, but for one of them', async () => {
    expect((await put('+3376612345', '--feed', 'paris')).stderr).toMatch(/^home country FR, by 8 of 8 callers/m);
    expect(await scanned()).not.toMatch(/home country|local time/);
    expect(await scanned('--feed', 'paris')).toMatch(/^home country FR, of the store\nlocal time Europe\/Paris/m);
  });
});
