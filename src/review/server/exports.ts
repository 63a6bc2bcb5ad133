import { record } from '../../store/cases/audit.ts';
import type { OrderRow } from '../../store/cases/case-rows.ts';
import type { Database } from '../../store/cases/database.ts';
import { lastLabels, takeOrders } from '../../store/cases/lists.ts';
import { csvText, isoMs } from './csv.ts';

export type ListFormat = 'csv' | 'json';

/** The removal list: orders that are to be carried out, whole numbers. The same order has the same id, however often it is asked for. */
export function removalList(database: Database, actor: string, format: ListFormat): string {
  const orders = takeOrders(database, actor).map(orderContent);
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
    const time = (s: number | null): string => (s === null ? '' : isoMs(s * 1000));
    return csvText(
      ['line', 'from', 'until', 'label', 'gateway', 'difficulty', 'weight', 'person', 'at'],
      labels.map(({ line, from_s, until_s, label, gateway, person, at }) => ({
        line,
        from: time(from_s === null ? null : Math.floor(from_s)),
        until: time(until_s === null ? null : Math.ceil(until_s) + 1),
        label: label === 'confirmed' ? 'gateway' : 'ordinary',
        gateway,
        difficulty: '',
        weight: 1,
        person,
        at: isoMs(at),
      })),
    );
  });
}
