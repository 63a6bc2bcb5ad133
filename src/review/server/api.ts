import type { z } from 'zod';
import { z as zod } from 'zod';
import type { Role } from '../../store/cases/workflow.ts';
import * as cases from './api/cases.ts';
import * as common from './api/common.ts';
import { FILE, ID, OK, pageOf } from './api/common.ts';
import * as desk from './api/desk.ts';
import * as lines from './api/lines.ts';
import * as session from './api/session.ts';

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
  /** The body is a file, as multipart/form-data with one part `file`. */
  upload?: true;
  /** Seconds since the epoch are packet time; the reply is a stream or a file and no JSON. */
  bytes?: true;
}

const items = <T extends z.ZodType>(item: T) => zod.object({ items: zod.array(item) });

/** Every route of the desk. Requests that are no GET need the header `x-catpool-csrf` of the session, or a token instead. */
export const ROUTES = {
  // Who is there.
  session: { method: 'GET', url: '/api/session', role: null, summary: 'Who is signed in', reply: session.SESSION },
  login: {
    method: 'POST',
    url: '/api/login',
    role: null,
    summary: 'Sign in',
    body: session.LOGIN,
    reply: session.SESSION,
  },
  setup: {
    method: 'POST',
    url: '/api/setup',
    role: null,
    summary: 'Make the first user',
    body: session.SETUP,
    reply: session.SESSION,
  },
  logout: { method: 'POST', url: '/api/logout', role: 'viewer', summary: 'Sign out', reply: OK },
  changePassword: {
    method: 'PUT',
    url: '/api/password',
    role: 'viewer',
    summary: 'Change the own password',
    body: session.CHANGE_PASSWORD,
    reply: session.SESSION,
  },
  events: {
    method: 'GET',
    url: '/api/events',
    role: 'viewer',
    summary: 'What happens, as server-sent events',
    reply: FILE,
    bytes: true,
  },
  views: { method: 'GET', url: '/api/views', role: 'viewer', summary: 'Own saved queries', reply: items(session.VIEW) },
  saveView: {
    method: 'POST',
    url: '/api/views',
    role: 'viewer',
    summary: 'Save a query under a name',
    body: session.NEW_VIEW,
    reply: items(session.VIEW),
  },
  removeView: {
    method: 'DELETE',
    url: '/api/views/:view',
    role: 'viewer',
    summary: 'Forget a saved query',
    params: zod.object({ view: ID }),
    reply: items(session.VIEW),
  },

  // What was found.
  overview: {
    method: 'GET',
    url: '/api/overview',
    role: 'viewer',
    summary: 'The desk at a glance',
    reply: desk.OVERVIEW,
  },
  queue: {
    method: 'GET',
    url: '/api/lines',
    role: 'viewer',
    summary: 'Lines that a query finds, a page at a time',
    query: lines.QUEUE_QUERY,
    reply: lines.QUEUE,
  },
  facets: {
    method: 'GET',
    url: '/api/facets',
    role: 'viewer',
    summary: 'Values of the lines that a query finds',
    query: lines.FACETS_QUERY,
    reply: lines.FACETS,
  },
  line: {
    method: 'GET',
    url: '/api/lines/:line',
    role: 'viewer',
    summary: 'Verdict of a line',
    params: lines.LINE_PARAMS,
    reply: lines.LINE,
  },
  features: {
    method: 'GET',
    url: '/api/lines/:line/features',
    role: 'viewer',
    summary: 'Its features against the population',
    params: lines.LINE_PARAMS,
    reply: lines.FEATURES,
  },
  activity: {
    method: 'GET',
    url: '/api/lines/:line/activity',
    role: 'viewer',
    summary: 'What it did: time axis, hours, talk times, counterparts, cells, devices',
    params: lines.LINE_PARAMS,
    query: lines.SPAN_QUERY,
    reply: lines.ACTIVITY,
  },
  calls: {
    method: 'GET',
    url: '/api/lines/:line/calls',
    role: 'viewer',
    summary: 'Its calls',
    params: lines.LINE_PARAMS,
    query: lines.CALLS_QUERY,
    reply: lines.CALLS,
  },
  call: {
    method: 'GET',
    url: '/api/lines/:line/calls/:event',
    role: 'viewer',
    summary: 'One call down to its messages',
    params: lines.CALL_PARAMS,
    reply: lines.CALL,
  },
  callPackets: {
    method: 'GET',
    url: '/api/lines/:line/calls/:event/pcapng',
    role: 'investigator',
    summary: 'The packets of a call, for Wireshark',
    params: lines.CALL_PARAMS,
    reply: FILE,
    bytes: true,
  },
  lineEvidence: {
    method: 'GET',
    url: '/api/lines/:line/evidence',
    role: 'investigator',
    summary: 'Evidence package of a line (zip)',
    params: lines.LINE_PARAMS,
    reply: FILE,
    bytes: true,
  },
  gateways: {
    method: 'GET',
    url: '/api/gateways',
    role: 'viewer',
    summary: 'Gateways of the newest run',
    reply: lines.GATEWAYS,
  },
  gateway: {
    method: 'GET',
    url: '/api/gateways/:gateway',
    role: 'viewer',
    summary: 'Members of a gateway and what ties them',
    params: lines.GATEWAY_PARAMS,
    reply: lines.GATEWAY,
  },
  gatewayEvidence: {
    method: 'GET',
    url: '/api/gateways/:gateway/evidence',
    role: 'investigator',
    summary: 'Evidence package of a gateway (zip)',
    params: lines.GATEWAY_PARAMS,
    reply: FILE,
    bytes: true,
  },
  unmask: {
    method: 'POST',
    url: '/api/unmask',
    role: 'investigator',
    summary: 'See whole numbers for a while',
    body: session.UNMASK,
    reply: session.UNMASKED,
  },
  victims: {
    method: 'GET',
    url: '/api/victims',
    role: 'investigator',
    summary: 'Whom suspects talk to, the most urgent first',
    query: lines.VICTIMS_QUERY,
    reply: lines.VICTIMS,
  },
  victimsExport: {
    method: 'GET',
    url: '/api/victims/export',
    role: 'approver',
    summary: 'Victims with whole numbers, for those who warn them',
    query: cases.EXPORT_QUERY,
    reply: FILE,
    bytes: true,
  },
  warned: {
    method: 'POST',
    url: '/api/victims/:victim/warned',
    role: 'investigator',
    summary: 'A warning call was made',
    params: cases.VICTIM_PARAMS,
    body: cases.WARNED,
    reply: OK,
  },

  // What is done about it.
  cases: {
    method: 'GET',
    url: '/api/cases',
    role: 'viewer',
    summary: 'Cases, a page at a time',
    query: cases.CASES_QUERY,
    reply: cases.CASES,
  },
  openCase: {
    method: 'POST',
    url: '/api/cases',
    role: 'investigator',
    summary: 'Open a case of a line or a gateway',
    body: cases.NEW_CASE,
    reply: cases.CASE,
  },
  case: {
    method: 'GET',
    url: '/api/cases/:case',
    role: 'viewer',
    summary: 'A case with all that belongs to it',
    params: cases.CASE_PARAMS,
    reply: cases.CASE,
  },
  act: {
    method: 'POST',
    url: '/api/cases/:case/actions',
    role: 'investigator',
    summary: 'One step of the workflow',
    params: cases.CASE_PARAMS,
    body: cases.ACT,
    reply: cases.CASE,
  },
  answer: {
    method: 'POST',
    url: '/api/cases/:case/decisions/:decision',
    role: 'investigator',
    summary: 'Approve, reject or withdraw what waits',
    params: cases.ANSWER_PARAMS,
    body: cases.ANSWER,
    reply: cases.CASE,
  },
  assign: {
    method: 'PUT',
    url: '/api/cases/:case/assignee',
    role: 'investigator',
    summary: 'Who works on it',
    params: cases.CASE_PARAMS,
    body: cases.ASSIGN,
    reply: cases.CASE,
  },
  merge: {
    method: 'POST',
    url: '/api/cases/:case/merge',
    role: 'investigator',
    summary: 'End a duplicate in the case that goes on',
    params: cases.CASE_PARAMS,
    body: cases.MERGE,
    reply: cases.CASE,
  },
  note: {
    method: 'POST',
    url: '/api/cases/:case/notes',
    role: 'investigator',
    summary: 'Write a note',
    params: cases.CASE_PARAMS,
    body: cases.NOTE,
    reply: cases.CASE,
  },
  attach: {
    method: 'POST',
    url: '/api/cases/:case/attachments',
    role: 'investigator',
    summary: 'Attach a file',
    params: cases.CASE_PARAMS,
    upload: true,
    reply: cases.CASE,
  },
  attachment: {
    method: 'GET',
    url: '/api/cases/:case/attachments/:attachment',
    role: 'viewer',
    summary: 'An attached file',
    params: cases.ATTACHMENT_PARAMS,
    reply: FILE,
    bytes: true,
  },
  bulk: {
    method: 'POST',
    url: '/api/decisions',
    role: 'investigator',
    summary: 'One step for many lines or cases',
    body: cases.BULK,
    reply: cases.BULK_REPLY,
  },
  orders: {
    method: 'GET',
    url: '/api/orders',
    role: 'viewer',
    summary: 'Orders to provisioning, newest first',
    query: cases.ORDERS_QUERY,
    reply: cases.ORDERS,
  },
  ordersExport: {
    method: 'GET',
    url: '/api/orders/export',
    role: 'approver',
    summary: 'The removal list, with whole numbers',
    query: cases.EXPORT_QUERY,
    reply: FILE,
    bytes: true,
  },
  orderState: {
    method: 'POST',
    url: '/api/orders/:order/state',
    role: 'approver',
    summary: 'What provisioning says of an order',
    params: cases.ORDER_PARAMS,
    body: cases.ORDER_STATE,
    reply: OK,
  },
  labels: {
    method: 'GET',
    url: '/api/labels',
    role: 'viewer',
    summary: 'What decisions said of lines, newest first',
    query: common.PAGE,
    reply: pageOf(cases.LABEL),
  },
  labelsExport: {
    method: 'GET',
    url: '/api/labels/export',
    role: 'approver',
    summary: 'Labels for training (CSV)',
    reply: FILE,
    bytes: true,
  },

  // Lists.
  allowed: {
    method: 'GET',
    url: '/api/allowed',
    role: 'viewer',
    summary: 'The allow list',
    reply: items(cases.ALLOWED),
  },
  allow: {
    method: 'POST',
    url: '/api/allowed',
    role: 'approver',
    summary: 'Put a number on the allow list',
    body: cases.NEW_ALLOWED,
    reply: items(cases.ALLOWED),
  },
  disallow: {
    method: 'DELETE',
    url: '/api/allowed/:allowed',
    role: 'approver',
    summary: 'Take a number off the allow list',
    params: cases.ALLOWED_PARAMS,
    reply: items(cases.ALLOWED),
  },
  exchange: {
    method: 'GET',
    url: '/api/exchange',
    role: 'approver',
    summary: 'Signers, own key, lists received',
    reply: desk.EXCHANGE,
  },
  addSigner: {
    method: 'POST',
    url: '/api/exchange/signers',
    role: 'administrator',
    summary: 'Trust a signer',
    body: desk.NEW_SIGNER,
    reply: desk.EXCHANGE,
  },
  removeSigner: {
    method: 'DELETE',
    url: '/api/exchange/signers/:signer',
    role: 'administrator',
    summary: 'Trust a signer no longer',
    params: desk.SIGNER_PARAMS,
    reply: desk.EXCHANGE,
  },
  exchangeOut: {
    method: 'POST',
    url: '/api/exchange/out',
    role: 'approver',
    summary: 'A signed list of leads and orders',
    body: desk.EXCHANGE_OUT,
    reply: desk.SIGNED_LIST,
  },
  exchangeIn: {
    method: 'POST',
    url: '/api/exchange/in',
    role: 'approver',
    summary: 'Take a signed list in',
    body: desk.SIGNED_LIST,
    reply: desk.EXCHANGE_IN_REPLY,
  },

  // The desk itself.
  users: { method: 'GET', url: '/api/users', role: 'viewer', summary: 'Users', reply: items(session.USER) },
  addUser: {
    method: 'POST',
    url: '/api/users',
    role: 'administrator',
    summary: 'Add a user',
    body: session.NEW_USER,
    reply: session.USER,
  },
  changeUser: {
    method: 'PATCH',
    url: '/api/users/:user',
    role: 'administrator',
    summary: 'Change a user',
    params: zod.object({ user: ID }),
    body: session.CHANGE_USER,
    reply: session.USER,
  },
  tokens: {
    method: 'GET',
    url: '/api/tokens',
    role: 'viewer',
    summary: 'Tokens of scripts',
    reply: items(session.TOKEN),
  },
  addToken: {
    method: 'POST',
    url: '/api/tokens',
    role: 'viewer',
    summary: 'A token for a script',
    body: session.NEW_TOKEN,
    reply: session.TOKEN_SECRET,
  },
  revokeToken: {
    method: 'DELETE',
    url: '/api/tokens/:token',
    role: 'viewer',
    summary: 'Revoke a token',
    params: zod.object({ token: ID }),
    reply: items(session.TOKEN),
  },
  settings: {
    method: 'GET',
    url: '/api/settings',
    role: 'viewer',
    summary: 'Settings and policies',
    reply: desk.SETTINGS_REPLY,
  },
  changeSettings: {
    method: 'PUT',
    url: '/api/settings',
    role: 'administrator',
    summary: 'Change settings',
    body: desk.CHANGE_SETTINGS,
    reply: desk.SETTINGS_REPLY,
  },
  audit: {
    method: 'GET',
    url: '/api/audit',
    role: 'approver',
    summary: 'The audit log, newest first',
    query: desk.AUDIT_QUERY,
    reply: desk.AUDIT,
  },
  auditCheck: {
    method: 'GET',
    url: '/api/audit/check',
    role: 'approver',
    summary: 'Goes through the chain of the log',
    reply: desk.AUDIT_CHECK,
  },
  shift: {
    method: 'GET',
    url: '/api/shift',
    role: 'viewer',
    summary: 'Report of a shift',
    query: desk.SHIFT_QUERY,
    reply: desk.SHIFT,
  },
  uploads: {
    method: 'GET',
    url: '/api/uploads',
    role: 'viewer',
    summary: 'Captures brought in through the page',
    reply: items(desk.UPLOAD),
  },
  upload: {
    method: 'POST',
    url: '/api/uploads',
    role: 'investigator',
    summary: 'Bring a capture in and scan',
    upload: true,
    reply: desk.UPLOAD,
  },
  uploadState: {
    method: 'GET',
    url: '/api/uploads/:upload',
    role: 'viewer',
    summary: 'How far a capture is',
    params: desk.UPLOAD_PARAMS,
    reply: desk.UPLOAD,
  },
  models: {
    method: 'GET',
    url: '/api/models',
    role: 'viewer',
    summary: 'Models, the current one first',
    reply: desk.MODELS,
  },
  addModel: {
    method: 'POST',
    url: '/api/models',
    role: 'administrator',
    summary: 'Bring a model file in',
    upload: true,
    reply: desk.MODELS,
  },
  previewModel: {
    method: 'GET',
    url: '/api/models/:model/preview',
    role: 'approver',
    summary: 'What would change',
    params: desk.MODEL_PARAMS,
    reply: desk.PREVIEW,
  },
  switchModel: {
    method: 'POST',
    url: '/api/models/:model/switch',
    role: 'administrator',
    summary: 'Score with this model from now on',
    params: desk.MODEL_PARAMS,
    body: desk.SWITCH,
    reply: desk.MODELS,
  },
  rollBackModel: {
    method: 'POST',
    url: '/api/models/roll-back',
    role: 'administrator',
    summary: 'Back to the model before',
    body: desk.SWITCH,
    reply: desk.MODELS,
  },
} as const satisfies Record<string, Route>;

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
