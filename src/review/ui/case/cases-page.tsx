import { useState } from 'react';
import type { CaseRow, QueryGiven } from '../../server/api.ts';
import { ask } from '../client.ts';
import type { State } from '../kinds.ts';
import { Choice, FailureBox, Head, Nothing, TableBox, TierBadge, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { change, go, Link, usePlace } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

const SORTS = ['updated', 'opened', 'due', 'score'] as const;

/** Cases, a page at a time; which stands in the address. */
export function CasesPage() {
  const { t } = useSpeech();
  const { query } = usePlace();
  const sort = SORTS.find((key) => key === query.get('sort')) ?? 'updated';
  const state = query.get('state') ?? '';
  const assignee = query.get('assignee') ?? '';
  const isMine = query.get('pending') === 'mine';
  const isOverdue = query.get('overdue') === 'yes';
  const given: QueryGiven<'cases'> = {
    sort,
    ...(state === '' ? {} : { state }),
    ...(assignee === '' ? {} : { assignee }),
    ...(isMine ? { pending: 'mine' as const } : {}),
    ...(isOverdue ? { overdue: 'yes' as const } : {}),
  };
  const answer = useReply('cases', { query: given }, ({ kind }) => kind === 'case');
  const { data } = answer;
  const counts = new Map(data?.counts.map((one) => [one.state, one.cases]));
  return (
    <>
      <header className="page-head">
        <h1>{t.cases.title}</h1>
      </header>
      <search className="bar">
        <Choice
          label={t.cases.filter}
          value={state}
          options={[
            ['', t.all] as const,
            ...(Object.keys(t.states) as State[]).map(
              (key) => [key, `${t.states[key]} (${counts.get(key) ?? 0})`] as const,
            ),
          ]}
          onChoose={(next) => change({ state: next })}
        />
        <Choice
          label={t.cases.assignee}
          value={assignee}
          options={[['', t.all] as const, ['me', t.cases.me] as const, ['none', t.cases.nobody] as const]}
          onChoose={(next) => change({ assignee: next })}
        />
        <Choice
          label={t.cases.sort}
          value={sort}
          options={SORTS.map((key) => [key, t.cases.sorts[key]] as const)}
          onChoose={(next) => change({ sort: next === 'updated' ? null : next })}
        />
        <label>
          <input
            type="checkbox"
            checked={isMine}
            onChange={({ target }) => change({ pending: target.checked ? 'mine' : null })}
          />{' '}
          {t.cases.mine}
        </label>
        <label>
          <input
            type="checkbox"
            checked={isOverdue}
            onChange={({ target }) => change({ overdue: target.checked ? 'yes' : null })}
          />{' '}
          {t.cases.overdue}
        </label>
      </search>
      <Waiting answer={answer} />
      {data !== null && <Pages key={JSON.stringify(given)} given={given} first={data.items} next={data.next} />}
    </>
  );
}

function Pages({
  given,
  first,
  next: second,
}: {
  given: QueryGiven<'cases'>;
  first: readonly CaseRow[];
  next: string | null;
}) {
  const { t } = useSpeech();
  const [more, setMore] = useState<{ items: readonly CaseRow[]; next: string | null } | null>(null);
  const work = useWork();
  const next = more === null ? second : more.next;
  const items = [...first, ...(more?.items ?? [])];
  if (items.length === 0) return <Nothing>{t.cases.empty}</Nothing>;
  const fetchMore = () =>
    work.run(async () => {
      if (next === null) return;
      const page = await ask('cases', { query: { ...given, cursor: next } });
      setMore((old) => ({ items: [...(old?.items ?? []), ...page.items], next: page.next }));
    });
  return (
    <>
      <CaseTable cases={items} />
      {next !== null && (
        <button type="button" disabled={work.busy} onClick={() => void fetchMore()}>
          {t.more}
        </button>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </>
  );
}

/** Cases as rows; the arrows go from one to the next. */
export function CaseTable({ cases }: { cases: readonly CaseRow[] }) {
  const { t, format } = useSpeech();
  return (
    <TableBox label={t.cases.title}>
      <Head
        columns={[
          t.fields.case,
          t.fields.subject,
          t.fields.state,
          t.fields.measure,
          t.fields.tier,
          t.fields.score,
          t.fields.lines,
          t.fields.clock,
          t.fields.assignee,
          t.fields.opened,
        ]}
      />
      <tbody
        onKeyDown={(event) => {
          const row = event.target instanceof HTMLElement ? event.target.closest('tr') : null;
          const other =
            event.key === 'ArrowDown'
              ? row?.nextElementSibling
              : event.key === 'ArrowUp'
                ? row?.previousElementSibling
                : null;
          const link = other?.querySelector('a');
          if (link === null || link === undefined) return;
          event.preventDefault();
          link.focus();
        }}
      >
        {cases.map((one) => (
          <tr key={one.id} onDoubleClick={() => go(`/cases/${one.id}`)}>
            <td>
              <Link to={`/cases/${one.id}`}>{t.case.title(one.id)}</Link>
            </td>
            <td>
              <bdi>{one.subject}</bdi>
            </td>
            <td className="soft">
              {t.states[one.state]}
              {one.pending !== null && <small className="tag">{t.cases.waits(t.actions[one.pending])}</small>}
            </td>
            <td className="soft">{t.measures[one.measure]}</td>
            <td>
              <TierBadge tier={one.tier} />
            </td>
            <td className="number">{format.score(one.score)}</td>
            <td className="number">{one.lines}</td>
            <td>
              {one.clock !== null && (
                <span className={one.clock.overdue ? 'clock overdue' : 'clock'}>
                  {t.clocks[one.clock.kind]}
                  <br />
                  {format.time(one.clock.due)}
                  {one.clock.overdue && ` ⚠ ${t.overdue}`}
                </span>
              )}
            </td>
            <td>
              <bdi>{one.assignee?.display ?? ''}</bdi>
            </td>
            <td className="soft">{format.time(one.opened)}</td>
          </tr>
        ))}
      </tbody>
    </TableBox>
  );
}
