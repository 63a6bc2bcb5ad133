import { record } from '../../store/cases/audit.ts';
import type { OrderRow } from '../../store/cases/case-rows.ts';
import type { Database } from '../../store/cases/database.ts';
import { lastLabels } from '../../store/cases/lists.ts';
import { csvText, isoMs } from './csv.ts';
import { trainingLabel } from './decisions.ts';

export type ListFormat = 'csv' | 'json';

/** The removal list: orders that are to be carried out, whole numbers. The same order has the same id, however often it is asked for. */
export function removalList(rows: readonly OrderRow[], format: ListFormat): string {
  const orders = rows.map(orderContent);
  if (format === 'json') return `${JSON.stringify({ schema: 'catpool.removal/1', orders }, null, 1)}\n`;
  return csvText(
    ['order', 'line', 'imsi', 'action', 'reason', 'approvals', 'time'],
    orders.map((order) => ({ ...order, approvals: order.approvals.join(' ') })),
  );
}

/** An order as provisioning gets it, in a list or by itself. */
export function orderContent({ id, line, imsi, action, reason, approvals, created }: OrderRow) {
  return { order: id, line, imsi, action, reason, approvals: JSON.parse(approvals) as string[], time: isoMs(created) };
}

/** The last word on each line as `catpool train --labels` reads it. */
export function labelsList(database: Database, actor: string): string {
  return database.transaction(() => {
    const labels = lastLabels(database);
    record(database, actor, 'export.labels', 'labels', { labels: labels.length });
    const time = (s: number): string => (Number.isFinite(s) ? isoMs(s * 1000) : '');
    return csvText(
      ['line', 'from', 'until', 'label', 'gateway', 'difficulty', 'weight', 'person', 'at'],
      labels.map((row) => {
        const { from, until, gateway, box, ...label } = trainingLabel(row);
        return {
          ...label,
          from: time(from),
          until: time(until),
          label: gateway ? 'gateway' : 'ordinary',
          gateway: box,
          person: row.person,
          at: isoMs(row.at),
        };
      }),
    );
  });
}
