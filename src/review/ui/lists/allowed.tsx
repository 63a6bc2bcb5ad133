import { useState } from 'react';
import { ask } from '../client.ts';
import { DateField } from '../parts/date-field.tsx';
import { endOf } from '../parts/dates.ts';
import { FailureBox, Field, Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

const EMPTY = { number: '', owner: '', reason: '' };

export function AllowedList() {
  const { t, format } = useSpeech();
  const answer = useReply('allowed', {});
  const mayChange = useMay('approver');
  const [form, setForm] = useState(EMPTY);
  const [until, setUntil] = useState<Date | null>(null);
  const work = useWork();
  const { data, put } = answer;
  const add = () =>
    work.run(async () => {
      if (until === null) return;
      put(await ask('allow', { body: { ...form, until: endOf(until).getTime() } }));
      setForm(EMPTY);
      setUntil(null);
    });
  const text = (key: keyof typeof EMPTY, label: string) => (
    <Field label={label}>
      <input required value={form[key]} onChange={({ target }) => setForm({ ...form, [key]: target.value })} />
    </Field>
  );
  return (
    <>
      <p className="hint">{t.lists.allowHint}</p>
      {mayChange && (
        <Panel title={t.lists.addAllowed}>
          <form
            className="bar"
            onSubmit={(event) => {
              event.preventDefault();
              void add();
            }}
          >
            {text('number', t.fields.number)}
            {text('owner', t.fields.owner)}
            {text('reason', t.fields.reason)}
            <DateField label={t.lists.endDate} value={until} required onTime={setUntil} />
            <button type="submit" className="primary" disabled={work.busy}>
              {t.add}
            </button>
          </form>
        </Panel>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <Waiting answer={answer} />
      {data?.items.length === 0 && <Nothing>{t.nothing}</Nothing>}
      {data !== null && data.items.length > 0 && (
        <TableBox label={t.lists.tabs.allowed} tall>
          <Head
            columns={[
              t.fields.number,
              t.fields.owner,
              t.fields.reason,
              t.fields.until,
              t.fields.person,
              t.fields.at,
              t.fields.action,
            ]}
          />
          <tbody>
            {data.items.map((one) => (
              <tr key={one.id}>
                <td>
                  <bdi>{one.number}</bdi>
                </td>
                <td>
                  <bdi>{one.owner}</bdi>
                </td>
                <td className="wide">
                  <bdi>{one.reason}</bdi>
                </td>
                <td>{format.time(one.until)}</td>
                <td>
                  <bdi>{one.person}</bdi>
                </td>
                <td>{format.time(one.created)}</td>
                <td>
                  {one.ended !== null
                    ? `${t.lists.ended}, ${format.time(one.ended)}`
                    : mayChange && (
                        <button
                          type="button"
                          disabled={work.busy}
                          onClick={() =>
                            void work.run(async () => put(await ask('disallow', { params: { allowed: one.id } })))
                          }
                        >
                          {t.lists.takeOff}
                        </button>
                      )}
                </td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </>
  );
}
