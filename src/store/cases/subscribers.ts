import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { UserError } from '../../base/errors.ts';
import type { NumberPlan } from '../../base/numbers.ts';
import type { Database } from './database.ts';

const BATCH = 2000;

/**
 * Reads what only the operator knows of his lines: CSV with a header, columns msisdn, imsi, id_hash, activated, product, dealer,
 * brand, all but one of the first two optional. Replaces what was there before.
 *
 * @param plan of the home country: numbers may be as dialled there
 * @returns rows read. @throws UserError naming the file and the row
 */
export async function readSubscribers(database: Database, path: string, plan: NumberPlan): Promise<number> {
  let rows = 0;
  let batch: Record<string, string>[] = [];
  const put = (): void => {
    database.transaction(() => {
      for (const row of batch) {
        const { msisdn = '', imsi = '' } = row;
        for (const number of [msisdn === '' ? '' : plan.named(msisdn), imsi]) {
          if (number === '') continue;
          database.run(
            `INSERT INTO subscribers (number, dealer, product, brand, activated, id_hash) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (number) DO UPDATE SET dealer = excluded.dealer, product = excluded.product, brand = excluded.brand,
               activated = excluded.activated, id_hash = excluded.id_hash`,
            number,
            ...['dealer', 'product', 'brand', 'activated', 'id_hash'].map((name) => row[name] || null),
          );
        }
      }
    });
    batch = [];
  };
  try {
    const source = createReadStream(path).pipe(parse({ columns: true, bom: true, trim: true, skip_empty_lines: true }));
    for await (const row of source as AsyncIterable<Record<string, string>>) {
      rows++;
      if ((row.msisdn ?? '') === '' && (row.imsi ?? '') === '')
        throw new UserError(`row ${rows + 1}: neither msisdn nor imsi`);
      if (batch.push(row) === BATCH) put();
    }
  } catch (error) {
    throw new UserError(`subscribers ${path}: ${(error as Error).message}`);
  }
  put();
  database.run(
    `UPDATE lines SET dealer = s.dealer, product = s.product FROM subscribers s
     WHERE s.number = lines.msisdn OR (s.number = lines.imsi AND lines.msisdn IS NULL)`,
  );
  return rows;
}
