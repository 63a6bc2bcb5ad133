import { useMemo, useState } from 'react';
import { Choice, Menu, Nothing } from '../parts/parts.tsx';
import { change, usePlace } from '../router.tsx';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import { COLUMNS, type ColumnKey, SHOWN_AT_FIRST } from './columns.tsx';
import { DecideDialog } from './decide.tsx';
import { Detail } from './detail.tsx';
import { LineTable, type Selection } from './line-table.tsx';
import { Facets, QueryBox } from './query-box.tsx';
import { useLines } from './use-lines.ts';
import { Views } from './views.tsx';

const SORTS = ['score', 'last', 'calls', 'line'] as const;
type Sort = (typeof SORTS)[number];

/** Columns that an address asks for, in their order. */
function columnsShown(text: string | null): readonly ColumnKey[] {
  if (text === null) return SHOWN_AT_FIRST;
  const wanted = text.split(',');
  return COLUMNS.filter((key) => key === 'line' || wanted.includes(key));
}

/** The queue of lines: which, in what order, with what columns stands in the address. */
export function QueuePage() {
  const { t } = useSpeech();
  const { query } = usePlace();
  const q = query.get('q') ?? '';
  const sort = SORTS.find((key) => key === query.get('sort')) ?? 'score';
  const columnText = query.get('columns');
  const shown = useMemo(() => columnsShown(columnText), [columnText]);
  const current = query.get('line') === null ? null : Number(query.get('line'));
  const lines = useLines(q, sort);
  const [selection, setSelection] = useState<Selection>({});
  const [isDeciding, setDeciding] = useState(false);
  const mayDecide = useMay('investigator');
  const chosen = Object.keys(selection);
  const names = useMemo(() => new Map(lines.items.map(({ id, line }) => [id, line])), [lines.items]);
  const onQuery = (next: string) => {
    setSelection({});
    change({ q: next, line: null });
  };
  const kept = new URLSearchParams(query);
  kept.delete('line');
  const { count } = lines;
  return (
    <div className="queue">
      <h1 className="unseen">{t.queue.title}</h1>
      <QueryBox query={q} failure={lines.failure} onQuery={onQuery} />
      <div className="bar">
        <span role="status" className="count">
          {count === null
            ? lines.failure === null
              ? t.loading
              : ''
            : count.exact
              ? t.lines(count.value)
              : t.linesAtLeast(count.value)}
        </span>
        <Choice<Sort>
          label={t.queue.sort}
          value={sort}
          options={SORTS.map((key) => [key, t.queue.sorts[key]] as const)}
          onChoose={(next) => change({ sort: next === 'score' ? null : next, line: null })}
        />
        <Menu label={t.queue.facets}>
          <Facets query={q} onQuery={onQuery} />
        </Menu>
        <Menu label={t.queue.columns}>
          <ul className="menu-list">
            {COLUMNS.filter((key) => key !== 'line').map((key) => (
              <li key={key}>
                <label>
                  <input
                    type="checkbox"
                    checked={shown.includes(key)}
                    onChange={({ target }) =>
                      change({
                        columns: COLUMNS.filter((one) => (one === key ? target.checked : shown.includes(one))).join(
                          ',',
                        ),
                      })
                    }
                  />{' '}
                  {t.fields[key]}
                </label>
              </li>
            ))}
          </ul>
        </Menu>
        <Views search={kept.toString()} />
        {chosen.length > 0 && (
          <span className="bulk">
            <strong>{t.queue.selected(chosen.length)}</strong>
            {mayDecide && (
              <button type="button" className="primary" onClick={() => setDeciding(true)}>
                {t.queue.decide}
              </button>
            )}
            <button type="button" onClick={() => setSelection({})}>
              {t.queue.clear}
            </button>
          </span>
        )}
      </div>
      <div className="split">
        <div className="split-list">
          {lines.items.length > 0 ? (
            <LineTable
              lines={lines}
              shown={shown}
              current={current}
              onCurrent={(line) => change({ line: String(line) }, true)}
              selection={selection}
              onSelection={setSelection}
            />
          ) : (
            !lines.busy && lines.failure === null && <Nothing>{q === '' ? t.queue.emptyStore : t.queue.empty}</Nothing>
          )}
          <small id="queue-keys" className="hint">
            {current === null && `${t.queue.choose} `}
            {t.queue.keys}
          </small>
        </div>
        {current !== null && (
          <aside aria-label={t.queue.detail} className="detail">
            <button type="button" className="plain" aria-label={t.close} onClick={() => change({ line: null }, true)}>
              ×
            </button>
            <Detail key={current} line={current} />
          </aside>
        )}
      </div>
      {isDeciding && (
        <DecideDialog
          targets={chosen.map((id) => ({ line: Number(id) }))}
          names={names}
          onClose={() => setDeciding(false)}
          onDone={() => {
            setSelection({});
            lines.again();
          }}
        />
      )}
    </div>
  );
}
