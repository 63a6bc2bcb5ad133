import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { type ReferencePaths, readReferences } from '../../src/features/references/references.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-references-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads one file of this text. */
function read(option: keyof ReferencePaths, text: string, homeCountry: string | null = null) {
  const path = join(folder, 'file.csv');
  writeFileSync(path, text);
  return readReferences({ [option]: path }, homeCountry);
}

/** What is told where a file is wrong, without its path. */
async function told(option: keyof ReferencePaths, text: string): Promise<string> {
  const error = await read(option, text).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`no clear error but ${error}`);
  expect(error.message).toContain(join(folder, 'file.csv'));
  expect(error.message).not.toContain('\n');
  return error.message.replace(` ${join(folder, 'file.csv')}`, '');
}

describe('--subscribers', () => {
  const HEADER = 'msisdn,imsi,id_hash,activated,product,dealer,brand';

  test('gives what the operator knows of a line, named by MSISDN or IMSI', async () => {
    const { subscribers } = await read(
      'subscribers',
      `${HEADER}\n+8613800000001,460001234567890,aa,2024-01-02T03:04:05Z,NB-IoT,d1,b1\n8613800000002,,aa,2024-01-02,voice,,\n8613800000003,001010000000007,,,,d1,b1\n`,
    );
    const of = (line: string) => subscribers!.get(subscribers!.numberOf(line));
    expect(subscribers!.count).toBe(3);
    expect(of('8613800000001')).toMatchObject({ imsi: '460001234567890', isThing: true, activated: 1_704_164_645 });
    expect(of('460001234567890').msisdn).toBe('8613800000001');
    expect(of('8613800000002')).toMatchObject({ imsi: null, isThing: false, activated: 1_704_153_600, dealer: -1 });
    // An IMSI of a test network keeps its zeros.
    expect(of('8613800000003').imsi).toBe('001010000000007');
    expect(of('8613800000003').dealer).toBe(of('8613800000001').dealer);
    expect(of('8613800000003').id).toBeNaN();
    expect(of('8613800000003').isThing).toBeNull();
    expect(subscribers!.linesOfId(of('8613800000001').id)).toBe(2);
    expect(['8613800000009', 'alice@example.com', ''].map((line) => subscribers!.numberOf(line))).toEqual([-1, -1, -1]);
    expect(subscribers!.msisdnOf('460001234567890')).toBe('8613800000001');
    expect(subscribers!.imsiOf('8613800000002')).toBeNull();
  });

  test('takes numbers as dialled at home', async () => {
    const text = 'msisdn,imsi\n13800000001,460001234567890\n013800000002,\n8613800000003,\n+447911123456,\n';
    const { subscribers } = await read('subscribers', text, 'CN');
    const lines = ['8613800000001', '460001234567890', '8613800000002', '8613800000003', '447911123456'];
    expect(lines.map((line) => subscribers!.numberOf(line))).toEqual([0, 0, 1, 2, 3]);
    await expect(read('subscribers', text)).rejects.toThrow(/row 3, msisdn/);
  });

  test('of any size, in any order of columns, with columns nobody asked for', async () => {
    const rows = Array.from(
      { length: 5000 },
      (_, i) => `x,id${i % 10},${8_613_800_000_000 + i},${460_000_000_000_000 + i}`,
    );
    const { subscribers } = await read('subscribers', `\ufeffNote,ID_hash,MSISDN,imsi\r\n${rows.join('\r\n')}`);
    expect(subscribers!.count).toBe(5000);
    expect(subscribers!.msisdnOf('460000000004999')).toBe('8613800004999');
    expect(subscribers!.linesOfId(subscribers!.get(7).id)).toBe(500);
  });

  test.each([
    ['no column msisdn', 'imsi\n1', /^--subscribers: no column msisdn; expected msisdn, imsi, id_hash, activated/],
    ['a number', `msisdn\n8613800000001\n0138`, /^--subscribers: row 3, msisdn: expected 7 to 15 digits .*, got 0138$/],
    ['an IMSI', `msisdn,imsi\n8613800000001,4600`, /row 2, imsi: expected 14 or 15 digits, got 4600$/],
    [
      'a time',
      `msisdn,activated\n8613800000001,2.1.24`,
      /row 2, activated: expected an ISO 8601 time such as .*, got 2\.1\.24$/,
    ],
    [
      'a day',
      `msisdn,activated\n8613800000001,2024-02-30`,
      /row 2, activated: expected a time that there is, got 2024-02-30$/,
    ],
    [
      'an offset',
      `msisdn,activated\n8613800000001,2024-03-05T08:00:00`,
      /row 2, activated: expected a time with its offset, such as .*, got 2024-03-05T08:00:00$/,
    ],
    [
      'a row twice',
      `msisdn\n8613800000001\n8613800000001`,
      /row 3, msisdn: expected an MSISDN and IMSI that no row before has/,
    ],
    ['fields', `msisdn,imsi\n8613800000001`, /^--subscribers: Invalid Record Length.* on line 2/],
    ['rows', 'msisdn\n', /^--subscribers: no rows$/],
    ['anything', '', /^--subscribers: no rows$/],
  ])('tells what is wrong with %s', async (_name, text, message) => {
    expect(await told('subscribers', text)).toMatch(message);
  });

  test('tells that there is no such file', async () => {
    await expect(readReferences({ subscribers: join(folder, 'none.csv') })).rejects.toThrow(
      `--subscribers ${join(folder, 'none.csv')}: no such file`,
    );
    await expect(readReferences({ cells: folder })).rejects.toThrow('a folder, not a file');
    await expect(readReferences({ fingerprints: join(folder, 'none.json') })).rejects.toThrow('no such file');
  });
});

describe('--tac-db', () => {
  test('gives the class of a type, by class or else by name', async () => {
    const { tacClass } = await read(
      'tacDb',
      'tac,class,name\n35693803,Smartphone,X\n86012304,module,\n86012305,,Quectel EC20\n86012306,,Acme GPS tracker\n86012307,,Acme phone 7\n',
    );
    expect(
      ['35693803', '86012304', '86012305', '86012306', '86012307', '00000000'].map((tac) => tacClass!(tac)),
    ).toEqual(['phone', 'module', 'module', 'iot', 'phone', null]);
  });

  test.each([
    ['a TAC', 'tac,class\n3569380,phone', /^--tac-db: row 2, tac: expected the 8 digits .*, got 3569380$/],
    ['a class', 'tac,class\n35693803,fridge', /row 2, class: expected phone, module, modem, iot, got fridge$/],
    [
      'two classes of one',
      'tac,class,name\n35693803,phone,X\n35693804,phone,\n35693803,phone,X Plus\n35693803,modem,',
      /^--tac-db: rows 4 and 5 say different things of tac 35693803$/,
    ],
    ['neither', 'tac\n35693803', /row 2, class: expected a class or a name, got nothing$/],
  ])('tells what is wrong with %s', async (_name, text, message) => {
    expect(await told('tacDb', text)).toMatch(message);
  });
});

describe('--cells', () => {
  test('gives distances', async () => {
    const { cells } = await read(
      'cells',
      'cell,lat,lon,site\n460-00-1-1,30,104,a\n460-00-1-2,31,104,b\n460-00-1-3,0,179.5,\n460-00-1-4,0,-179.5,',
    );
    const [a, b, c, d] = ['1', '2', '3', '4'].map((cell) => cells!.find(`460-00-1-${cell}`)) as [
      number,
      number,
      number,
      number,
    ];
    // A degree of a great circle of 6371.0088 km radius.
    const degree = (Math.PI / 180) * 6371.0088;
    expect(cells!.distance(a, b)).toBeCloseTo(degree, 9);
    expect(cells!.distance(a, a)).toBe(0);
    // Over the date line.
    expect(cells!.distance(c, d)).toBeCloseTo(degree, 9);
    expect(cells!.offset(c, d).east).toBeCloseTo(degree, 9);
    expect(cells!.offset(a, b)).toEqual({ north: expect.closeTo(degree, 9), east: 0 });
    expect(cells!.find('460-00-1-9')).toBe(-1);
  });

  test.each([
    ['a latitude', 'cell,lat,lon\n460-00-1-1,91,0', /^--cells: row 2, lat: expected degrees from -90 to 90, got 91$/],
    ['a longitude', 'cell,lat,lon\n460-00-1-1,9,', /row 2, lon: expected degrees from -180 to 180, got nothing$/],
    ['a cell', 'cell,lat,lon\na b,9,1', /row 2, cell: expected a cell such as 460-00-6151-1, got a b$/],
    ['a network', 'cell,lat,lon\n46000,9,1', /row 2, cell: expected a cell such as 460-00-6151-1, got 46000$/],
    ['a number', 'cell,lat,lon\n460-00-1-1,0x10,1', /row 2, lat: expected degrees from -90 to 90, got 0x10$/],
    [
      'two places of one',
      'cell,lat,lon\n460-00-1-1,9,1\n\n460-00-1-2,9,1\n460-00-01-1,9.0,1\n460-00-1-1,9,1.5',
      /^--cells: rows 2 and 6 say different things of cell 460-00-1-1$/,
    ],
  ])('tells what is wrong with %s', async (_name, text, message) => {
    expect(await told('cells', text)).toMatch(message);
  });
});

describe('--networks', () => {
  test('gives the class of the longest prefix', async () => {
    const { networks } = await read(
      'networks',
      'cidr,class\n0.0.0.0/0,interconnect\n10.0.0.0/8,own\n10.1.0.0/15,access\n10.1.2.3,hosting\n2001:db8::/32,hosting\n2001:db8:0:1::/64,anonymous\n',
    );
    const classes = Object.entries({
      '10.9.9.9': 'own',
      '10.0.255.255': 'access',
      '10.1.0.0': 'access',
      '10.2.0.0': 'own',
      '10.1.2.3': 'hosting',
      '10.1.2.4': 'access',
      '198.51.100.1': 'interconnect',
      '::ffff:10.1.2.3': 'hosting',
      '2001:db8::1': 'hosting',
      '2001:db8:0:1::1': 'anonymous',
      '2001:db9::1': null,
      'pbx.example.com': null,
    });
    expect(classes.map(([address]) => [address, networks!.classOf(address)])).toEqual(classes);
  });

  test.each([
    ['a class', 'cidr,class\n10.0.0.0/8,mine', /^--networks: row 2, class: expected own, access, .*, got mine$/],
    ['a length', 'cidr,class\n10.0.0.0/33,own', /row 2, cidr: expected a network such as .*, got 10\.0\.0\.0\/33$/],
    ['an address', 'cidr,class\n10.0.0/8,own', /row 2, cidr: expected a network/],
    [
      'two classes of one',
      'cidr,class\n10.0.0.0/8,own\n10.0.0.0/9,access\n10.1.0.0/8,own\n10.2.3.4/8,hosting',
      /^--networks: rows 4 and 5 say different things of cidr 10\.2\.3\.4\/8$/,
    ],
    ['two lengths', 'cidr,class\n10.0.0.0/8/9,own', /row 2, cidr: expected a network/],
  ])('tells what is wrong with %s', async (_name, text, message) => {
    expect(await told('networks', text)).toMatch(message);
  });
});

test('--fingerprints adds to the known ones', async () => {
  const entry = {
    device: 'Acme',
    column: 'user_agent',
    match: 'equals',
    value: 'acme',
    confidence: 'seen',
    weight: 1,
    source: 'us',
  };
  const { fingerprints } = await read('fingerprints', JSON.stringify({ version: 1, entries: [entry] }));
  expect(fingerprints).toBeDefined();
  expect(await told('fingerprints', '{"version": 1, "entries": [{}]}')).toMatch(
    /^--fingerprints: entries\.0\.device: /,
  );
  expect(await told('fingerprints', 'x')).toMatch(/^--fingerprints: not JSON$/);
});

describe('--allowed', () => {
  const HEADER = 'line,owner,reason,until';

  test('names who answers for a line, by number or IMSI, to the end of a day', async () => {
    const { allowed } = await read(
      'allowed',
      `${HEADER}\n+8613800000001,Acme,call centre,2026-12-31\n460001234567890,Probes,"test, roaming",2026-01-01\n`,
    );
    const acme = { owner: 'Acme', reason: 'call centre', until: '2026-12-31' };
    // 2027-01-01T00:00:00Z.
    const end = 1_798_761_600;
    expect(allowed!.of(['8613800000001', null], end)).toMatchObject(acme);
    expect(allowed!.of(['8613800000001', null], end + 1)).toBeNull();
    expect(allowed!.of(['8613800000002', '460001234567890'], 0)).toMatchObject({ reason: 'test, roaming' });
    expect(allowed!.of(['8613800000002', null], 0)).toBeNull();
  });

  test.each([
    ['line,owner\n1234,a', '--allowed: no column reason; expected line, owner, reason, until'],
    [`${HEADER}\nalice,a,b,2026-12-31`, '--allowed: row 2, line: expected an MSISDN or IMSI in digits, got alice'],
    [`${HEADER}\n1234,,b,2026-12-31`, '--allowed: row 2, owner: expected some words, got nothing'],
    [`${HEADER}\n1234,a,,2026-12-31`, '--allowed: row 2, reason: expected some words, got nothing'],
    [`${HEADER}\n1234,a,b,`, '--allowed: row 2, until: expected a day such as 2026-12-31, got nothing'],
    [`${HEADER}\n1234,a,b,2026-13-01`, '--allowed: row 2, until: expected a day such as 2026-12-31, got 2026-13-01'],
    [`${HEADER}\n1234,a,b,2026-02-30`, '--allowed: row 2, until: expected a day such as 2026-12-31, got 2026-02-30'],
    [
      `${HEADER}\n1234,a,b,2026-12-31\n+1234,a,b,2026-12-31`,
      '--allowed: row 3, line: expected each line once, got +1234',
    ],
  ])('tells what is wrong: %j', async (text, words) => {
    expect(await told('allowed', text)).toBe(words);
  });
});
