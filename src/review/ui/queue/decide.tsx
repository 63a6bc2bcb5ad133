import { useState } from 'react';
import type { BodyGiven, Reply } from '../../server/api.ts';
import { ask } from '../client.ts';
import type { Action, Level, Reason } from '../kinds.ts';
import { Choice, Dialog, FailureBox, Field } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { useSpeech } from '../words/words.tsx';

type Target = BodyGiven<'bulk'>['targets'][number];

/** Steps that make sense for many lines at once. */
const ACTIONS: readonly Action[] = ['take', 'watch', 'notify', 'restrict', 'suspend', 'close', 'clear', 'restore'];
const MOST = 500;

/** One step for many lines: each by itself, wholly or not at all. */
export function DecideDialog({
  targets: chosen,
  names,
  onClose,
  onDone,
}: {
  targets: readonly Target[];
  /** How each target is called, by id of its line. */
  names: ReadonlyMap<number, string>;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t, said } = useSpeech();
  // Those chosen when the window opened: the choice is taken back once it is done.
  const [targets] = useState(chosen);
  const [action, setAction] = useState<Action>('notify');
  const [reason, setReason] = useState<Reason>('simbox');
  const [level, setLevel] = useState<Level>('shop');
  const [comment, setComment] = useState('');
  const [result, setResult] = useState<Reply<'bulk'> | null>(null);
  const work = useWork();
  const submit = () =>
    work.run(async () => {
      const all: Reply<'bulk'> = { results: [], done: 0, failed: 0 };
      for (let from = 0; from < targets.length; from += MOST) {
        const part = await ask('bulk', {
          body: {
            targets: targets.slice(from, from + MOST),
            action,
            reason,
            comment,
            ...(action === 'restore' ? { level } : {}),
          },
        });
        all.results.push(...part.results);
        all.done += part.done;
        all.failed += part.failed;
      }
      setResult(all);
      onDone();
    });
  return (
    <Dialog title={t.queue.decideTitle(targets.length)} onClose={onClose}>
      {result === null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <p className="hint">{t.queue.eachAlone}</p>
          <Choice
            label={t.fields.action}
            value={action}
            options={ACTIONS.map((key) => [key, t.actions[key]] as const)}
            onChoose={setAction}
          />
          {action === 'restore' && (
            <Choice
              label={t.case.level}
              value={level}
              options={(Object.keys(t.levels) as Level[]).map((key) => [key, t.levels[key]] as const)}
              onChoose={setLevel}
            />
          )}
          <Choice
            label={t.fields.reason}
            value={reason}
            options={(Object.keys(t.reasons) as Reason[]).map((key) => [key, t.reasons[key]] as const)}
            onChoose={setReason}
          />
          <Field label={t.fields.comment}>
            <textarea rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
          </Field>
          {work.failure !== null && <FailureBox failure={work.failure} />}
          <div className="buttons">
            <button type="submit" className="primary" disabled={work.busy}>
              {t.case.confirm(t.actions[action])}
            </button>
            <button type="button" onClick={onClose}>
              {t.cancel}
            </button>
          </div>
        </form>
      ) : (
        <>
          <p role="status">{t.queue.result(result.done, result.failed)}</p>
          <ul className="results">
            {result.results.map(({ target, state, pending, error }) => {
              const id = 'line' in target ? target.line : target.case;
              return (
                <li key={id}>
                  <bdi>{('line' in target ? names.get(id) : undefined) ?? `${t.fields.case} ${id}`}</bdi>:{' '}
                  {error !== null ? `✕ ${said(error.message)}` : state === null ? '' : `✓ ${t.states[state]}`}
                  {pending && ` (${t.queue.pending})`}
                </li>
              );
            })}
          </ul>
          <div className="buttons">
            <button type="button" onClick={onClose}>
              {t.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
