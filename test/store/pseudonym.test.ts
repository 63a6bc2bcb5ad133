import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE, computeVector, OF_DIGITS } from '../../src/features/catalogue.ts';
import { readModel } from '../../src/scan/judge/default-model.ts';
import { type LinesOptions, scan, withLines } from '../../src/scan/run.ts';
import { Pseudonyms } from '../../src/store/pseudonym.ts';
import { PseudonymKey, readPseudonymKey } from '../../src/store/pseudonym-key.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { simpleMapping, writeCsv } from '../support/cdr.ts';
import { cli } from '../support/cli.ts';
import { commitAll, storedRows } from '../support/lake.ts';
import { Scene } from '../support/scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes as random ones are spread, the same on every run. */
const SECRET = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 97 + 31) % 256));
const key = join(folder, 'lake.key');
writeFileSync(key, SECRET, { mode: 0o600 });
const pseudonyms = new Pseudonyms(readPseudonymKey(key, join(folder, 'any')));

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[1-9]\\d{${min - 1},${max - 1}}$`));

describe('a pseudonym', () => {
  test('of a number is another of its length that begins with the same country code and operator', () => {
    fc.assert(
      fc.property(digits(9, 14), (number) => {
        const name = pseudonyms.name(number);
        expect(name).toMatch(/^\d+$/);
        expect(name).toHaveLength(number.length);
        expect(name.slice(0, 5)).toBe(number.slice(0, 5));
      }),
    );
  });

  test('leads back to what it stands for, with the key that made it and with no other', () => {
    const other = new Pseudonyms(new PseudonymKey(SECRET.map((byte) => byte ^ 0x5a)));
    fc.assert(
      fc.property(fc.stringMatching(/^[+]?\d{1,24}$/), (number) => {
        expect(pseudonyms.number(pseudonyms.name(number))).toBe(number);
      }),
    );
    fc.assert(
      fc.property(digits(14, 14), (imei) => {
        const { imei: hidden } = pseudonyms.event({ ...emptyEvent('device', { s: 0, ns: 0 }, 'a', 'sip'), imei });
        expect(pseudonyms.imei(hidden!)).toBe(imei);
      }),
    );
    const numbers = Array.from({ length: 50 }, (_, i) => `86138${String(i * 99_991).padStart(8, '0')}`);
    expect(numbers.filter((number) => other.number(pseudonyms.name(number)) === number)).toEqual([]);
    const event = {
      ...emptyEvent('leg', { s: 0, ns: 0 }, 'a', 'sip'),
      ...{ imsi: '460001234567890', msisdn: '8613800138000', aor: '8613800138000@ims.example', counterpart: '10086' },
      ...{ contact: 'sip:8613800138000@10.0.0.1', user_agent: 'x/35391805000000', trunk: 'gw8613800138000' },
    };
    expect(pseudonyms.numbered(pseudonyms.event(event))).toEqual(event);
    // What is no number is hidden for good.
    const hidden = pseudonyms.name('Alice.Wang@example.org');
    expect(pseudonyms.number(hidden)).toBe(hidden);
  });

  test('is the same for equal numbers, in any process with the key, and different for different ones', () => {
    const again = new Pseudonyms(new PseudonymKey(SECRET));
    // All numbers of one range: a digest cut to as many digits would give thousands of them the same name.
    const names = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      const number = `861380013${String(i).padStart(4, '0')}`;
      names.add(pseudonyms.name(number));
      if (i % 100 === 0) expect(again.name(number)).toBe(pseudonyms.name(number));
    }
    expect(names.size).toBe(10_000);
    for (const length of [1, 2, 3]) {
      const all = Array.from({ length: 10 ** length }, (_, i) => String(i).padStart(length, '0'));
      expect(new Set(all.map((short) => pseudonyms.name(short)))).toEqual(new Set(all));
    }
    fc.assert(
      fc.property(digits(3, 24), digits(3, 24), (a, b) => {
        expect(pseudonyms.name(a) === pseudonyms.name(b)).toBe(a === b);
      }),
    );
  });

  test('hangs on the key', () => {
    const other = new Pseudonyms(new PseudonymKey(Buffer.from(SECRET).reverse()));
    const numbers = Array.from({ length: 100 }, (_, i) => `86138001380${String(i).padStart(2, '0')}`);
    const same = numbers.filter((number) => other.name(number) === pseudonyms.name(number));
    // Of 100 pairs of 8 digits none is equal, but once in a million runs.
    expect(same).toEqual([]);
    expect(numbers.filter((number) => pseudonyms.name(number) === number)).toEqual([]);
  });

  test('of an IMSI keeps MCC and MNC: two digits of it in China, three in the United States', () => {
    expect(pseudonyms.name('460001234567890')).toMatch(/^46000\d{10}$/);
    expect(pseudonyms.name('310410123456789')).toMatch(/^310410\d{9}$/);
  });

  test('of an IMEI keeps the type', () => {
    const imei = (text: string) =>
      pseudonyms.event({ ...emptyEvent('device', { s: 0, ns: 0 }, 'a', 'sip'), imei: text }).imei!;
    expect(imei('35693803567890')).toMatch(/^35693803\d{6}$/);
    const serials = Array.from({ length: 1000 }, (_, i) => imei(`35693803${String(i).padStart(6, '0')}`));
    expect(new Set(serials).size).toBe(1000);
  });

  test('is one for a number, whatever column it stands in, and leaves who hides as he is', () => {
    const { msisdn, counterpart, aor } = pseudonyms.event({
      ...emptyEvent('leg', { s: 0, ns: 0 }, 'a', 'sip'),
      msisdn: '8613800138000',
      counterpart: '8613800138000',
      aor: '+8613800138000@ims.example.org',
    });
    expect(counterpart).toBe(msisdn);
    expect(aor).toBe(`+${msisdn}@ims.example.org`);
    expect(pseudonyms.name('anonymous@anonymous.invalid')).toBe('anonymous@anonymous.invalid');
    expect(pseudonyms.name('unavailable@mgcf.example')).toBe('unavailable@mgcf.example');
    expect(pseudonyms.name('Alice.Wang@example.org')).toMatch(/^u[0-9a-f]{16}@example\.org$/);
    expect(pseudonyms.name('Alice.Wang@example.org').split('@')[0]).toBe(pseudonyms.name('Alice.Wang'));
  });

  test('stands in free text too, where there is a number in it', () => {
    const { user_agent, ussd_code } = pseudonyms.event({
      ...emptyEvent('leg', { s: 0, ns: 0 }, 'a', 'sip'),
      user_agent: 'Phone/4.1.2 (8613800138000)',
      ussd_code: '*100*8613800138000#',
    });
    const name = pseudonyms.name('8613800138000');
    expect(user_agent).toBe(`Phone/4.1.2 (${name})`);
    expect(ussd_code).toBe(`*100*${name}#`);
  });
});

describe('the key', () => {
  const store = join(folder, 'keyed');
  const file = (name: string, bytes: Buffer, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    chmodSync(path, mode);
    return path;
  };

  test.each([
    ['is not there', () => join(folder, 'none.key'), /none\.key: no such file: .* makes one$/],
    ['is short', () => file('short.key', SECRET.subarray(0, 31)), /31 bytes are too few/],
    ['is not random', () => file('zero.key', Buffer.alloc(64)), /not random/],
    ['can be read by others', () => file('open.key', SECRET, 0o644), /others can read it \(mode 644\): chmod 600 it$/],
    ['is a folder', () => folder, /not a file/],
    ['is much', () => file('much.key', Buffer.alloc(5000, SECRET)), /5000 bytes are no key/],
    [
      'lies in the store',
      () => {
        mkdirSync(store, { recursive: true });
        return file('keyed/in.key', SECRET);
      },
      /inside the store/,
    ],
    [
      'lies in the store, by another way',
      () => {
        symlinkSync(store, join(folder, 'way'));
        return join(folder, 'way/in.key');
      },
      /inside the store/,
    ],
  ])('is refused where it %s', (_, make, words) => {
    const pseudonymKey = make();
    expect(() => openStore(store, true, { pseudonymKey })).toThrow(words);
    expect(() => openStore(store, true, { pseudonymKey })).toThrow(/^pseudonym key [^\n]*$/);
  });

  test('that is missing or another is one line, and so is one for a store of plain numbers', async () => {
    const path = join(folder, 'opened');
    await openStore(path, true, { pseudonymKey: key }).close();
    const other = file('other.key', Buffer.from(SECRET).reverse());
    expect(() => openStore(path, true)).toThrow(/opened: pseudonymous: give its key with --pseudonym-key/);
    expect(() => openStore(path, true, { pseudonymKey: other })).toThrow(
      /opened: pseudonymous, with another key: it has fingerprint [0-9a-f]{16}, this one [0-9a-f]{16}$/,
    );
    await openStore(path, false, { pseudonymKey: key }).close();
    const plain = join(folder, 'opened-plain');
    await openStore(plain, true).close();
    expect(() => openStore(plain, true, { pseudonymKey: key })).toThrow(/holds numbers as they are/);
  });
});

test('a program that is told of the key by its environment opens a store with it', async () => {
  const path = join(folder, 'environment');
  await openStore(path, true, { pseudonymKey: key }).close();
  process.env.CATPOOL_PSEUDONYM_KEY = key;
  try {
    await openStore(path, false).close();
  } finally {
    delete process.env.CATPOOL_PSEUDONYM_KEY;
  }
});

describe('a call over three files', () => {
  test('is one call with its talk time, with a restart after each, in any order', async () => {
    const scene = new Scene();
    const head = (method: string, to: string, cseq: string) => [
      method,
      'From: "Wang 8613800000001" <sip:+8613800000001@example.org>;tag=a',
      `To: <sip:+8613900000002@example.org>${to}`,
      'Call-ID: c1',
      `CSeq: ${cseq}`,
    ];
    scene.say(0, '10.0.0.1', '10.0.0.2', head('INVITE sip:+8613900000002@example.org SIP/2.0', '', '1 INVITE'));
    scene.say(2, '10.0.0.2', '10.0.0.1', head('SIP/2.0 200 OK', ';tag=b', '1 INVITE'));
    scene.say(3602, '10.0.0.1', '10.0.0.2', head('BYE sip:+8613900000002@example.org SIP/2.0', ';tag=b', '2 BYE'));
    const pieces = [0, 1, 2].map((at) => scene.write(join(folder, `piece-${at}.pcap`), at, at + 1));
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
    ]) {
      const path = join(folder, `calls-${order.join('')}`);
      for (const [step, index] of order.entries()) {
        const store = openStore(path, true, { pseudonymKey: key });
        await commitAll(store, [pieces[index]!]);
        if (step === 0 && index === 0) {
          const [open] = (await storedRows(store)).map((row) => JSON.parse(row));
          expect(open).toMatchObject({ outcome: 'open', msisdn: pseudonyms.name('8613800000001') });
        }
        await store.close();
      }
      const store = openStore(path, false, { pseudonymKey: key });
      const rows = (await storedRows(store)).map((row) => JSON.parse(row));
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        outcome: 'answered',
        talk_ms: 3_600_000,
        msisdn: pseudonyms.name('8613800000001'),
        counterpart: pseudonyms.name('8613900000002'),
      });
      await store.close();
      expect(await numbersIn(path, new Set(['8613800000001', '8613900000002']))).toEqual([]);
    }
  });
});

describe('a simulated network, in a store as it is and in a pseudonymous one', () => {
  const sim = join(folder, 'sim');
  const paths = { plain: join(folder, 'plain'), pseudonymous: join(folder, 'pseudonymous') };
  const model = join(folder, 'own.json');
  const register = join(folder, 'subscribers.csv');
  let stores: Record<keyof typeof paths, Store>;
  let numbers: Set<string>;

  beforeAll(async () => {
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(
      scenario,
      'seed: 3\ncountry: "86"\nsubscribers: 40\nhours: 1\ninterfaces: [sip, a, cap]\nfiles: 2\neveryGateway: { difficulty: naive, lines: 6 }\ngateways: 2\n',
    );
    await cli('simulate', '--out', sim, '--scenario', scenario);
    const labels = join(sim, 'labels.csv');
    const trees = ['--trees', '8', '--folds', '2', '--prior', 'none', '--workers', '1'];
    const trained = await cli('train', sim, '--labels', labels, '-o', model, ...trees, '--store', paths.plain);
    expect(trained).toMatchObject({ code: 0 });
    const scanned = ['--model', model, '--threshold', '0.5', '--workers', '1'];
    const made = await cli('scan', sim, ...scanned, '--store', paths.pseudonymous, '--pseudonym-key', key);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toMatch(/pseudonymous store: missing are sequential_number_share, .*; neighbouring serial/);
    const mapping = join(folder, 'own.yaml');
    writeFileSync(mapping, simpleMapping());
    const calls = writeCsv(folder, 'calls.csv', [
      ['line', 'other', 'way', 'began', 'talked'],
      ['8613912345678', '8613887654321', 'out', '2026-03-02 10:00:00', 60],
    ]);
    const imported = [
      'import',
      'cdr',
      calls,
      '--mapping',
      mapping,
      '--feed',
      'records',
      '--store',
      join(folder, 'records'),
    ];
    expect(await cli(...imported, '--pseudonym-key', key)).toMatchObject({ code: 0 });
    stores = {
      plain: openStore(paths.plain, false),
      pseudonymous: openStore(paths.pseudonymous, false, { pseudonymKey: key }),
    };
    numbers = await subscribersOf(stores.plain);
    const registered = [...numbers].filter((number) => /^86\d{11}$/.test(number)).sort();
    writeFileSync(
      register,
      `msisdn,id_hash,dealer\n${registered.map((number, i) => `${number},person-${i % 7},dealer-${i % 3}\n`).join('')}`,
    );
  }, 300_000);
  afterAll(async () => {
    for (const store of Object.values(stores ?? {})) await store.close();
  });

  test('no number of the captures stands in any byte of the pseudonymous one', async () => {
    // 52 lines, each with a number and an IMSI.
    expect(numbers.size).toBeGreaterThan(100);
    const lines = readFileSync(join(sim, 'lines.csv'), 'utf8').split('\n').slice(1, -1);
    expect(lines.filter((line) => numbers.has(line.split(',')[0]!)).length).toBeGreaterThan(20);
    expect((await numbersIn(paths.plain, numbers)).length).toBeGreaterThan(50);
    expect(await numbersIn(paths.pseudonymous, numbers)).toEqual([]);
    expect(await numbersIn(join(folder, 'records'), new Set(['8613912345678', '8613887654321']))).toEqual([]);
  });

  test('nor in one that a probe fills', async () => {
    const lake = join(folder, 'probe');
    const config = join(folder, 'probe.yaml');
    writeFileSync(config, `model: ${model}\nthreshold: 0.5\nsettle: 1s\nlog_level: error\n`);
    const old = new Date('2026-01-01');
    for (const name of readdirSync(sim)) utimesSync(join(sim, name), old, old);
    const args = ['watch', sim, '--store', lake, '--config', config, '--once', '--pseudonym-key', key];
    // A probe keeps its temporary files where its store is, for as long as the process lives.
    const { TMPDIR } = process.env;
    expect(await cli(...args)).toEqual({ code: 0, stdout: '', stderr: '' });
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    const store = openStore(lake, false, { pseudonymKey: key });
    expect(store.captures().length).toBe(stores.pseudonymous.captures().length);
    await store.close();
    expect(readdirSync(join(lake, 'verdicts')).length).toBeGreaterThan(0);
    expect(await numbersIn(lake, numbers)).toEqual([]);
  });

  test('every feature of every line is the same, but for those of neighbours, which are missing', async () => {
    const vectors = async (store: Store): Promise<Map<string, Float64Array>> => {
      const found = new Map<string, Float64Array>();
      const options = { ...lineOptions(store), references: { subscribers: register } };
      await withLines([], options, ({ lines, context }) => {
        lines.each((history) => {
          const vector = new Float64Array(CATALOGUE.length);
          computeVector(history, context, vector);
          found.set(history.line, vector);
        });
      });
      return found;
    };
    const plain = await vectors(stores.plain);
    const pseudonymous = await vectors(stores.pseudonymous);
    expect([...pseudonymous.keys()].sort()).toEqual([...plain.keys()].map((line) => pseudonyms.name(line)).sort());
    let told = 0;
    for (const [line, expected] of plain) {
      const vector = pseudonymous.get(pseudonyms.name(line))!;
      for (const [i, { name }] of CATALOGUE.entries()) {
        if (OF_DIGITS.has(name)) {
          expect(vector[i]).toBeNaN();
          if (!Number.isNaN(expected[i]!)) told++;
        } else expect([line, name, vector[i]]).toEqual([line, name, expected[i]]);
      }
    }
    expect(told).toBeGreaterThan(0);
    const registered = CATALOGUE.findIndex(({ name }) => name === 'lines_per_identity');
    const known = [...pseudonymous.values()].filter((vector) => vector[registered]! > 0);
    expect(known.length).toBeGreaterThan(10);
  });

  test('verdicts and boxes are the same, line by line, where neighbours are not asked for', async () => {
    const judged = async (store: Store, nameOf: (line: string) => string) => {
      const options = { ...lineOptions(store), model: readModel(model), threshold: 0.5 };
      const { verdicts, gateways } = await scan([], options);
      return {
        verdicts: verdicts.map(({ line, score, tier, calls }) => `${nameOf(line)} ${tier} ${score} ${calls}`).sort(),
        gateways: gateways.map(({ lines, score }) => `${lines.map(nameOf).sort().join(' ')} ${score}`).sort(),
      };
    };
    // The plain store, with neighbours left out.
    const same = <T>(value: T): T => value;
    const blind: Store = Object.create(stores.plain, {
      pseudonyms: { value: { name: same, event: same, checkOwn: () => undefined, key: null } },
    });
    const expected = await judged(blind, (line) => pseudonyms.name(line));
    expect(expected.verdicts.length).toBeGreaterThan(5);
    expect(await judged(stores.pseudonymous, (line) => line)).toEqual(expected);
  });

  test('own lines are told by prefixes that pseudonyms keep; longer ones are refused', async () => {
    const count = async (store: Store, own: Pick<LinesOptions, 'prefixes' | 'imsiPrefixes'>): Promise<number> => {
      let lines = 0;
      await withLines([], { ...lineOptions(store), ...own }, (opened) => opened.lines.each(() => lines++));
      return lines;
    };
    const own = { prefixes: ['86'], imsiPrefixes: ['46000', '46001'] };
    const plain = await count(stores.plain, own);
    expect(plain).toBeGreaterThan(20);
    expect(await count(stores.pseudonymous, own)).toBe(plain);
    await expect(count(stores.pseudonymous, { prefixes: ['861381'] })).rejects.toThrow(
      /--own-prefixes 861381: .* 5 digits/,
    );
    await expect(count(stores.pseudonymous, { imsiPrefixes: ['460001'] })).rejects.toThrow(
      /--own-imsi 460001: .* MCC and MNC/,
    );
  });

  test('a line is explained by its number and by its pseudonym, and evaluated by its label', async () => {
    const active = new Set<string>();
    for await (const { msisdn, direction } of stores.plain.events())
      if (msisdn !== null && direction === 'originating') active.add(msisdn);
    const labels = readFileSync(join(sim, 'labels.csv'), 'utf8').matchAll(/^(86\d+),.*gateway/gm);
    const line = [...labels].map((match) => match[1]!).find((name) => active.has(name))!;
    const lake = ['--store', paths.pseudonymous, '--pseudonym-key', key, '--model', model];
    for (const name of [line, pseudonyms.name(line)]) {
      const { stdout, stderr } = await cli('explain', name, ...lake);
      expect(stderr).toMatch(/^home country CN, of the store\nlocal time [^\n]*\npseudonymous store: [^\n]*\n$/);
      expect(stdout.startsWith(`${pseudonyms.name(line)}: `)).toBe(true);
      expect(stdout).not.toContain(line);
    }
    const report = await cli('evaluate', ...lake, '--labels', join(sim, 'labels.csv'));
    expect(report.stderr).toMatch(/Scores of 1\d gateway lines and [34]\d ordinary lines/);
  });
});

function lineOptions(store: Store): LinesOptions & { lake: NonNullable<LinesOptions['lake']> } {
  return {
    feed: 'local',
    homeCountry: null,
    limits: {} as LinesOptions['limits'],
    workers: 1,
    window: 30 * 86_400,
    since: null,
    until: null,
    timeZone: 'Asia/Shanghai',
    lake: { store, filter: {} },
  };
}

/** Numbers and IMSIs of lines, and numbers called, of 10 digits and more: shorter ones stand in other numbers by chance. */
async function subscribersOf(store: Store): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { msisdn, imsi, counterpart, aor, imei } of store.events())
    for (const text of [msisdn, imsi, counterpart, aor?.split('@')[0], imei])
      if (text !== null && text !== undefined && /^\+?\d{10,15}$/.test(text)) found.add(text.replace('+', ''));
  return found;
}

/** Which of some numbers stand in the files of a folder: in their bytes, and in what Parquet files hold. */
async function numbersIn(root: string, numbers: ReadonlySet<string>): Promise<string[]> {
  const lengths = [...new Set([...numbers].map(({ length }) => length))];
  const found = new Set<string>();
  const look = (text: string): void => {
    for (const [run] of text.matchAll(/\d{10,}/g))
      for (const length of lengths)
        for (let at = 0; at + length <= run.length; at++) {
          const part = run.slice(at, at + length);
          if (numbers.has(part)) found.add(part);
        }
  };
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  let files = 0;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files++;
    look(entry.name);
    look(readFileSync(path).toString('latin1'));
    if (!path.endsWith('.parquet')) continue;
    const rows = await connection.runAndReadAll(`SELECT to_json(t)::VARCHAR FROM read_parquet('${path}') t`);
    for (const [row] of rows.getRows())
      look(String(row).replace(/"(time|answer_time|end_time|event_id|\w+_capture)":"?\w+"?/g, ''));
  }
  connection.closeSync();
  instance.closeSync();
  expect(files).toBeGreaterThan(2);
  return [...found].sort();
}
