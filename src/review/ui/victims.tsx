import { useEffect, useState } from 'react';
import type { Reply } from '../server/api.ts';
import { ask } from './client.ts';
import { Download } from './parts/download.tsx';
import { Dialog, FailureBox, Field, Head, Nothing, TableBox, TierBadge, Waiting } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { change, Link, usePlace } from './router.tsx';
import { useMay } from './session.ts';
import { useReply } from './use-reply.ts';
import { useSpeech } from './words/words.tsx';

type Victim = Reply<'victims'>['items'][number];

/** Whether somebody talks now is asked again after this long, ms. */
const TALKING_MS = 60_000;

/** People whom suspects talk to, to be warned: the most urgent first. */
export function VictimsPage() {
  const { t, format } = useSpeech();
  const { query } = usePlace();
  const isOpenOnly = query.get('warned') === 'no';
  const answer = useReply(
    'victims',
    { query: isOpenOnly ? { warned: 'no', limit: 500 } : { limit: 500 } },
    ({ kind }) => kind === 'run',
  );
  const mayExport = useMay('approver');
  const [warning, setWarning] = useState<Victim | null>(null);
  const sending = useWork();
  const [sent, setSent] = useState<number | null>(null);
  const { data, again } = answer;
  const isTalking = data?.items.some(({ now }) => now) === true;
  useEffect(() => {
    if (!isTalking) return;
    const timer = setTimeout(again, TALKING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.victims.title}</h1>
        <div className="buttons">
          <label>
            <input
              type="checkbox"
              checked={isOpenOnly}
              onChange={({ target }) => change({ warned: target.checked ? 'no' : null })}
            />{' '}
            {t.victims.onlyOpen}
          </label>
          {mayExport && data?.receiver === true && (
            <button
              type="button"
              disabled={sending.busy}
              onClick={() => void sending.run(async () => setSent((await ask('victimsSend', {})).victims))}
            >
              {t.victims.send}
            </button>
          )}
          {mayExport && (
            <Download name="victimsExport" given={{ query: { format: 'csv' } }}>
              {t.victims.export}
            </Download>
          )}
        </div>
      </header>
      <p className="hint">{t.victims.hint}</p>
      {sent !== null && (
        <p className="notice" role="status">
          {t.victims.sent(sent)}
        </p>
      )}
      {sending.failure !== null && <FailureBox failure={sending.failure} />}
      <Waiting answer={answer} />
      {data?.items.length === 0 && <Nothing>{data.run === null ? t.overview.noRun : t.victims.empty}</Nothing>}
      {data !== null && data.items.length > 0 && (
        <TableBox label={t.victims.title} tall>
          <Head
            columns={[
              t.fields.number,
              t.fields.calls,
              t.fields.talk,
              t.fields.last,
              t.victims.suspects,
              t.victims.warned,
            ]}
          />
          <tbody>
            {data.items.map((victim) => (
              <tr key={victim.id}>
                <td>
                  <bdi>{victim.number}</bdi>
                  {victim.now && <small className="tag urgent">⚠ {t.victims.now}</small>}
                </td>
                <td className="number">{format.number(victim.calls)}</td>
                <td className="number">{format.duration(victim.talk_s)}</td>
                <td className="soft">{format.time(victim.last * 1000)}</td>
                <td className="wide">
                  {victim.lines.slice(0, 3).map((line) => (
                    <span key={line.id} className="pair">
                      <Link to={`/lines/${line.id}?tab=calls`}>
                        <bdi>{line.line}</bdi>
                      </Link>{' '}
                      <TierBadge tier={line.tier} />
                    </span>
                  ))}
                  {victim.lines.length > 3 && ` +${victim.lines.length - 3}`}
                </td>
                <td>
                  {victim.warned === null ? (
                    <button type="button" onClick={() => setWarning(victim)}>
                      {t.victims.record}
                    </button>
                  ) : (
                    <>
                      ✓ {t.victims.warnedBy(victim.warned.person, format.time(victim.warned.at))}{' '}
                      <bdi>{victim.warned.note}</bdi>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
      {warning !== null && (
        <WarnDialog
          victim={warning}
          onClose={() => setWarning(null)}
          onDone={() => {
            setWarning(null);
            again();
          }}
        />
      )}
    </>
  );
}

function WarnDialog({ victim, onClose, onDone }: { victim: Victim; onClose: () => void; onDone: () => void }) {
  const { t } = useSpeech();
  const [note, setNote] = useState('');
  const work = useWork();
  const submit = async () => {
    const isDone = await work.run(async () => {
      await ask('warned', { params: { victim: victim.id }, body: { note } });
    });
    if (isDone) onDone();
  };
  return (
    <Dialog title={`${t.victims.record}: ${victim.number}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label={t.victims.note}>
          <textarea rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {work.failure !== null && <FailureBox failure={work.failure} />}
        <div className="buttons">
          <button type="submit" className="primary" disabled={work.busy}>
            {t.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
