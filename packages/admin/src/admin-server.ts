import { randomUUID } from 'node:crypto';
import { AttemptLimiter } from '@bailiwick/identity';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { answerProblems } from './answer-problems.ts';
import type { ApiContext } from './api-context.ts';
import { authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { CursorSeal } from './cursor-seal.ts';
import { OpenApiDocument } from './openapi.ts';
import type { AdminOptions } from './options.ts';
import { approvalRoutes } from './routes/approval-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { passRoutes } from './routes/pass-routes.ts';
import { policyRoutes } from './routes/policy-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { statementRoutes } from './routes/statement-routes.ts';

const BODY_BYTES_MAX = 64 * 1024;
/** Room for a token of 60 KB and the other headers. */
const HEADER_BYTES_MAX = 80 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 1000;

/** The running HTTP listener. */
export interface AdminServer {
  /** Where it listens; a port that was 0 is the real one. */
  readonly address: { readonly host: string; readonly port: number };
  /** Ends open requests and stops listening. */
  close(): Promise<void>;
}

/** Starts the HTTP API, metrics and health (CONTRACT section 7). Rejects when the address cannot be bound. */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const app = makeApp(options);
  const document = new OpenApiDocument(options.version);
  document.watch(app);
  secureHeaders(app, options.tls !== null);
  logRequests(app, options);
  answerProblems(app, options);
  healthRoutes(app, options);
  await app.register(async (api) => apiRoutes(api, options, document), { prefix: '/api/v1' });
  app.server.maxConnections = CONNECTIONS_MAX;
  await app.listen({ host: options.address.host, port: options.address.port });
  const bound = app.server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : options.address.port;
  return {
    address: { host: options.address.host, port },
    close: async () => {
      await app.close();
    },
  };
}

function makeApp({ tls }: AdminOptions): FastifyInstance {
  const settings = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    // What is not in a schema is refused, neither dropped nor converted.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
  } as const;
  const app: FastifyInstance =
    tls === null
      ? fastify({ ...settings, http: { maxHeaderSize: HEADER_BYTES_MAX } })
      : (fastify({
          ...settings,
          https: { cert: tls.cert, key: tls.key, maxHeaderSize: HEADER_BYTES_MAX },
        }) as unknown as FastifyInstance);
  app.removeContentTypeParser('text/plain');
  return app;
}

function apiRoutes(api: FastifyInstance, options: AdminOptions, document: OpenApiDocument): void {
  api.get('/openapi.json', { schema: { summary: 'This document' } }, async () => document.toJSON());
  const limiter = new AttemptLimiter(options.clock);
  const callers = new WeakMap<FastifyRequest, Caller>();
  const context: ApiContext = {
    options,
    cursors: new CursorSeal(),
    callerOf: (request) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error('a route without the guard');
      return caller;
    },
    acted: (request, action, target, outcome) => {
      const by = callers.get(request)?.identity.displayName ?? '';
      options.telemetry.countAdminAction(action, outcome);
      options.log.info({ request: request.id, action, target, by, outcome }, 'admin action');
    },
  };
  api.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => {
      callers.set(request, await authenticate(request, options, limiter));
    });
    sessionRoutes(guarded, context);
    statementRoutes(guarded, context);
    approvalRoutes(guarded, context);
    passRoutes(guarded, context);
    policyRoutes(guarded, context);
  });
}

function secureHeaders(app: FastifyInstance, tls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': request.id,
    });
    if (tls) reply.header('strict-transport-security', 'max-age=31536000');
  });
}

/** Paths are logged as the route has them: an id in a URL may be a mistyped secret. */
function logRequests(app: FastifyInstance, { log }: AdminOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    log.debug({ request: request.id, method, route, status: reply.statusCode, address: request.ip }, 'request');
  });
}
