import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/features/catalogue.ts';
import { CROWD } from '../../../src/features/population.ts';
import { basisOf } from '../../../src/scan/judge/basis.ts';

const vectorOf = (values: Record<string, number>): Float64Array =>
  Float64Array.from(CATALOGUE, ({ name }) => values[name] ?? Number.NaN);

describe('what a verdict rests on', () => {
  it.each([
    ['calls alone', 'calls', { outgoing_per_hour: 4 }],
    ['a registration', 'sip', { outgoing_per_hour: 4, registration_expires: 3600 }],
    ['a registration that tells the IMEI', 'sip_imei', { registration_expires: 3600, lines_per_imei: 1 }],
    ['an address of few', 'sip', { outgoing_per_hour: 4, lines_per_endpoint: 8 }],
    [
      'the address of a switch, where nobody registers',
      'calls',
      { outgoing_per_hour: 4, lines_per_endpoint: CROWD.least + 1 },
    ],
    [
      'what a switch writes for very many',
      'trunk',
      { outgoing_per_hour: 4, lines_per_endpoint: 900, lines_per_sdp_fingerprint: 900 },
    ],
    ['cells', 'cells', { outgoing_per_hour: 4, cells: 2 }],
    ['cells and the IMEI', 'radio', { outgoing_per_hour: 4, cells: 2, lines_per_imei: 1 }],
    ['messages besides calls', 'cells', { outgoing_per_hour: 1, outgoing_sms_per_hour: 4, cells: 2 }],
    ['messages and hardly a call', 'texts', { outgoing_per_hour: 1, outgoing_sms_per_hour: 4.1, cells: 2 }],
    [
      'messages alone, in a registered device',
      'texts',
      { outgoing_per_hour: 0, outgoing_sms_per_hour: 0.1, registration_expires: 3600 },
    ],
    ['neither', 'cells', { outgoing_per_hour: 0, outgoing_sms_per_hour: 0, cells: 1 }],
  ])('%s: %s', (_, basis, values) => {
    expect(basisOf(vectorOf(values))).toBe(basis);
  });
});
