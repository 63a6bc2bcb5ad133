import { useState } from 'react';
import { ask } from '../client.ts';
import { isAtLeast, type Role } from '../kinds.ts';
import { DateField } from '../parts/date-field.tsx';
import { endOf } from '../parts/dates.ts';
import { Choice, FailureBox, Field, Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { useSession } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

/** Tokens of scripts. The secret is shown once. */
export function TokenList() {
  const { t, format } = useSpeech();
  const { user } = useSession();
  const answer = useReply('tokens', {});
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [expires, setExpires] = useState<Date | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const work = useWork();
  const { data, put, again } = answer;
  const add = () =>
    work.run(async () => {
      const made = await ask('addToken', {
        body: { name, role, expires: expires === null ? null : endOf(expires).getTime() },
      });
      setSecret(made.secret);
      setName('');
      again();
    });
  return (
    <>
      <Panel title={t.lists.addToken}>
        <form
          className="bar"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Field label={t.fields.name}>
            <input value={name} required onChange={({ target }) => setName(target.value)} />
          </Field>
          <Choice
            label={t.fields.role}
            value={role}
            options={(Object.keys(t.roles) as Role[])
              .filter((key) => isAtLeast(user.role, key))
              .map((key) => [key, t.roles[key]] as const)}
            onChoose={setRole}
          />
          <DateField label={t.lists.expires} value={expires} onTime={setExpires} />
          <button type="submit" className="primary" disabled={work.busy}>
            {t.add}
          </button>
        </form>
        {secret !== null && (
          <p role="status">
            {t.lists.tokenOnce} <code className="key-text">{secret}</code>
          </p>
        )}
        {work.failure !== null && <FailureBox failure={work.failure} />}
      </Panel>
      <Waiting answer={answer} />
      {data?.items.length === 0 && <Nothing>{t.nothing}</Nothing>}
      {data !== null && data.items.length > 0 && (
        <TableBox label={t.lists.tabs.tokens} tall>
          <Head
            columns={[t.fields.name, t.fields.person, t.fields.role, t.fields.at, t.lists.expires, t.fields.state]}
          />
          <tbody>
            {data.items.map((token) => (
              <tr key={token.id}>
                <td>
                  <bdi>{token.name}</bdi>
                </td>
                <td>
                  <bdi>{token.user}</bdi>
                </td>
                <td>{t.roles[token.role]}</td>
                <td>{format.time(token.created)}</td>
                <td>{token.expires === null ? t.lists.never : format.time(token.expires)}</td>
                <td>
                  {token.revoked !== null ? (
                    `${t.lists.revoked}, ${format.time(token.revoked)}`
                  ) : (
                    <button
                      type="button"
                      disabled={work.busy}
                      onClick={() =>
                        void work.run(async () => put(await ask('revokeToken', { params: { token: token.id } })))
                      }
                    >
                      {t.lists.revoke}
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
