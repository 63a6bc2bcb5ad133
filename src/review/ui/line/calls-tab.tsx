import { useState } from 'react';
import type { CallRow, QueryGiven } from '../../server/api.ts';
import { ask } from '../client.ts';
import { Choice, FailureBox, Field, Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { change, Link, usePlace } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech, wordOf } from '../words/words.tsx';
import { useSpanQuery } from './span.ts';

const OUTCOMES = ['answered', 'busy', 'no_answer', 'cancelled', 'rejected', 'failed', 'redirected', 'open'] as const;
const INTERFACES = ['sip', 'isup', 'cap', 'map', 'bssap', 'ranap'] as const;
const FILTERS = ['direction', 'outcome', 'interface', 'counterpart', 'least_talk_s', 'most_talk_s'] as const;

/** Calls of a line, narrowed down by what the address says. */
export function CallsTab({ id, masked }: { id: number; masked: boolean }) {
  const { t } = useSpeech();
  const { query } = usePlace();
  const span = useSpanQuery();
  const filter = Object.fromEntries(FILTERS.flatMap((key) => (query.get(key) ? [[key, query.get(key)]] : [])));
  const given = { ...span, ...filter } as QueryGiven<'calls'>;
  const key = JSON.stringify([given, masked]);
  return (
    <Panel title={t.line.tabs.calls}>
      <Filters />
      <Calls key={key} id={id} given={given} />
    </Panel>
  );
}

function Filters() {
  const { t } = useSpeech();
  const { query } = usePlace();
  const choice = (key: (typeof FILTERS)[number], label: string, options: readonly string[]) => (
    <Choice
      label={label}
      value={query.get(key) ?? ''}
      options={[['', t.all] as const, ...options.map((one) => [one, wordOf(t.values, one)] as const)]}
      onChoose={(value) => change({ [key]: value }, true)}
    />
  );
  const text = (key: (typeof FILTERS)[number], label: string, type: 'text' | 'number') => (
    <Field label={label}>
      <input
        type={type}
        min={0}
        defaultValue={query.get(key) ?? ''}
        onBlur={({ target }) => change({ [key]: target.value }, true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change({ [key]: event.currentTarget.value }, true);
        }}
      />
    </Field>
  );
  return (
    <search className="bar" aria-label={t.line.callFilter}>
      {choice('direction', t.fields.direction, ['out', 'in'])}
      {choice('outcome', t.fields.outcome, OUTCOMES)}
      {choice('interface', t.fields.interface, INTERFACES)}
      {text('counterpart', t.line.beginsWith, 'text')}
      {text('least_talk_s', t.line.leastTalk, 'number')}
      {text('most_talk_s', t.line.mostTalk, 'number')}
    </search>
  );
}

function Calls({ id, given }: { id: number; given: QueryGiven<'calls'> }) {
  const { t, format } = useSpeech();
  const answer = useReply('calls', { params: { line: id }, query: given });
  const [more, setMore] = useState<{ items: readonly CallRow[]; next: string | null } | null>(null);
  const work = useWork();
  const { data } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const items = [...data.items, ...(more?.items ?? [])];
  const next = more === null ? data.next : more.next;
  const fetchMore = () =>
    work.run(async () => {
      if (next === null) return;
      const page = await ask('calls', { params: { line: id }, query: { ...given, cursor: next } });
      setMore((old) => ({ items: [...(old?.items ?? []), ...page.items], next: page.next }));
    });
  if (items.length === 0) return <Nothing>{t.line.noActivity}</Nothing>;
  return (
    <>
      <p role="status" className="hint">
        {t.line.callsShown(items.length, data.total)}
      </p>
      <CallTable id={id} calls={items} label={t.line.tabs.calls} />
      {next !== null && (
        <button type="button" disabled={work.busy} onClick={() => void fetchMore()}>
          {t.more} ({format.number(data.total - items.length)})
        </button>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </>
  );
}

/** Calls as rows; each leads to its messages. */
export function CallTable({ id, calls, label }: { id: number; calls: readonly CallRow[]; label: string }) {
  const { t, format } = useSpeech();
  return (
    <TableBox label={label} tall>
      <Head
        columns={[
          t.fields.time,
          t.fields.direction,
          t.fields.counterpart,
          t.fields.outcome,
          t.fields.talk,
          t.fields.ring,
          t.fields.interface,
          t.fields.cause,
          t.fields.released,
          t.fields.cell,
          t.fields.endpoint,
        ]}
      />
      <tbody>
        {calls.map((call) => (
          <tr key={call.event}>
            <td>
              <Link to={`/lines/${id}/calls/${call.event}`}>{format.moment(call.time * 1000)}</Link>
            </td>
            <td>{call.direction === null ? '' : wordOf(t.values, call.direction)}</td>
            <td>
              <bdi>{call.counterpart ?? ''}</bdi>
            </td>
            <td>{call.outcome === null ? '' : wordOf(t.values, call.outcome)}</td>
            <td className="number">{call.talk_s === null ? '' : format.duration(call.talk_s)}</td>
            <td className="number">{call.ring_ms === null ? '' : format.duration(call.ring_ms / 1000)}</td>
            <td>{call.interface}</td>
            <td className="number">{call.sip_status ?? call.cause ?? ''}</td>
            <td>{call.released_by === null ? '' : wordOf(t.values, call.released_by)}</td>
            <td className="soft">{call.cell ?? ''}</td>
            <td className="soft">{call.endpoint ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </TableBox>
  );
}
