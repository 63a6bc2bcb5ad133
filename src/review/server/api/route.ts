import type { z } from 'zod';
import type { Role } from '../../../store/cases/workflow.ts';

/** One route: who may, what goes in, what comes out. The server, the OpenAPI document and the tests of attacks all read this table. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: `/${string}`;
  /** Least role; null: nobody need be signed in. */
  role: Role | null;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  reply: z.ZodType;
  /** Reads events of the store: refused with 503 while the commits of a large one are read for the first time. */
  events?: true;
  /** The body is a file, as multipart/form-data with one part `file`. */
  upload?: true;
  /** Seconds since the epoch are packet time; the reply is a stream or a file and no JSON. */
  bytes?: true;
}
