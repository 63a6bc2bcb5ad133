import { useState } from 'react';
import type { Session } from '../server/api.ts';
import { ask } from './client.ts';
import { Dialog, FailureBox, Field } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { useSpeech } from './words/words.tsx';

export function PasswordDialog({ onSession, onClose }: { onSession: (session: Session) => void; onClose: () => void }) {
  const { t } = useSpeech();
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [isChanged, setChanged] = useState(false);
  const work = useWork();
  const submit = () =>
    work.run(async () => {
      onSession(await ask('changePassword', { body: { old, password } }));
      setChanged(true);
    });
  return (
    <Dialog title={t.signIn.changePassword} onClose={onClose}>
      {isChanged ? (
        <p role="status">{t.signIn.changed}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Field label={t.signIn.old}>
            <input
              type="password"
              value={old}
              autoComplete="current-password"
              required
              onChange={(event) => setOld(event.target.value)}
            />
          </Field>
          <Field label={t.signIn.new} hint={t.signIn.twelve}>
            <input
              type="password"
              value={password}
              minLength={12}
              autoComplete="new-password"
              required
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          {work.failure !== null && <FailureBox failure={work.failure} />}
          <div className="buttons">
            <button type="submit" className="primary" disabled={work.busy}>
              {t.save}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
