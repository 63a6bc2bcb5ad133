import type { z } from 'zod';
import type * as cases from './api/cases.ts';
import type * as common from './api/common.ts';
import type * as desk from './api/desk.ts';
import { DESK_ROUTES } from './api/desk-routes.ts';
import { FOUND_ROUTES } from './api/found-routes.ts';
import type * as lines from './api/lines.ts';
import type * as session from './api/session.ts';
import { WORK_ROUTES } from './api/work-routes.ts';

export type { Route } from './api/route.ts';

/** Every route of the desk. Requests that are no GET need the header `x-catpool-csrf` of the session, or a token instead. */
export const ROUTES = { ...DESK_ROUTES, ...FOUND_ROUTES, ...WORK_ROUTES };

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;

type Of<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.output<S> : undefined;
type Given<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? z.input<S> : undefined;

/** What a handler is given, and what it gives. */
export type Params<N extends RouteName> = Of<Routes[N], 'params'>;
export type Query<N extends RouteName> = Of<Routes[N], 'query'>;
export type Body<N extends RouteName> = Of<Routes[N], 'body'>;
/** What comes back. */
export type Reply<N extends RouteName> = z.output<Routes[N]['reply']>;
/** What a page sends: values with a default may be left out. */
export type QueryGiven<N extends RouteName> = Given<Routes[N], 'query'>;
export type BodyGiven<N extends RouteName> = Given<Routes[N], 'body'>;

export type Session = z.output<typeof session.SESSION>;
export type QueueLine = z.output<typeof lines.QUEUE_LINE>;
export type CallRow = z.output<typeof lines.CALL_ROW>;
export type CaseView = z.output<typeof cases.CASE>;
export type CaseRow = z.output<typeof cases.CASE_ROW>;
export type DeskEvent = z.output<typeof desk.EVENT>;
export type Upload = z.output<typeof desk.UPLOAD>;
export type ApiError = z.output<typeof common.ERROR>;
