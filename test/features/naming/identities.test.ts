import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { Identities, MOST_AT_ONCE } from '../../../src/features/naming/identities.ts';

describe('identities looked up together', () => {
  test('have the numbers and times that one by one gives, while the table grows', () => {
    const random = new Random(7, 'identities');
    const one = new Identities();
    const many = new Identities();
    for (let batch = 0; batch < 40; batch++) {
      const rows = batch === 0 ? 0 : random.integer(1, MOST_AT_ONCE - 5);
      const from = random.integer(0, 5);
      const column = (most: number) => Int32Array.from({ length: from + rows }, () => random.integer(-1, most));
      const columns = {
        imsi: column(30),
        msisdn: column(20),
        aor: column(batch),
        time: Float64Array.from({ length: from + rows }, () => random.integer(0, 1e6)),
      };
      const asked = Uint8Array.from({ length: rows }, () => random.integer(0, 1));
      const found: number[] = [];
      many.manyNumbers(columns, from, asked, (row, number) => {
        found[row] = number;
      });
      const wanted = Array.from({ length: rows }, (_, row) => {
        const at = from + row;
        return one.number(columns.imsi[at]!, columns.msisdn[at]!, columns.aor[at]!, columns.time[at]!, asked[row]);
      });
      expect(found).toEqual(wanted);
    }
    expect(many.count).toBe(one.count);
    expect(many.count).toBeGreaterThan(5000);
    const told = (identities: Identities) =>
      Array.from({ length: identities.count }, (_, n) => [
        ...[identities.imsi(n), identities.msisdn(n), identities.aor(n), identities.asked(n)],
        ...[identities.first(n), identities.latest(n)],
      ]);
    expect(told(many)).toEqual(told(one));
  });
});
