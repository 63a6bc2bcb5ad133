import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { parseMapping } from '../../../src/store/cdr/mapping.ts';
import { readMapping } from '../../../src/store/cdr/mappings/ready.ts';
import { type RecordsRead, readRecords } from '../../../src/store/cdr/read.ts';
import type { Refusal } from '../../../src/store/cdr/record-reader.ts';
import { simpleMapping } from '../../support/cdr.ts';
import { sharedCapture } from '../../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  mapping?: string;
  ready?: string;
  timeZone?: string;
}

let files = 0;
function fileOf(content: string | Buffer): string {
  const path = join(folder, `records-${files++}`);
  writeFileSync(path, content);
  return path;
}

async function read(
  path: string,
  { mapping = simpleMapping(), ready, timeZone }: Given = {},
): Promise<RecordsRead & { found: CatpoolEvent[]; refusals: Refusal[] }> {
  const found: CatpoolEvent[] = [];
  const refusals: Refusal[] = [];
  const done = await readRecords(path, {
    mapping: ready === undefined ? parseMapping(mapping, 'own.yaml') : readMapping(ready),
    mappingPath: 'own.yaml',
    feed: 'test',
    homeCountry: 'CN',
    timeZone: timeZone ?? null,
    onEvent: (event) => found.push(event),
    onRefusal: (refusal) => refusals.push(refusal),
  });
  return { ...done, found, refusals };
}

const rows = [
  'line,other,way,began,talked',
  '13800000001,010-66012345,out,2026-01-05 08:00:00,61',
  '13800000002,+442071838750,in,2026-01-05 08:00:01,0',
];
const csv = `${rows.join('\n')}\n`;
/** 08:00 in China. */
const EIGHT = Date.parse('2026-01-05T00:00:00Z') / 1000;

describe('a record', () => {
  test('is a leg with talk time, end, and numbers in E.164; of no length, nobody answered', async () => {
    const { found, result, rows: count } = await read(fileOf(csv));
    expect(count).toBe(2);
    expect(found[0]).toMatchObject({
      kind: 'leg',
      direction: 'originating',
      msisdn: '8613800000001',
      counterpart: '861066012345',
      time: { s: EIGHT, ns: 0 },
      end_time: { s: EIGHT + 61, ns: 0 },
      talk_ms: 61_000,
      outcome: 'answered',
      first_frame: 2,
      last_frame: 2,
      interface: 'bssap',
      feed: 'test',
    });
    expect(found[1]).toMatchObject({
      direction: 'terminating',
      counterpart: '442071838750',
      talk_ms: null,
      outcome: 'no_answer',
    });
    expect(result).toMatchObject({
      sha256: createHash('sha256').update(csv).digest('hex'),
      first: { s: EIGHT, ns: 0 },
      last: { s: EIGHT + 61, ns: 0 },
      packets: 2,
      bytes: csv.length,
    });
    expect(found[0]!.first_capture.sha256).toBe(result.sha256);
  });

  test.each([
    ['s', '61.5', 61_500],
    ['ms', '61500', 61_500],
    ['min', '2', 120_000],
    ['hh:mm:ss', '01:00:01', 3_601_000],
  ])('says its length in %s', async (unit, text, talk) => {
    const mapping = simpleMapping().replace('duration: talked', `duration: { column: talked, unit: "${unit}" }`);
    const { found } = await read(
      fileOf(`${rows[0]}\n1,2,out,2026-01-05 08:00:00,${text}\n`.replace('1,2', '13800000001,110')),
      { mapping },
    );
    expect(found.map((event) => event.talk_ms)).toEqual([talk]);
    expect(found[0]!.counterpart).toBe('110');
  });

  test('gives its device 14 digits and its software version, and its cell what is known of it', async () => {
    const more = 'imei,lac,cell,imsi';
    const columns = `
  imei: imei
  imsi: imsi
  lac: { column: lac, base: 16 }
  cell: cell
  mcc: { value: "460" }
  mnc: { value: "00" }`;
    const body = [
      ['356938035643809', '1a2b', '77', '460001234567890'],
      ['3569380356438012', '', '460-01-12-345', ''],
      ['000000000000000', '', '', ''],
    ].map((extra) => `${rows[1]},${extra.join(',')}`);
    const { found } = await read(fileOf(`${rows[0]},${more}\n${body.join('\n')}\n`), {
      mapping: simpleMapping({ columns }),
    });
    expect(
      found.map(({ imei, imeisv, imsi, mcc, mnc, lac, cell }) => [imei, imeisv, imsi, mcc, mnc, lac, cell]),
    ).toEqual([
      ['35693803564380', null, '460001234567890', '460', '00', 0x1a2b, '77'],
      ['35693803564380', '12', null, '460', '01', 12, '460-01-12-345'],
      [null, null, null, '460', '00', null, null],
    ]);
  });

  test('is the same event in whatever file it stands', async () => {
    const [one] = (await read(fileOf(csv))).found;
    const [, again] = (await read(fileOf(`${rows[0]}\n${rows[2]}\n${rows[1]}\n`))).found;
    expect(again!.event_id).toBe(one!.event_id);
    expect(again!.first_capture.sha256).not.toBe(one!.first_capture.sha256);
  });
});

describe('a file', () => {
  const umlaut = csv.replace('010-66012345', '成都通知');

  test.each<[string, Buffer, Given]>([
    ['with a byte order mark', Buffer.from(`\ufeff${umlaut}`), {}],
    ['with CR LF', Buffer.from(umlaut.replaceAll('\n', '\r\n')), {}],
    [
      'with semicolons',
      Buffer.from(umlaut.replaceAll(',', ';')),
      { mapping: simpleMapping({ file: 'delimiter: ";"' }) },
    ],
    ['with tabs', Buffer.from(umlaut.replaceAll(',', '\t')), { mapping: simpleMapping({ file: 'delimiter: "\\t"' }) }],
    ['with quotes', Buffer.from(umlaut.replaceAll(/([^,\n]+)/g, '"$1"')), {}],
    [
      'with single quotes and delimiters in them',
      Buffer.from(umlaut.replaceAll(/([^,\n]+)/g, "'$1 '")),
      { mapping: simpleMapping({ file: `quote: "'"` }) },
    ],
    ['with empty lines', Buffer.from(umlaut.replaceAll('\n', '\n\n')), {}],
    ['compressed with gzip', gzipSync(umlaut), {}],
    ['compressed with zstd', execFileSync('zstd', ['-qc'], { input: umlaut }), {}],
    [
      'in UTF-16',
      Buffer.from(`\ufeff${umlaut}`, 'utf16le'),
      { mapping: simpleMapping({ file: 'encoding: utf-16le' }) },
    ],
    [
      'in GB18030',
      // 成都通知: GB 2312 B3C9 B6BC CDA8 D6AA.
      Buffer.concat([
        Buffer.from(umlaut.slice(0, umlaut.indexOf('成'))),
        Buffer.from('b3c9b6bccda8d6aa', 'hex'),
        Buffer.from(umlaut.slice(umlaut.indexOf('知') + 1)),
      ]),
      { mapping: simpleMapping({ file: 'encoding: gb18030' }) },
    ],
    [
      'without a line of names',
      Buffer.from(umlaut.slice(umlaut.indexOf('\n') + 1)),
      { mapping: simpleMapping({ file: 'header: [line, other, way, began, talked]' }) },
    ],
  ])('%s says the same', async (_name, content, given) => {
    const { found, refusals } = await read(fileOf(content), given);
    expect(refusals).toEqual([]);
    expect(found.map(({ msisdn, counterpart, talk_ms }) => [msisdn, counterpart, talk_ms])).toEqual([
      ['8613800000001', '成都通知', 61_000],
      ['8613800000002', '442071838750', null],
    ]);
  });

  test('of Parquet says the same, timestamps by their type', async () => {
    const path = join(folder, 'records.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT line, other, way, began::TIMESTAMP AS began, talked, epoch_ms(epoch_ms(began::TIMESTAMP) - 28800000)::TIMESTAMPTZ AS utc
        FROM read_csv('${fileOf(csv)}', all_varchar = true)) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    const plain = await read(fileOf(csv));
    const local = await read(path);
    const instant = await read(path, {
      mapping: simpleMapping().replace('column: began', 'column: utc'),
      timeZone: 'America/Lima',
    });
    expect(local.found.map((event) => event.event_id)).toEqual(plain.found.map((event) => event.event_id));
    expect(instant.found.map((event) => event.event_id)).toEqual(plain.found.map((event) => event.event_id));
    expect(local.found.map((event) => event.first_frame)).toEqual([1, 2]);
    expect(local.result.sha256).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
    await expect(read(fileOf(gzipSync(readFileSync(path))))).rejects.toThrow(
      /a Parquet file compressed with gzip: decompress it first$/,
    );
    truncateSync(path, 200);
    await expect(read(path)).rejects.toThrow(/^.*records\.parquet: damaged .*Parquet file: [^\n]*$/);
  });

  test.each<[string, () => string, RegExp]>([
    ['that is not there', () => join(folder, 'none.csv'), /none\.csv: no such file or folder$/],
    ['that is a folder', () => folder, /cannot be read \(EISDIR\)$/],
    ['that is empty', () => fileOf(''), /: an empty file$/],
    [
      'that is a capture',
      () => sharedCapture('sip', 'NormB+sipnab', 'sip_call.pcap'),
      /not CSV or Parquet but a pcap capture$/,
    ],
    ['that is a picture', () => fileOf(Buffer.from('89504e470d0a1a0a', 'hex')), /not CSV or Parquet but a PNG image$/],
    [
      'of gzip that is cut',
      () => fileOf(gzipSync(csv).subarray(0, -9)),
      /: ends at offset \d+ \(gzip .*\): get the whole file; nothing was imported$/,
    ],
    [
      'with a quote that nobody closes',
      () => fileOf(`${csv}"${csv.repeat(2000)}`),
      /: line \d+: a record of more than 64 kB: a quote may be open/,
    ],
    [
      'with a quote open at its end',
      () => fileOf(`${csv}"x`),
      /a quote that is not closed \(mapping: file\.quote\); nothing was imported$/,
    ],
    [
      'without a column',
      () => fileOf('13800000001,other,way,began,duration\n'),
      /^own\.yaml: columns\.line: the file has no column line; its columns: 1380\*{5}01, other, way, began, duration$/,
    ],
  ])('%s is one line', async (_name, path, message) => {
    let said = '';
    await read(path()).catch((error: Error) => {
      said = error.message;
      expect(error.name).toBe('UserError');
    });
    expect(said).toMatch(message);
    expect(said).not.toContain('\n');
  });
});

describe('a row', () => {
  test.each([
    ['x1,110,out,2026-01-05 08:00:00,1', 'line', 'a telephone number', 'x1'],
    [',110,out,2026-01-05 08:00:00,1', 'line', "a subscriber's number", ''],
    ['13800000001,110,up,2026-01-05 08:00:00,1', 'way', 'a type of record that the mapping lists', 'up'],
    ['13800000001,110,out,05.01.2026,1', 'began', 'a time (yyyy-MM-dd HH:mm:ss)', '05.01.2026'],
    ['13800000001,110,out,,1', 'began', 'a time', ''],
    ['13800000001,110,out,2026-01-05 08:00:00,-1', 'talked', 'a length of time (seconds)', '-1'],
    ['13800000001,\ufffd,out,2026-01-05 08:00:00,1', 'other', 'text in utf-8', '\ufffd'],
    [`13800000001,${'9'.repeat(300)},out,2026-01-05 08:00:00,1`, 'other', 'at most 256 characters', '9'.repeat(32)],
    ['13800000001', 'way', 'a type of record that the mapping lists', ''],
  ])('%s is refused with its number, its column and what was expected', async (row, column, expected, got) => {
    const { refusals, found } = await read(fileOf(`${csv}${row}\n${rows[1]}\n`));
    expect(refusals).toEqual([{ row: 4, column, expected, found: got }]);
    expect(found).toHaveLength(3);
  });

  test('with a time that no clock showed is refused, and one that came twice is counted', async () => {
    const { refusals, found, twice } = await read(
      fileOf(`${rows[0]}\n13800000001,110,out,2026-03-29 02:30:00,1\n13800000001,110,out,2026-10-25 02:30:00,1\n`),
      { timeZone: 'Europe/Rome' },
    );
    expect(refusals).toEqual([
      { row: 2, column: 'began', expected: 'a local time that the clocks showed', found: '2026-03-29 02:30:00' },
    ]);
    expect(found.map(({ time }) => time.s)).toEqual([Date.parse('2026-10-25T00:30:00Z') / 1000]);
    expect(twice).toBe(1);
  });

  test('of a type that the mapping leaves out is neither event nor refused', async () => {
    const mapping = simpleMapping()
      .replace('column: way', 'column: way\n  unlisted: skip')
      .replace('    in: { kind: leg, direction: terminating }', '');
    const { skipped, refused, events } = await read(fileOf(csv), { mapping });
    expect({ skipped, refused, events }).toEqual({ skipped: 1, refused: 0, events: 1 });
  });

  test('needs a time zone', async () => {
    const mapping = simpleMapping().replace('time_zone: Asia/Shanghai', '');
    await expect(read(fileOf(csv), { mapping })).rejects.toThrow(
      'own.yaml: time_zone: expected the time zone of began, or give --time-zone',
    );
  });
});

describe('a ready mapping', () => {
  test('reads the records of a switch: calls both ways, attempts, messages', async () => {
    const names =
      'recordType,servedIMSI,servedIMEI,servedMSISDN,callingNumber,calledNumber,recordingEntity,locationAreaCode,cellIdentifier,seizureTime,answerTime,releaseTime,callDuration,causeForTerm,destinationNumber,originationTime,deliveryTime';
    const who = '460001234567890,356938035643809,8613800000001';
    const where = '8613800100500,6151,1';
    const { found, skipped, refusals } = await read(
      fileOf(
        [
          names,
          `0,${who},,13900000002,${where},260105080000+0800,260105080007+0800,260105080108+0800,61,0,,,`,
          `1,${who},13900000003,,${where},,260105090000+0800,260105090010+0800,10,0,,,`,
          `0,${who},,13900000002,${where},260105100000+0800,,260105100030+0800,0,3,,,`,
          `6,${who},,,${where},,,,,,13900000004,260105110000+0800,`,
          `7,${who},,,${where},,,,,,,,260105120000+0800`,
          `4,${who},,,${where},,,,,,,,`,
        ].join('\n'),
      ),
      { ready: 'msc' },
    );
    expect(refusals).toEqual([]);
    expect(skipped).toBe(1);
    expect(
      found.map((e) => [
        e.kind,
        e.direction,
        e.counterpart,
        e.time.s - EIGHT,
        e.talk_ms,
        e.outcome,
        e.answer_time === null ? null : e.answer_time.s - EIGHT,
      ]),
    ).toEqual([
      ['leg', 'originating', '8613900000002', 0, 61_000, 'answered', 7],
      ['leg', 'terminating', '8613900000003', 3600, 10_000, 'answered', 3600],
      ['leg', 'originating', '8613900000002', 7200, null, 'failed', null],
      ['sms', 'originating', '8613900000004', 10_800, null, 'delivered', null],
      ['sms', 'terminating', null, 14_400, null, 'delivered', null],
    ]);
    expect(found[0]).toMatchObject({
      imsi: '460001234567890',
      imei: '35693803564380',
      lac: 6151,
      cell: '1',
      visited: '8613800100500',
    });
  });

  test('reads the Master.csv of Asterisk', async () => {
    const { found, refusals } = await read(
      fileOf(
        `"","13800000001","13900000002","from-internal","""A"" <13800000001>","SIP/1-0","SIP/t-1","Dial","SIP/t/1","2026-01-05 08:00:00","2026-01-05 08:00:07","2026-01-05 08:01:08",68,61,"ANSWERED","DOCUMENTATION","1.1",""
"","13800000001","13900000002","from-internal","x","SIP/1-0","","Dial","","2026-01-05 09:00:00",,"2026-01-05 09:00:20",20,0,"NO ANSWER","DOCUMENTATION"
`,
      ),
      { ready: 'asterisk', timeZone: 'Asia/Shanghai' },
    );
    expect(refusals).toEqual([]);
    expect(
      found.map((e) => [e.msisdn, e.counterpart, e.time.s - EIGHT, e.talk_ms, e.outcome, e.end_time!.s - EIGHT]),
    ).toEqual([
      ['8613800000001', '8613900000002', 0, 61_000, 'answered', 68],
      ['8613800000001', '8613900000002', 3600, null, 'no_answer', 3620],
    ]);
    await expect(read(fileOf('"","1","2"\n'), { ready: 'asterisk' })).rejects.toThrow(
      'time_zone: expected the time zone of start, or give --time-zone',
    );
  });

  test('reads the calls and messages of the Sichuan layout, whose numbers are digests', async () => {
    const voice = await read(
      fileOf(`phone_no_m,opposite_no_m,calltype_id,start_datetime,call_dur,city_name,county_name,imei_m
22d522340df7,dedd4a48c3a8f,1,2020-01-02 20:14:33,111,成都,锦江区,0a0a319fdb33f9538
22d522340df7,13800138000,2,2020-01-02 21:14:33,11,成都,锦江区,0a0a319fdb33f9538
22d522340df7,dedd4a48c3a8f,3,2020-01-02 22:14:33,5,成都,锦江区,0a0a319fdb33f9538
`),
      { ready: 'sichuan-voice' },
    );
    expect(voice.found.map((e) => [e.msisdn, e.counterpart, e.direction, e.talk_ms, e.outcome, e.imei])).toEqual([
      ['22d522340df7', 'dedd4a48c3a8f', 'originating', 111_000, 'answered', '0a0a319fdb33f9538'],
      // Digits alone would be taken for a number.
      ['22d522340df7', 'id-13800138000', 'terminating', 11_000, 'answered', '0a0a319fdb33f9538'],
      ['22d522340df7', 'dedd4a48c3a8f', 'terminating', null, 'redirected', '0a0a319fdb33f9538'],
    ]);
    expect(voice.found[0]!.time.s).toBe(Date.parse('2020-01-02T12:14:33Z') / 1000);
    const sms = await read(
      fileOf(
        'phone_no_m,opposite_no_m,calltype_id,request_datetime\n22d5,dedd,1,2020-01-02 20:14:33\n22d5,dedd,2,2020-01-02 20:15:33\n',
      ),
      { ready: 'sichuan-sms' },
    );
    expect(sms.found.map((e) => [e.kind, e.msisdn, e.direction, e.outcome])).toEqual([
      ['sms', '22d5', 'originating', 'delivered'],
      ['sms', '22d5', 'terminating', 'delivered'],
    ]);
  });
});
