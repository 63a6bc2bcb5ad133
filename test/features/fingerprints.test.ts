import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { FINGERPRINT_TABLE } from '../../src/features/fingerprint-table.ts';
import { Fingerprints } from '../../src/features/fingerprints.ts';
import { historyOf, measured, registration } from './lines.ts';

const agent = (user_agent: string) => historyOf([registration(0, { user_agent })]);
const device = (fingerprints: Fingerprints, user_agent: string) => fingerprints.matches(agent(user_agent))[0]?.device;

describe('fingerprints', () => {
  test('hearsay is off unless asked for', () => {
    expect(device(new Fingerprints([FINGERPRINT_TABLE]), 'Dinstar UC2000')).toBeUndefined();
    expect(device(new Fingerprints([FINGERPRINT_TABLE], true), 'Dinstar UC2000')).toBe('dinstar');
  });

  test('compare without regard to case: whole, beginning, part', () => {
    const known = new Fingerprints([FINGERPRINT_TABLE]);
    expect(device(known, 'DBLE')).toBe('DBL / Hybertone GoIP');
    expect(device(known, 'dble2')).toBeUndefined();
    expect(device(known, 'hg4000/3.1')).toBe('Hypermedia HG');
    expect(device(known, 'not hg4000/3.1')).toBeUndefined();
    expect(device(known, 'FPBX (Asterisk 16)')).toBe('Asterisk, perhaps with dongles');
  });

  test('a table of the user adds to them, on each kind of evidence', () => {
    const table = Fingerprints.parse(
      JSON.stringify({
        version: 1,
        entries: [
          {
            device: 'mine',
            column: 'id_shape',
            match: 'equals',
            value: 'D9',
            confidence: 'seen',
            weight: 0.5,
            source: 'our laboratory',
          },
          {
            device: 'mine',
            column: 'sdp_fingerprint',
            match: 'equals',
            value: 'f00',
            confidence: 'seen',
            weight: 0.4,
            source: 'our laboratory',
          },
        ],
      }),
      'mine.json',
    );
    const fingerprints = new Fingerprints([FINGERPRINT_TABLE, table]);
    const events = [registration(0, { user_agent: 'dble', id_shape: 'd9', sdp_fingerprint: 'f00' })];
    expect(measured('gateway_fingerprint_kinds', events, { fingerprints })).toBe(3);
    expect(measured('gateway_fingerprint', events, { fingerprints })).toBe(0.8);
  });

  test('every entry names its source', () => {
    for (const entry of FINGERPRINT_TABLE.entries) {
      expect(entry.source).not.toBe('');
      expect(entry.weight).toBeGreaterThan(0);
    }
  });

  test.each([
    ['no JSON', '{', 'mine.json: not JSON'],
    ['no table', '[]', /^mine.json: table: /],
    [
      'a wrong weight',
      '{"version":1,"entries":[{"device":"x","column":"user_agent","match":"equals","value":"x","confidence":"seen","weight":2,"source":"x"}]}',
      /^mine.json: entries\.0\.weight: /,
    ],
    ['an unknown key', '{"version":1,"entries":[],"more":1}', /^mine.json: table: /],
  ])('%s is one line that names the file', (_name, text, message) => {
    expect(() => Fingerprints.parse(text, 'mine.json')).toThrow(UserError);
    expect(() => Fingerprints.parse(text, 'mine.json')).toThrow(message);
  });

  test('remembers, and forgets when there is too much to remember', () => {
    const known = new Fingerprints([FINGERPRINT_TABLE]);
    for (let i = 0; i < 20_001; i++) expect(device(known, `dbl ${i}`)).toBeUndefined();
    expect(device(known, 'dble')).toBe('DBL / Hybertone GoIP');
  });
});
