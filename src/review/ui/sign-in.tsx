import { useState } from 'react';
import type { Session } from '../server/api.ts';
import { ask } from './client.ts';
import { FailureBox, Field } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { Preferences } from './preferences.tsx';
import { useSpeech } from './words/words.tsx';

/** The door: name and password, or the first user where the address that makes him was opened. */
export function SignIn({ session, onSession }: { session: Session; onSession: (session: Session) => void }) {
  const { t } = useSpeech();
  const [name, setName] = useState('');
  const [display, setDisplay] = useState('');
  const [password, setPassword] = useState('');
  const work = useWork();
  const { setup } = session;
  const submit = () =>
    work.run(async () => {
      onSession(
        setup
          ? await ask('setup', { body: { name, display, password } })
          : await ask('login', { body: { name, password } }),
      );
    });
  return (
    <main className="door">
      <h1>{t.app}</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2>{setup ? t.signIn.setupTitle : t.signIn.title}</h2>
        {setup && <p>{t.signIn.setupHint}</p>}
        <Field label={t.signIn.name}>
          <input value={name} autoComplete="username" required onChange={(event) => setName(event.target.value)} />
        </Field>
        {setup && (
          <Field label={t.signIn.display}>
            <input value={display} required onChange={(event) => setDisplay(event.target.value)} />
          </Field>
        )}
        <Field label={t.signIn.password} {...(setup ? { hint: t.signIn.twelve } : {})}>
          <input
            type="password"
            value={password}
            minLength={setup ? 12 : 1}
            autoComplete={setup ? 'new-password' : 'current-password'}
            required
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        {work.failure !== null && <FailureBox failure={work.failure} />}
        <button type="submit" className="primary" disabled={work.busy}>
          {setup ? t.signIn.create : t.signIn.submit}
        </button>
      </form>
      <Preferences />
    </main>
  );
}
