import { useCallback, useEffect, useState } from 'react';
import type { Session } from '../server/api.ts';
import { ask, type Failure, keepToken, whenSignedOut } from './client.ts';
import { FailureBox, failureOf } from './parts/parts.tsx';
import { useValidity } from './parts/use-validity.ts';
import { go } from './router.tsx';
import { SessionContext, type SignedIn } from './session.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { useSpeech } from './words/words.tsx';

/** The desk in a browser: nobody gets further than the door who is not signed in. */
export function App() {
  const { t } = useSpeech();
  useValidity(t.invalid);
  const [session, setSession] = useState<Session | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  const enter = useCallback((next: Session) => {
    keepToken(next.csrf);
    setSession(next);
    setFailure(null);
  }, []);
  const look = useCallback(() => {
    ask('session', {}).then(enter, (error) => setFailure(failureOf(error)));
  }, [enter]);

  useEffect(() => {
    whenSignedOut(() => setSession((now) => (now?.user ? { ...now, user: null } : now)));
    look();
  }, [look]);

  if (failure !== null)
    return (
      <main className="door">
        <FailureBox failure={failure} again={look} />
      </main>
    );
  if (session === null)
    return (
      <main className="door">
        <p role="status">{t.loading}</p>
      </main>
    );
  if (session.user === null) return <SignIn session={session} onSession={enter} />;
  const signOut = async () => {
    await ask('logout', {}).catch(() => undefined);
    go('/');
    look();
  };
  return (
    <SessionContext value={session as SignedIn}>
      <Shell onSignOut={() => void signOut()} onSession={enter} />
    </SessionContext>
  );
}
