import { readTime } from '../../base/time.ts';
import { readCsv } from './csv.ts';

/** One line that the operator answers for. */
export interface Allowance {
  owner: string;
  reason: string;
  /** Last day, as the file has it: 2026-12-31. */
  until: string;
}

const LINE = /^\+?\d{3,15}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SECONDS_A_DAY = 86_400;

/** Lines that nothing marks for a time: call centres, probes, licensed gateways, emergency services. */
export class AllowList {
  private readonly lines = new Map<string, Allowance & { end: number }>();

  /** @param end seconds since the epoch at which it ends @returns false where the line is listed already */
  add(line: string, allowance: Allowance, end: number): boolean {
    if (this.lines.has(line)) return false;
    this.lines.set(line, { ...allowance, end });
    return true;
  }

  /**
   * Who answers for a line; null where nobody does, or no longer.
   *
   * @param names all that it is called: number, IMSI
   * @param time seconds since the epoch
   */
  of(names: readonly (string | null)[], time: number): Allowance | null {
    for (const name of names) {
      const found = name === null ? undefined : this.lines.get(name);
      if (found !== undefined && time <= found.end) return found;
    }
    return null;
  }
}

/**
 * Reads an allow list: CSV with the columns line (MSISDN, also as dialled at home, or IMSI), owner, reason, and until, the last day (UTC)
 * that it holds for. Nobody is listed without an owner, a reason and an end.
 *
 * @param nameOf number or IMSI of a line -> what events call it
 * @throws UserError naming file, row and column
 */
export async function readAllowList(path: string, nameOf: (number: string) => string): Promise<AllowList> {
  const list = new AllowList();
  await readCsv(path, '--allowed', ['line', 'owner', 'reason', 'until'], [], (row) => {
    const line = row.text('line');
    if (!LINE.test(line)) throw row.wrong('line', 'an MSISDN or IMSI in digits');
    for (const column of ['owner', 'reason']) if (row.text(column) === '') throw row.wrong(column, 'some words');
    const until = row.text('until');
    const day = DAY.test(until) ? readTime(until) : 'no day';
    if (typeof day === 'string') throw row.wrong('until', 'a day such as 2026-12-31');
    const allowance = { owner: row.text('owner'), reason: row.text('reason'), until };
    if (!list.add(nameOf(line), allowance, day + SECONDS_A_DAY)) throw row.wrong('line', 'each line once');
  });
  return list;
}
