import { useState } from 'react';
import type { BodyGiven, Reply } from '../../server/api.ts';
import { ask } from '../client.ts';
import { isAtLeast, type Role } from '../kinds.ts';
import { Choice, FailureBox, Field, Head, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

/** An order needs two who may approve: whoever made it is not the one who does. */
function lacking(users: Reply<'users'>['items']): Role {
  return users.filter(({ role, disabled }) => !disabled && isAtLeast(role, 'approver')).length < 2
    ? 'approver'
    : 'investigator';
}

export function UserList() {
  const { t, format } = useSpeech();
  const answer = useReply('users', {});
  const mayChange = useMay('administrator');
  const work = useWork();
  const roles = (Object.keys(t.roles) as Role[]).map((key) => [key, t.roles[key]] as const);
  const { data, again } = answer;
  const change = (user: number, body: BodyGiven<'changeUser'>) =>
    work.run(async () => {
      await ask('changeUser', { params: { user }, body });
      again();
    });
  return (
    <>
      {mayChange && data !== null && <NewUser roles={roles} lacks={lacking(data.items)} onAdded={again} />}
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <Waiting answer={answer} />
      {data !== null && (
        <TableBox label={t.lists.tabs.users} tall>
          <Head columns={[t.signIn.name, t.signIn.display, t.fields.role, t.fields.at, t.fields.state]} />
          <tbody>
            {data.items.map((user) => (
              <tr key={user.id}>
                <td>
                  <bdi>{user.name}</bdi>
                </td>
                <td>
                  <bdi>{user.display}</bdi>
                </td>
                <td>
                  {mayChange ? (
                    <select
                      aria-label={`${t.fields.role}: ${user.name}`}
                      value={user.role}
                      disabled={work.busy}
                      onChange={({ target }) => void change(user.id, { role: target.value as Role })}
                    >
                      {roles.map(([key, text]) => (
                        <option key={key} value={key}>
                          {text}
                        </option>
                      ))}
                    </select>
                  ) : (
                    t.roles[user.role]
                  )}
                </td>
                <td>{format.time(user.created)}</td>
                <td>
                  {user.disabled && t.lists.disabled}{' '}
                  {mayChange && (
                    <button
                      type="button"
                      disabled={work.busy}
                      onClick={() => void change(user.id, { disabled: !user.disabled })}
                    >
                      {user.disabled ? t.lists.enable : t.lists.disable}
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

function NewUser({
  roles,
  lacks,
  onAdded,
}: {
  roles: readonly (readonly [Role, string])[];
  /** What the next user most likely is. */
  lacks: Role;
  onAdded: () => void;
}) {
  const { t } = useSpeech();
  const [name, setName] = useState('');
  const [display, setDisplay] = useState('');
  const [password, setPassword] = useState('');
  const [chosen, setRole] = useState<Role | null>(null);
  const role = chosen ?? lacks;
  const work = useWork();
  const add = () =>
    work.run(async () => {
      await ask('addUser', { body: { name, display, role, password: password === '' ? null : password } });
      setName('');
      setDisplay('');
      setPassword('');
      setRole(null);
      onAdded();
    });
  return (
    <Panel title={t.lists.addUser}>
      <form
        className="bar"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Field label={t.signIn.name}>
          <input value={name} required autoComplete="off" onChange={({ target }) => setName(target.value)} />
        </Field>
        <Field label={t.signIn.display}>
          <input value={display} required autoComplete="off" onChange={({ target }) => setDisplay(target.value)} />
        </Field>
        <Choice label={t.fields.role} value={role} options={roles} onChoose={setRole} />
        <Field label={t.signIn.password} hint={`${t.signIn.twelve} ${t.lists.noPassword}`}>
          <input
            type="password"
            minLength={12}
            autoComplete="new-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        </Field>
        <button type="submit" className="primary" disabled={work.busy}>
          {t.add}
        </button>
      </form>
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </Panel>
  );
}
