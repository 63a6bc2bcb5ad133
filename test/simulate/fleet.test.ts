import { expect, test } from 'vitest';
import { zoneOf } from '../../scripts/local-time.ts';
import { Random } from '../../src/base/random.ts';
import { localOffset } from '../../src/features/local-time.ts';
import { Catalogue } from '../../src/simulate/lines/catalogue.ts';

const shown = (showing: number) => new Catalogue(0.5, showing, new Random(1, 'catalogue'));

test('phones of one crate have IMEIs of one type whose serial numbers lie close, also those that show none over SIP', () => {
  for (const [showing, field] of [
    [1, 'imei'],
    [0, 'hidden'],
  ] as const) {
    const catalogue = shown(showing);
    const model = catalogue.model('module');
    const next = catalogue.fleet(model, 1, new Random(2, 'crate'));
    const devices = Array.from({ length: 20 }, next);
    const imeis = devices.map((device) => device[field]);
    expect(devices.every(({ imei }) => (imei !== '') === (showing === 1))).toBe(true);
    expect(new Set(imeis).size).toBe(20);
    expect(new Set(imeis.map((imei) => imei.slice(0, 8))).size).toBe(1);
    expect(model.tacs).toContain(imeis[0]!.slice(0, 8));
    const serials = imeis.map((imei) => Number(imei.slice(8)));
    const steps = serials.slice(1).map((serial, at) => serial - serials[at]!);
    expect(steps.every((step) => step >= 1 && step <= 40)).toBe(true);
  }
});

test('those that are bought one by one do not', () => {
  const catalogue = shown(1);
  const next = catalogue.fleet(catalogue.model('handset'), 0, new Random(2, 'crate'));
  const serials = Array.from({ length: 20 }, () => Number(next().imei.slice(8))).sort((a, b) => a - b);
  expect(serials.at(-1)! - serials[0]!).toBeGreaterThan(40 * 20);
});

test.each([
  ['+08:00', 8],
  ['+05:30', 5.5],
  ['-03:00', -3],
  ['+00:00', 0],
])('an offset of %s is a time zone of so many hours', (offset, hours) => {
  expect(localOffset(zoneOf(offset))(1_700_000_000)).toBe(3600 * hours);
});
