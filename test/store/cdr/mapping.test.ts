import { expect, test } from 'vitest';
import { parseMapping } from '../../../src/store/cdr/mapping.ts';
import { READY, readMapping } from '../../../src/store/cdr/mappings/ready.ts';
import { simpleMapping } from '../../support/cdr.ts';

test('the ready mappings are mappings', () => {
  expect(Object.keys(READY)).toEqual(['msc', 'asterisk', 'sichuan-voice', 'sichuan-sms']);
  for (const name of Object.keys(READY)) expect(readMapping(name).describe).not.toBe('');
});

test('a mapping that is not there is told with the ready ones', () => {
  expect(() => readMapping('nowhere.yaml')).toThrow(
    'nowhere.yaml: no such file or folder; ready mappings: msc, asterisk, sichuan-voice, sichuan-sms',
  );
});

/** What a wrong mapping says, one line that begins with the file. */
test.each([
  ['not YAML', 'a: [', /^own\.yaml: not YAML: .+/],
  ['nothing', '', /^own\.yaml: /],
  ['no schema', simpleMapping().replace('schema: catpool.cdr-mapping/1', ''), /^own\.yaml: schema: expected catpool/],
  [
    'an unknown interface',
    simpleMapping().replace('bssap', 'gsm'),
    /^own\.yaml: interface: expected one of sip, isup, cap, map, bssap, ranap$/,
  ],
  [
    'an unknown time zone',
    simpleMapping().replace('Asia/Shanghai', 'Asia/Shangri-La'),
    /^own\.yaml: time_zone: expected a time zone, for instance Europe\/Rome or \+08:00$/,
  ],
  [
    'an unknown unit',
    simpleMapping().replace('duration: talked', 'duration: { column: talked, unit: h }'),
    /^own\.yaml: columns\.duration\.unit: expected one of s, ms, min, hh:mm:ss$/,
  ],
  [
    'a format that is none',
    simpleMapping().replace('yyyy-MM-dd HH:mm:ss', 'date'),
    /^own\.yaml: columns\.time\.format: expected iso, epoch_s, .+, or a pattern of yyyy MM dd HH mm ss S Z$/,
  ],
  [
    'a column that is a number',
    simpleMapping().replace('line: line', 'line: 3'),
    /^own\.yaml: columns\.line: expected a column, or an object with the key column$/,
  ],
  [
    'an unknown field',
    simpleMapping({ columns: '  colour: colour' }),
    /^own\.yaml: columns: Unrecognized key: "colour"$/,
  ],
  [
    'a code that stands for nothing known',
    simpleMapping({ columns: '  outcome: { column: o, values: { A: answerd } }' }),
    /^own\.yaml: columns\.outcome\.values\.A: expected one of answered, busy, /,
  ],
  [
    'an encoding that is none',
    simpleMapping({ file: 'encoding: utf-9' }),
    /^own\.yaml: file\.encoding: expected the name of an encoding, for instance utf-8/,
  ],
  [
    'a quote of two characters',
    simpleMapping({ file: `quote: "''"` }),
    /^own\.yaml: file\.quote: expected one character, or null for none$/,
  ],
  [
    'a kind that is none',
    simpleMapping().replace('kind: leg, direction: originating', 'kind: call, direction: originating'),
    /^own\.yaml: records: types\.out\.kind: expected one of leg, sms, presence, device$/,
  ],
  [
    'a call without direction',
    simpleMapping().replace(', direction: terminating', ''),
    /^own\.yaml: records\.types\.in\.direction: expected one of originating, terminating$/,
  ],
  [
    'no line',
    simpleMapping().replace('line: line', ''),
    /^own\.yaml: columns\.line: expected the column of the subscriber/,
  ],
  [
    'no time',
    simpleMapping().replace(/ {2}time: .*/, ''),
    /^own\.yaml: columns\.time: expected the column of the time/,
  ],
])('%s is one line that names the key and what was expected', (_name, yaml, message) => {
  let said = '';
  try {
    parseMapping(yaml, 'own.yaml');
  } catch (error) {
    said = (error as Error).message;
    expect((error as Error).name).toBe('UserError');
  }
  expect(said).toMatch(message);
  expect(said).not.toContain('\n');
});
