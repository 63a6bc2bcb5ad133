import { columnVisibilityFeature, createColumnHelper, rowSelectionFeature, tableFeatures } from '@tanstack/react-table';
import type { QueueLine } from '../../server/api.ts';
import type { Format } from '../format.ts';
import { TierBadge } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import type { Words } from '../words/en.ts';

export const FEATURES = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const helper = createColumnHelper<typeof FEATURES, QueueLine>();

/** Columns in their order; those named are shown unless the address says otherwise. */
export const COLUMNS = [
  'line',
  'score',
  'tier',
  'why',
  'gateway',
  'state',
  'calls',
  'last',
  'assignee',
  'cell',
  'userAgent',
  'dealer',
  'product',
  'interfaces',
  'alarms',
  'first',
] as const;
export type ColumnKey = (typeof COLUMNS)[number];
export const SHOWN_AT_FIRST: readonly ColumnKey[] = ['line', 'score', 'tier', 'why', 'gateway', 'state'];

/** How each is headed and filled; the stylesheet knows its width by its key. */
export function columnsOf(t: Words, language: 'en' | 'zh', format: Format) {
  const display = (id: ColumnKey, cell: (line: QueueLine) => React.ReactNode) =>
    helper.display({ id, header: t.fields[id], cell: ({ row }) => cell(row.original) });
  return [
    display('line', ({ id, line, allowed }) => (
      <>
        <Link to={`/lines/${id}`}>
          <bdi>{line}</bdi>
        </Link>
        {allowed && <small className="tag">{t.queue.allowed}</small>}
      </>
    )),
    display('score', ({ score }) => format.score(score)),
    display('tier', ({ tier }) => <TierBadge tier={tier} />),
    display('why', ({ reasons }) => (
      <span className="why">
        {reasons.map((reason) => (language === 'zh' ? reason.text_zh : reason.text)).join(' · ')}
      </span>
    )),
    display('gateway', ({ gateway }) => (gateway === null ? '' : <Link to={`/gateways/${gateway}`}>#{gateway}</Link>)),
    display('state', ({ case: id, state, reviewed }) =>
      id !== null && state !== null ? (
        <Link to={`/cases/${id}`}>{t.states[state]}</Link>
      ) : reviewed ? (
        t.queue.reviewed
      ) : (
        ''
      ),
    ),
    display('calls', ({ calls }) => format.number(calls)),
    display('last', ({ last }) => format.time(last * 1000)),
    display('assignee', ({ assignee }) => <bdi>{assignee?.display ?? ''}</bdi>),
    display('cell', ({ cell }) => cell ?? ''),
    display('userAgent', ({ user_agent }) => <bdi>{user_agent ?? ''}</bdi>),
    display('dealer', ({ dealer }) => <bdi>{dealer ?? ''}</bdi>),
    display('product', ({ product }) => <bdi>{product ?? ''}</bdi>),
    display('interfaces', ({ interfaces }) => interfaces.join(' ')),
    display('alarms', ({ alarms }) => format.number(alarms)),
    display('first', ({ first }) => format.time(first * 1000)),
  ];
}
