import { createContext, useContext } from 'react';
import type { Session } from '../server/api.ts';
import { isAtLeast, type Role } from './kinds.ts';

export type SignedIn = Session & { user: NonNullable<Session['user']> };

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('nobody is signed in');
  return session;
}

/** Whether the reader may do what a role may. The desk checks it again. */
export function useMay(role: Role): boolean {
  return isAtLeast(useSession().user.role, role);
}
