import { useState } from 'react';
import type { Reply } from '../../server/api.ts';
import { ask } from '../client.ts';
import { Deed, detailText } from '../parts/deed.tsx';
import { FailureBox, Field, Head, TableBox, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { change, usePlace } from '../router.tsx';
import { useSpeech } from '../words/words.tsx';
import { More } from './more.tsx';
import { usePages } from './use-pages.ts';

const FILTERS = ['actor', 'action', 'subject'] as const;

/** The log of every change, and whether its chain holds. */
export function AuditList() {
  const { t, format, said } = useSpeech();
  const { query } = usePlace();
  const filter = Object.fromEntries(FILTERS.flatMap((key) => (query.get(key) ? [[key, query.get(key)!]] : [])));
  const pages = usePages('audit', filter);
  const [check, setCheck] = useState<Reply<'auditCheck'> | null>(null);
  const work = useWork();
  const names = { actor: t.lists.byPerson, action: t.lists.byAction, subject: t.fields.subject };
  return (
    <>
      <search className="bar">
        {FILTERS.map((key) => (
          <Field key={key} label={names[key]}>
            <input
              defaultValue={query.get(key) ?? ''}
              onBlur={({ target }) => change({ [key]: target.value }, true)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') change({ [key]: event.currentTarget.value }, true);
              }}
            />
          </Field>
        ))}
        <button
          type="button"
          disabled={work.busy}
          onClick={() => void work.run(async () => setCheck(await ask('auditCheck', {})))}
        >
          {t.lists.auditCheck}
        </button>
      </search>
      {check !== null && (
        <p role="status" className={check.broken === null ? 'well' : 'failure'}>
          {check.broken === null
            ? `✓ ${t.lists.auditWell(check.rows)}`
            : `✕ ${t.lists.auditBroken(check.broken.seq, said(check.broken.why))}`}
        </p>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <Waiting answer={pages.answer} />
      <TableBox label={t.lists.tabs.audit} tall>
        <Head columns={['#', t.fields.at, t.fields.person, t.fields.action, t.fields.subject, t.fields.detail]} />
        <tbody>
          {pages.items.map((row) => (
            <tr key={row.seq}>
              <td className="number">{row.seq}</td>
              <td>{format.moment(row.at)}</td>
              <td>
                <bdi>{row.actor}</bdi>
              </td>
              <td>
                <Deed action={row.action} />
              </td>
              <td className="subject" title={row.subject}>
                <bdi>{row.subject}</bdi>
              </td>
              <td className="wide">
                <bdi>{detailText(row.detail, t, format)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </TableBox>
      <More pages={pages} />
    </>
  );
}
