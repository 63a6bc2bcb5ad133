import { z } from 'zod';
import { ID, MS, NAME, PASSWORD, ROLE, SHORT, WHEN, WORDS } from './common.ts';

export const USER = z.object({
  id: z.number().int(),
  name: z.string(),
  display: z.string(),
  role: ROLE,
  disabled: z.boolean(),
  created: MS,
});

/** Who is signed in. */
export const SESSION = z.object({
  /** Null: nobody. */
  user: USER.nullable(),
  /** To be sent as the header `x-catpool-csrf` with every request that is no GET; null where nobody is signed in. */
  csrf: z.string().nullable(),
  /** The printed address was opened and there is no user yet: {@link SETUP} makes the first, an administrator. */
  setup: z.boolean(),
  /** Signed in by a trusted proxy: there is no password to give or change. */
  proxy: z.boolean(),
  version: z.string(),
});

export const LOGIN = z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(200) });
export const SETUP = z.strictObject({ name: NAME, display: SHORT, password: PASSWORD });
export const OPEN = z.object({ token: z.string().max(200) });
export const CHANGE_PASSWORD = z.strictObject({ old: z.string().min(1).max(200), password: PASSWORD });

export const NEW_USER = z.strictObject({ name: NAME, display: SHORT, role: ROLE, password: PASSWORD.nullable() });
export const CHANGE_USER = z.strictObject({
  display: SHORT.optional(),
  role: ROLE.optional(),
  disabled: z.boolean().optional(),
  password: PASSWORD.optional(),
});

export const TOKEN = z.object({
  id: z.number().int(),
  name: z.string(),
  user: z.string(),
  role: ROLE,
  created: MS,
  expires: MS.nullable(),
  revoked: MS.nullable(),
});
export const NEW_TOKEN = z.strictObject({ name: NAME, role: ROLE, expires: WHEN.nullable() });
/** The secret is shown this once; scripts send `Authorization: Bearer SECRET`. */
export const TOKEN_SECRET = z.object({ id: z.number().int(), secret: z.string() });

/** Shows whole numbers for a while; who, why and of how many lines stands in the audit log. */
export const UNMASK = z
  .strictObject({ lines: z.array(ID).min(1).max(500), reason: WORDS.min(3) })
  .describe('Lines by id, and why');
export const UNMASKED = z.object({ until: MS, lines: z.array(z.object({ id: z.number().int(), line: z.string() })) });

export const VIEW = z.object({ id: z.number().int(), name: z.string(), query: z.string() });
export const NEW_VIEW = z.strictObject({ name: SHORT, query: z.string().max(1000) });
