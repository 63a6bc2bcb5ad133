import { Cases, type Doer } from '../../src/store/cases/cases.ts';
import { openDatabase } from '../../src/store/cases/database.ts';

/** Suspends one line after the other, and says so when each is done, until it is killed. Argument: folder of a desk. */
const database = await openDatabase(process.argv[2]!, Date.now);
const cases = new Cases(database);
const doer = (name: string): Doer => ({ id: null, name, actor: name, role: 'approver' });
for (const { id } of database.all<{ id: number }>('SELECT id FROM lines WHERE case_id IS NULL ORDER BY id')) {
  const row = cases.openLine(doer('ann'), id);
  const proposed = cases.act(doer('ann'), row.id, { action: 'suspend', version: 1, reason: 'simbox', comment: '' });
  const { id: decision } = database.get<{ id: number }>('SELECT max(id) AS id FROM decisions')!;
  cases.answer(doer('ben'), row.id, decision, 'approve', proposed.version, '');
  process.stdout.write(`${row.id}\n`);
}
