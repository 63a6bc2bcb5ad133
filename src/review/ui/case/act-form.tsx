import { useState } from 'react';
import type { CaseView } from '../../server/api.ts';
import { ask } from '../client.ts';
import { type Action, isAtLeast, type Level, type Reason } from '../kinds.ts';
import { Choice, Field, Nothing, Panel } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useSession } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import type { CaseDesk } from './use-case.ts';

/** Steps that the case and the reader's role allow now. */
export function ActForm({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t } = useSpeech();
  const [wanted, setAction] = useState<Action | null>(null);
  const [reason, setReason] = useState<Reason>('simbox');
  const [wantedLevel, setLevel] = useState<Level | null>(null);
  const [comment, setComment] = useState('');
  // What is ready to be pressed is the mildest step: never one that needs a second person, where there is another.
  const allowed =
    view.actions.find(({ action }) => action === wanted) ??
    view.actions.find(({ approvals }) => approvals === 0) ??
    view.actions[0];
  if (allowed === undefined)
    return view.pending === null ? (
      <Panel title={t.case.act}>
        <Nothing>{t.case.nothingToDo}</Nothing>
      </Panel>
    ) : null;
  const level = allowed.levels.find((one) => one === wantedLevel) ?? allowed.levels[0];
  const submit = async () => {
    const isDone = await desk.run(() =>
      ask('act', {
        params: { case: view.id },
        body: {
          action: allowed.action,
          version: view.version,
          reason,
          comment,
          ...(level === undefined ? {} : { level }),
        },
      }),
    );
    if (isDone) {
      setComment('');
      setAction(null);
    }
  };
  return (
    <Panel title={t.case.act}>
      <form
        className="act"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset className="steps">
          <legend className="unseen">{t.fields.action}</legend>
          {view.actions.map(({ action, approvals }) => (
            <label key={action}>
              <input
                type="radio"
                name="action"
                checked={action === allowed.action}
                onChange={() => setAction(action)}
              />{' '}
              {t.actions[action]}
              {approvals > 0 && <small> ({t.case.needsSecond(approvals)})</small>}
            </label>
          ))}
        </fieldset>
        {level !== undefined && (
          <Choice
            label={t.case.level}
            value={level}
            options={allowed.levels.map((key) => [key, t.levels[key]] as const)}
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
        <button type="submit" className="primary" disabled={desk.busy}>
          {t.case.confirm(t.actions[allowed.action])}
        </button>
      </form>
    </Panel>
  );
}

/** Who else may approve, for whoever may not: nobody, in a desk that has just begun. */
function Others({ user }: { user: string }) {
  const { t } = useSpeech();
  const { data } = useReply('users', {});
  const others = data?.items.filter((one) => one.name !== user && !one.disabled && isAtLeast(one.role, 'approver'));
  if (others?.length !== 0) return <p className="hint">{t.case.yours}</p>;
  return (
    <p className="notice">
      {t.case.nobodyElse} <Link to="/lists/users">{t.lists.tabs.users}</Link>
    </p>
  );
}

/** What waits for a second person, and that person's answer. */
export function Pending({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t } = useSpeech();
  const { user } = useSession();
  const [comment, setComment] = useState('');
  const decision = view.decisions.find(({ state }) => state === 'proposed');
  if (decision === undefined) return null;
  const isOwn = decision.proposer === user.name;
  const answer = async (word: 'approve' | 'reject' | 'withdraw') => {
    const isDone = await desk.run(() =>
      ask('answer', {
        params: { case: view.id, decision: decision.id },
        body: { answer: word, version: view.version, comment },
      }),
    );
    if (isDone) setComment('');
  };
  return (
    <Panel title={t.case.pendingTitle} className="pending">
      <p>
        <strong>{t.case.pendingText(t.actions[decision.action], decision.proposer)}</strong> ·{' '}
        {t.reasons[decision.reason]} ·{' '}
        {t.case.approvals(decision.approvals.filter(({ answer: one }) => one === 'approve').length, decision.needed)}
      </p>
      {decision.comment !== '' && (
        <blockquote>
          <bdi>{decision.comment}</bdi>
        </blockquote>
      )}
      {isOwn && <Others user={user.name} />}
      {!isOwn && !view.may_answer && <p className="hint">{t.case.theirs}</p>}
      {(view.may_answer || isOwn) && (
        <>
          <Field label={t.fields.comment}>
            <textarea rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
          </Field>
          <div className="buttons">
            {view.may_answer && (
              <>
                <button type="button" className="primary" disabled={desk.busy} onClick={() => void answer('approve')}>
                  {t.case.approve}
                </button>
                <button type="button" disabled={desk.busy} onClick={() => void answer('reject')}>
                  {t.case.reject}
                </button>
              </>
            )}
            {isOwn && (
              <button type="button" disabled={desk.busy} onClick={() => void answer('withdraw')}>
                {t.case.withdraw}
              </button>
            )}
          </div>
        </>
      )}
    </Panel>
  );
}
