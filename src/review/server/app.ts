import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import statics from '@fastify/static';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { isDiskTrouble } from '../../base/disk-trouble.ts';
import { UserError } from '../../base/errors.ts';
import { diskRefusal, Refusal, type RefusalCode } from '../../store/cases/refusal.ts';
import { ERROR } from './api/common.ts';
import { OPEN } from './api/session.ts';
import { type ApiError, ROUTES, type Route, type RouteName } from './api.ts';
import { caseHandlers } from './case-handlers.ts';
import type { Desk } from './desk.ts';
import { deskHandlers } from './desk-handlers.ts';
import { Eyes } from './eyes.ts';
import { gatewayHandlers } from './gateway-handlers.ts';
import { Guard, type GuardOptions, Unwelcome, type Who } from './guard.ts';
import type { Handlers } from './handler.ts';
import { lineHandlers } from './line-handlers.ts';
import { listHandlers } from './list-handlers.ts';
import { sessionHandlers } from './session-handlers.ts';
import { takeRest } from './unread.ts';

export interface AppOptions extends GuardOptions {
  tls: { cert: Buffer; key: Buffer } | null;
  /** Requests a minute of one address: of all, and of those that try a password. */
  rates: { all: number; login: number };
  /** A body that has not come whole after this long is given up, ms; of an upload: that has not gone on for this long. */
  patience: number;
  /** Bytes of a capture that may be uploaded. */
  largest: number;
  logger: FastifyBaseLogger | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    who: Who | null;
    slow: NodeJS.Timeout | null;
  }
  interface FastifyContextConfig {
    route?: RouteName;
  }
}

const BODY = 1024 * 1024;
const LISTS = 32 * 1024 * 1024;
/** Of a body that is refused, bytes that are read in vain; as many as a capture may have, where that is more. */
const REFUSED = 64 * 1024 * 1024;

/** The desk as a web server. @returns it, not yet listening, with the guard that makes the first-user address */
export async function buildApp(desk: Desk, options: AppOptions): Promise<{ app: FastifyInstance; guard: Guard }> {
  const guard = new Guard(desk.people, options);
  const app = makeServer(options);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('who', null);
  app.decorateRequest('slow', null);
  answerErrors(app);
  app.addHook('onRequest', async (request, reply) => {
    guard.checkAddress(request);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  await app.register(cookie);
  await app.register(helmet, HEADERS(options.tls !== null));
  await app.register(rateLimit, {
    max: options.rates.all,
    timeWindow: 60_000,
    errorResponseBuilder: () => new Unwelcome(429, 'too_many', 'too many requests: wait a minute'),
  });
  await app.register(multipart, { limits: { files: 1, fields: 4, fieldSize: 10_000, parts: 6, headerPairs: 50 } });
  await app.register(swagger, {
    openapi: { info: { title: 'Catpool desk', version: '1' }, servers: [] },
    transform: jsonSchemaTransform,
  });
  await servePages(app);
  app.addHook('onRequest', async (request) => {
    const name = request.routeOptions.config.route;
    if (name === undefined) return;
    const route: Route = ROUTES[name];
    request.who = guard.who(request);
    beware(request, route.upload === true, options.patience);
    guard.check(route, request.who, request);
  });
  app.addHook('preHandler', async (request) => {
    // An upload is still on its way when its handler begins.
    if (request.slow !== null && !request.isMultipart()) clearInterval(request.slow);
  });
  app.addHook('onSend', async (request, reply) => {
    if (request.raw.complete) return;
    // Nothing more is taken from who is not known.
    if (request.who === null) return void reply.header('connection', 'close');
    // Only where `beware` looks on.
    if (request.slow === null) return;
    const isWhole = await takeRest(request.raw, Math.max(REFUSED, options.largest));
    // What comes after that is no further request.
    if (!isWhole) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    if (request.slow !== null) clearInterval(request.slow);
    // The route, not the address: that may hold numbers.
    request.log.info(
      { method: request.method, route: request.routeOptions.url, status: reply.statusCode, user: request.who?.actor },
      'request',
    );
  });
  const handlers: Handlers = {
    ...sessionHandlers(desk, guard),
    ...lineHandlers(desk),
    ...gatewayHandlers(desk),
    ...caseHandlers(desk),
    ...listHandlers(desk),
    ...deskHandlers(desk, options.largest),
  };
  app.after(() => {
    for (const name of Object.keys(ROUTES) as RouteName[]) addRoute(app, desk, name, handlers, options);
  });
  app.get('/open', { schema: { querystring: OPEN, hide: true } }, async (request, reply) => {
    const { token } = request.query as { token: string };
    if (guard.open(token, reply)) return reply.redirect('/', 303);
    throw new Unwelcome(403, 'forbidden', 'this address is not the one that was printed');
  });
  app.get('/api/openapi.json', { schema: { hide: true }, config: { route: 'session' } }, async (request) => {
    if (request.who === null) throw new Unwelcome(401, 'unauthenticated', 'sign in first');
    return app.swagger();
  });
  return { app, guard };
}

function makeServer({ logger, tls, patience }: AppOptions): FastifyInstance {
  const settings = {
    ...(logger === null ? { logger: false } : { loggerInstance: logger }),
    // What is logged of a request is said in a hook: its address may hold numbers.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY,
    forceCloseConnections: true as const,
    keepAliveTimeout: 10_000,
    routerOptions: { maxParamLength: 200 },
  };
  const timing = { headersTimeout: patience, requestTimeout: 0, connectionsCheckingInterval: Math.min(1000, patience) };
  return tls === null
    ? Fastify({ ...settings, http: timing })
    : (Fastify({ ...settings, https: { ...timing, ...tls } }) as unknown as FastifyInstance);
}

function addRoute(app: FastifyInstance, desk: Desk, name: RouteName, handlers: Handlers, { rates }: AppOptions): void {
  const route: Route = ROUTES[name];
  const handle = handlers[name] as (call: unknown) => unknown;
  app.route({
    method: route.method,
    url: route.url,
    schema: {
      operationId: name,
      summary: route.summary,
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.body === undefined ? {} : { body: route.body }),
      ...(route.upload === undefined ? {} : { consumes: ['multipart/form-data'] }),
      ...(route.bytes === undefined ? { response: { 200: route.reply, '4xx': ERROR, '5xx': ERROR } } : {}),
    },
    bodyLimit: name === 'exchangeIn' ? LISTS : BODY,
    config: {
      route: name,
      ...(name === 'login' || name === 'setup' || name === 'changePassword'
        ? { rateLimit: { max: rates.login, timeWindow: 60_000 } }
        : {}),
    },
    handler: async (request, reply) => {
      if (route.events === true) await desk.readable();
      return handle({
        params: request.params,
        query: request.query,
        body: request.body,
        who: request.who,
        eyes: new Eyes(request.who === null ? new Set() : desk.people.unmaskedLines(request.who.user)),
        request,
        reply,
      });
    },
  });
}

/** Gives up on whoever sends his request drop by drop. */
function beware(request: FastifyRequest, upload: boolean, patience: number): void {
  const { socket } = request.raw;
  // A request that comes over no network is not slow.
  if (request.method === 'GET' || !(socket instanceof Socket)) return;
  let read = 0;
  const slow = setInterval(() => {
    // No answer goes out to whoever went away, and so none is done with.
    if (socket.destroyed) clearInterval(slow);
    if (request.raw.complete || socket.destroyed) return;
    const goesOn = upload && socket.bytesRead > read;
    read = socket.bytesRead;
    if (!goesOn) socket.destroy();
  }, patience);
  request.slow = slow;
}

const HEADERS = (tls: boolean) => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  frameguard: { action: 'deny' as const },
  referrerPolicy: { policy: 'no-referrer' as const },
  strictTransportSecurity: tls ? { maxAge: 31_536_000 } : false,
});

/** Where the pages are: built beside the server, or by the page's own build in development. */
async function servePages(app: FastifyInstance): Promise<void> {
  const root = ['../ui/dist', '../ui', '../../../dist/review/ui']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(join(path, 'index.html')) && existsSync(join(path, 'assets')));
  if (root !== undefined) await app.register(statics, { root, index: ['index.html'], dotfiles: 'deny' });
  app.setNotFoundHandler((request, reply) => {
    // A query may end like the name of a file: score:>0.9.
    const path = request.url.replace(/\?.*$/, '');
    const isPage = request.method === 'GET' && !path.startsWith('/api/') && !/\.\w{1,5}$/.test(path);
    if (isPage && root !== undefined) return reply.sendFile('index.html');
    const message = isPage ? 'the pages were not built; the API is at /api/openapi.json' : 'there is nothing here';
    return reply.code(404).send({ code: 'not_found', message, details: {} } satisfies ApiError);
  });
}

const STATUS: Readonly<Record<RefusalCode, number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  refused: 422,
  reading: 503,
  disk: 503,
};

/** Every error becomes one JSON object: what is known is said, what is not is logged and called internal. */
function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const answer = (status: number, code: ApiError['code'], message: string, details: Record<string, unknown> = {}) =>
      reply
        .code(status)
        .header('content-type', 'application/json; charset=utf-8')
        .send(JSON.stringify({ code, message, details } satisfies ApiError));
    if (error instanceof Unwelcome) return answer(error.status, error.code, error.message, error.details);
    if (error instanceof Refusal) return answer(STATUS[error.code], error.code, error.message, error.details);
    if (hasZodFastifySchemaValidationErrors(error)) {
      const first = error.validation[0];
      const field = (first?.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.');
      return answer(
        400,
        'invalid',
        `${field === '' ? error.validationContext : field}: ${first?.message ?? 'is wrong'}`,
        { field },
      );
    }
    if (isDiskTrouble(error)) {
      request.log.warn({ trouble: error.message, route: request.routeOptions.url }, 'not done');
      const { code, message } = diskRefusal();
      return answer(STATUS[code], code, message);
    }
    const { statusCode = 500 } = error;
    if (statusCode === 413) return answer(413, 'too_large', 'it is too large');
    if (statusCode === 429) return answer(429, 'too_many', 'too many requests: wait a minute');
    if (statusCode >= 400 && statusCode < 500) return answer(statusCode, 'invalid', error.message);
    if (error instanceof UserError) return answer(500, 'internal', error.message);
    request.log.error({ err: error, route: request.routeOptions.url }, 'failed');
    return answer(500, 'internal', 'something went wrong in the desk; its log says what');
  });
}
