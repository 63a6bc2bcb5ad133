import type { CaseView } from '../../server/api.ts';
import { ask } from '../client.ts';
import { Choice, Panel } from '../parts/parts.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import type { CaseDesk } from './use-case.ts';

/** Who works on the case. */
export function Assignee({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t } = useSpeech();
  const { data } = useReply('users', {});
  if (data === null) return null;
  const able = data.items.filter(({ disabled, role }) => !disabled && role !== 'viewer');
  const current = able.find(({ name }) => name === view.assignee?.name);
  return (
    <Panel title={t.case.assign}>
      <Choice
        label={t.case.assign}
        value={current === undefined ? '' : String(current.id)}
        options={[['', t.cases.nobody] as const, ...able.map(({ id, display }) => [String(id), display] as const)]}
        onChoose={(user) =>
          void desk.run(() =>
            ask('assign', {
              params: { case: view.id },
              body: { user: user === '' ? null : Number(user), version: view.version },
            }),
          )
        }
      />
    </Panel>
  );
}

/** Other open cases of the same lines: this one may end in one of them. */
export function Duplicates({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t } = useSpeech();
  return (
    <Panel title={t.case.merge}>
      <ul className="plain-list">
        {view.duplicates.map((other) => (
          <li key={other.id}>
            <button
              type="button"
              disabled={desk.busy}
              onClick={() =>
                void desk.run(() =>
                  ask('merge', { params: { case: view.id }, body: { into: other.id, version: view.version } }),
                )
              }
            >
              {t.case.mergeInto(other.id, other.subject)}
            </button>{' '}
            {t.states[other.state]}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
