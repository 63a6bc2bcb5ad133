import type { ApiError, BodyGiven, Params, QueryGiven, Reply, RouteName, Routes, Upload } from '../server/api.ts';

/** Where each route is; what is not so at the server does not compile. */
const ROUTES = {
  session: ['GET', '/api/session'],
  login: ['POST', '/api/login'],
  setup: ['POST', '/api/setup'],
  logout: ['POST', '/api/logout'],
  changePassword: ['PUT', '/api/password'],
  views: ['GET', '/api/views'],
  saveView: ['POST', '/api/views'],
  removeView: ['DELETE', '/api/views/:view'],
  users: ['GET', '/api/users'],
  addUser: ['POST', '/api/users'],
  changeUser: ['PATCH', '/api/users/:user'],
  tokens: ['GET', '/api/tokens'],
  addToken: ['POST', '/api/tokens'],
  revokeToken: ['DELETE', '/api/tokens/:token'],
  settings: ['GET', '/api/settings'],
  changeSettings: ['PUT', '/api/settings'],
  audit: ['GET', '/api/audit'],
  auditCheck: ['GET', '/api/audit/check'],
  shift: ['GET', '/api/shift'],
  uploads: ['GET', '/api/uploads'],
  models: ['GET', '/api/models'],
  previewModel: ['GET', '/api/models/:model/preview'],
  switchModel: ['POST', '/api/models/:model/switch'],
  rollBackModel: ['POST', '/api/models/roll-back'],
  overview: ['GET', '/api/overview'],
  arriving: ['GET', '/api/arriving'],
  queue: ['GET', '/api/lines'],
  facets: ['GET', '/api/facets'],
  line: ['GET', '/api/lines/:line'],
  features: ['GET', '/api/lines/:line/features'],
  activity: ['GET', '/api/lines/:line/activity'],
  calls: ['GET', '/api/lines/:line/calls'],
  call: ['GET', '/api/lines/:line/calls/:event'],
  callPackets: ['GET', '/api/lines/:line/calls/:event/pcapng'],
  lineEvidence: ['GET', '/api/lines/:line/evidence'],
  gateways: ['GET', '/api/gateways'],
  gateway: ['GET', '/api/gateways/:gateway'],
  gatewayEvidence: ['GET', '/api/gateways/:gateway/evidence'],
  unmask: ['POST', '/api/unmask'],
  victims: ['GET', '/api/victims'],
  victimsExport: ['GET', '/api/victims/export'],
  victimsSend: ['POST', '/api/victims/send'],
  warned: ['POST', '/api/victims/:victim/warned'],
  cases: ['GET', '/api/cases'],
  openCase: ['POST', '/api/cases'],
  case: ['GET', '/api/cases/:case'],
  act: ['POST', '/api/cases/:case/actions'],
  answer: ['POST', '/api/cases/:case/decisions/:decision'],
  assign: ['PUT', '/api/cases/:case/assignee'],
  merge: ['POST', '/api/cases/:case/merge'],
  note: ['POST', '/api/cases/:case/notes'],
  attachment: ['GET', '/api/cases/:case/attachments/:attachment'],
  caseLead: ['GET', '/api/cases/:case/lead'],
  bulk: ['POST', '/api/decisions'],
  orders: ['GET', '/api/orders'],
  ordersExport: ['GET', '/api/orders/export'],
  orderState: ['POST', '/api/orders/:order/state'],
  labels: ['GET', '/api/labels'],
  labelsExport: ['GET', '/api/labels/export'],
  allowed: ['GET', '/api/allowed'],
  allow: ['POST', '/api/allowed'],
  disallow: ['DELETE', '/api/allowed/:allowed'],
  exchange: ['GET', '/api/exchange'],
  addSigner: ['POST', '/api/exchange/signers'],
  removeSigner: ['DELETE', '/api/exchange/signers/:signer'],
  exchangeOut: ['POST', '/api/exchange/out'],
  exchangeIn: ['POST', '/api/exchange/in'],
} as const satisfies { [N in RouteName]?: readonly [Routes[N]['method'], Routes[N]['url']] };

/** Routes that the pages use. */
export type Known = keyof typeof ROUTES;

type Part<K extends string, T> = [T] extends [undefined] ? { [P in K]?: undefined } : { [P in K]: T };
type Texts<T> = T extends object ? { [K in keyof T]: string | number } : undefined;

/** What a route is asked with. */
export type Given<N extends Known> = Part<'params', Texts<Params<N>>> &
  (QueryGiven<N> extends undefined ? { query?: undefined } : { query?: QueryGiven<N> }) &
  Part<'body', BodyGiven<N>>;

/** The desk said no, or could not be reached (`code` null). */
export class Failure extends Error {
  override name = 'Failure';
  readonly status: number;
  readonly code: ApiError['code'] | null;
  readonly details: Record<string, unknown>;

  constructor(status: number, code: ApiError['code'] | null, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

let csrf: string | null = null;
let onSignedOut: () => void = () => {};

/** Keeps the token that goes with every change. */
export function keepToken(token: string | null): void {
  csrf = token;
}

/** Called when the desk knows the session no more. */
export function whenSignedOut(call: () => void): void {
  onSignedOut = call;
}

/** Address of a route, its query with it. */
function addressOf<N extends Known>(
  name: N,
  { params, query }: { params?: object | undefined; query?: unknown },
): string {
  const path = ROUTES[name][1].replace(/:(\w+)/g, (_, key: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[key])),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries((query as object | undefined) ?? {}))
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

/** Asks the desk. @throws Failure */
export async function ask<N extends Known>(name: N, given: Given<N>, signal?: AbortSignal): Promise<Reply<N>> {
  const { body } = given as { body?: unknown };
  let reply: Response;
  try {
    reply = await fetch(addressOf(name, given), {
      method: ROUTES[name][0],
      credentials: 'same-origin',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(csrf === null ? {} : { 'x-catpool-csrf': csrf }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(0, null, (error as Error).message);
  }
  const text = await reply.text();
  if (!reply.ok) throw failureOf(reply.status, text);
  return JSON.parse(text) as Reply<N>;
}

/** Fetches a file and hands it to the browser to keep. @throws Failure */
export async function keep<N extends Known>(name: N, given: { params?: object; query?: unknown }): Promise<void> {
  let reply: Response;
  try {
    reply = await fetch(addressOf(name, given), { credentials: 'same-origin' });
  } catch (error) {
    throw new Failure(0, null, (error as Error).message);
  }
  if (!reply.ok) throw failureOf(reply.status, await reply.text());
  const disposition = reply.headers.get('content-disposition') ?? '';
  const file = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  const plain = /filename="([^"]+)"/.exec(disposition)?.[1];
  keepBlob(await reply.blob(), file === undefined ? (plain ?? name) : decodeURIComponent(file));
}

/** Hands bytes to the browser as a file to keep. */
export function keepBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Sends a file as a form does. @param onProgress share of it that went out, 0..1. @throws Failure */
export function send<T = Upload>(url: string, file: File, onProgress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    if (csrf !== null) request.setRequestHeader('x-catpool-csrf', csrf);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onerror = () => reject(new Failure(0, null, ''));
    request.onload = () =>
      request.status === 200
        ? resolve(JSON.parse(request.responseText) as T)
        : reject(failureOf(request.status, request.responseText));
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}

function failureOf(status: number, text: string): Failure {
  if (status === 401) onSignedOut();
  try {
    const { code, message, details } = JSON.parse(text) as ApiError;
    return new Failure(status, code, message, details);
  } catch {
    return new Failure(status, 'internal', `${status}`);
  }
}
