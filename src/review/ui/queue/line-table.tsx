import { useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { go } from '../router.tsx';
import { useSpeech } from '../words/words.tsx';
import { COLUMNS, type ColumnKey, columnsOf, FEATURES } from './columns.tsx';
import type { Lines } from './use-lines.ts';

/** Height of a row before it is measured: on narrow screens it is more. */
const ROW = 42;
const PAGE_STEP = 15;
/** What takes keys itself, wherever it stands, and what is pressed by Enter and space. */
const TAKES_KEYS = 'input:not([type="checkbox"]), textarea, select, dialog, .menu, .detail';
const PRESSED = 'a, button, input';

/** Lines chosen, by id. */
export type Selection = Record<string, true>;

/** The lines, as many rows of them as the window shows. */
export function LineTable({
  lines,
  shown,
  current,
  onCurrent,
  selection,
  onSelection,
}: {
  lines: Lines;
  shown: readonly ColumnKey[];
  current: number | null;
  onCurrent: (line: number) => void;
  selection: Selection;
  onSelection: (selection: Selection) => void;
}) {
  const { t, language, format } = useSpeech();
  const { items, more } = lines;
  const columns = useMemo(() => columnsOf(t, language, format), [t, language, format]);
  const columnVisibility = useMemo(() => Object.fromEntries(COLUMNS.map((key) => [key, shown.includes(key)])), [shown]);
  const table = useTable({
    features: FEATURES,
    columns,
    data: items,
    getRowId: ({ id }) => String(id),
    state: { columnVisibility, rowSelection: selection },
    onRowSelectionChange: (next) => onSelection(typeof next === 'function' ? next(selection) : next),
  });
  const { rows } = table.getRowModel();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const visible = virtual.getVirtualItems();
  const lastVisible = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastVisible >= rows.length - 30) more();
  });

  const at = items.findIndex(({ id }) => id === current);
  const moveTo = (index: number) => {
    const line = items[Math.max(0, Math.min(items.length - 1, index))];
    if (line === undefined) return;
    onCurrent(line.id);
    virtual.scrollToIndex(items.indexOf(line));
  };
  // Keys of the whole page: whoever comes here need not look for the list first.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (!(target instanceof HTMLElement) || target.closest(TAKES_KEYS) !== null) return;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps: Readonly<Record<string, number>> = {
        ArrowDown: at + 1,
        ArrowUp: at - 1,
        PageDown: at + PAGE_STEP,
        PageUp: at - PAGE_STEP,
        Home: 0,
        End: items.length - 1,
      };
      const step = steps[key];
      const line = items[at];
      if (step !== undefined) moveTo(step);
      else if (target.closest(PRESSED) !== null || line === undefined) return;
      else if (key === 'Enter') go(`/lines/${line.id}`);
      else if (key === ' ') rows[at]?.toggleSelected();
      else return;
      event.preventDefault();
      // A box of a row keeps the focus; else the list takes it, so that readers of the screen hear where one is.
      if (box.current?.contains(target) === false) box.current.focus({ preventScroll: true });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });

  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list scrolls by itself and takes the arrow keys
    <div
      ref={box}
      className="lines"
      role="group"
      aria-label={t.queue.title}
      aria-describedby="queue-keys"
      aria-activedescendant={at >= 0 ? `line-${current}` : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
    >
      <table aria-rowcount={lines.count?.value ?? -1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              <th scope="col" className="col-select">
                <input
                  type="checkbox"
                  aria-label={t.queue.selectAll}
                  checked={rows.length > 0 && table.getIsAllRowsSelected()}
                  onChange={table.getToggleAllRowsSelectedHandler()}
                />
              </th>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={`col-${header.id}`}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          <Spacer height={before} />
          {visible.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const line = row.original;
            return (
              <tr
                key={row.id}
                ref={virtual.measureElement}
                data-index={index}
                id={`line-${line.id}`}
                aria-rowindex={index + 2}
                data-current={line.id === current || undefined}
                aria-selected={selection[row.id] === true}
                onClick={() => onCurrent(line.id)}
                onDoubleClick={() => go(`/lines/${line.id}`)}
              >
                <td className="col-select">
                  <input
                    type="checkbox"
                    aria-label={t.queue.selectLine(line.line)}
                    checked={selection[row.id] === true}
                    onChange={row.getToggleSelectedHandler()}
                  />
                </td>
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} className={`col-${cell.column.id}`}>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={after} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className="spacer">
      <td style={{ height }} />
    </tr>
  );
}
