import { useState } from 'react';
import { CaseTable } from '../case/cases-page.tsx';
import { DateField } from '../parts/date-field.tsx';
import { Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech, wordOf } from '../words/words.tsx';

/** What was done since a time, by whom, and what waits. */
export function ShiftReport() {
  const { t, format } = useSpeech();
  const [since, setSince] = useState<Date | null>(null);
  const answer = useReply(
    'shift',
    { query: since === null ? {} : { since: since.getTime() } },
    ({ kind }) => kind === 'case',
  );
  const { data } = answer;
  return (
    <>
      <div className="bar">
        <DateField label={t.lists.shiftSince} kind="moment" value={since} onTime={setSince} />
        {data !== null && (
          <span className="hint">
            {format.time(data.since)} – {format.time(data.until)}
          </span>
        )}
      </div>
      <Waiting answer={answer} />
      {data !== null && (
        <>
          {data.by_person.length === 0 ? (
            <Nothing>{t.lists.shiftNothing}</Nothing>
          ) : (
            <TableBox label={t.lists.tabs.shift}>
              <Head columns={[t.fields.person, t.fields.action]} />
              <tbody>
                {data.by_person.map(({ person, actions }) => (
                  <tr key={person}>
                    <td>
                      <bdi>{person}</bdi>
                    </td>
                    <td className="wide">
                      {actions
                        .map(({ action, count }) => `${wordOf(t.deeds, action)} ${format.number(count)}`)
                        .join(' · ')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </TableBox>
          )}
          <Panel title={t.overview.waiting}>
            <ul className="plain-list">
              {data.waiting.map(({ role, what, cases }) => (
                <li key={what}>
                  {t.overview.waits[what]}: {format.number(cases)} ({t.roles[role]})
                </li>
              ))}
            </ul>
          </Panel>
          {data.overdue.length > 0 && (
            <Panel title={t.cases.overdue}>
              <CaseTable cases={data.overdue} />
            </Panel>
          )}
        </>
      )}
    </>
  );
}
