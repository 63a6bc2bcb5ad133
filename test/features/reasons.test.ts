import { describe, expect, test } from 'vitest';
import { percent } from '../../src/features/families/say.ts';
import { feature, historyOf, registration } from './lines.ts';

const history = historyOf([registration(0, { imei: '35824005123456', mcc: '460', mnc: '00', lac: 6151, cell: 'A' })]);
const said = (name: string, value: number) => feature(name).reason.en(value, history);

test('a share of nearly none or nearly all is said as that', () => {
  expect([0, 1 / 3000, 0.004, 0.3, 249 / 250, 1].map(percent)).toEqual([
    '0 %',
    '< 0.1 %',
    '0.4 %',
    '30 %',
    '99.6 %',
    '100 %',
  ]);
});

describe('a reason says one of one', () => {
  const reasons: [string, string, string][] = [
    ['imei_entropy', '1 IMEI used in turn (1 bit)', '1 IMEI used in turn (2 bits)'],
    [
      'imei_changes_per_registration',
      '1 change of IMEI for each registration',
      '2 changes of IMEI for each registration',
    ],
    ['authentications_per_call', '1 authentication for each call', '2 authentications for each call'],
    ['cell_entropy', 'moves between 1 cell (1 bit)', 'moves between 1 cell (2 bits)'],
    [
      'outgoing_lines_in_top_cell',
      '1 other line in cell 460-00-6151-A that only calls out',
      '2 other lines in cell 460-00-6151-A that only call out',
    ],
    [
      'outgoing_per_active_hour',
      '1 outgoing call in each hour it was active',
      '2 outgoing calls in each hour it was active',
    ],
    ['talk_entropy', 'talk times spread with 1 bit', 'talk times spread with 2 bits'],
    [
      'release_cause_entropy',
      'its calls end in ways that spread with 1 bit',
      'its calls end in ways that spread with 2 bits',
    ],
    [
      'prefix_entropy',
      'called numbers spread over prefixes with 1 bit',
      'called numbers spread over prefixes with 2 bits',
    ],
    ['outgoing_sms_per_hour', 'sends 1 short message an hour', 'sends 2 short messages an hour'],
    ['incoming_sms_per_hour', 'receives 1 short message an hour', 'receives 2 short messages an hour'],
    ['sms_per_number', '1 short message to each number', '2 short messages to each number'],
    ['handovers_per_call_minute', '1 handover a minute of talk', '2 handovers a minute of talk'],
    ['attaches_per_hour', 'switched on 1 time an hour', 'switched on 2 times an hour'],
    ['ussd_per_hour', '1 USSD request an hour', '2 USSD requests an hour'],
    [
      'decimal_identifiers',
      '1 of its 3 identifiers is a plain decimal number',
      '2 of its 3 identifiers are plain decimal numbers',
    ],
  ];
  for (const [name, one, two] of reasons)
    test(name, () => {
      expect(said(name, 1)).toBe(one);
      expect(said(name, 2)).toBe(two);
    });

  test('also of what is 1 as it is written', () => {
    expect(said('called_numbers_per_hour', 1.004)).toBe('1 different number called an hour');
    expect(said('called_numbers_per_hour', 1.006)).toBe('1.01 different numbers called an hour');
  });
});

test('a cell whose lines became fewer did not grow', () => {
  // log2 of a half.
  expect(said('cell_growth', -1)).toBe('about 0.5 times as many lines in cell 460-00-6151-A in the later half');
});
