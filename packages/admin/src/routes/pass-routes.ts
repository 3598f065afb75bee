import { GatewayError } from '@bailiwick/domain';
import {
  PASS_USER_PREFIX,
  type Pass,
  type PassDesk,
  PassNotIssued,
  passStatus,
  TokenRejected,
} from '@bailiwick/identity';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ApiContext, isoTime, type PageQuery, pageJson, pageOf } from '../api-context.ts';
import { bearerToken } from '../authenticate.ts';
import { collectPage } from '../collect-page.ts';
import { notFound, Problem } from '../problem.ts';
import { ID_PARAMS, listOf, NEW_PASS_BODY, PAGE_QUERY, PASS, PASS_ID_QUERY, PASS_WITH_SECRET } from '../schemas.ts';

interface NewPass {
  readonly datasource: string;
  readonly role?: string;
  readonly networks?: readonly string[];
  readonly ttl_s?: number;
}

/** Access passes: made by whoever they stand for, revoked by them or by an operator. The secret is shown once. */
export function passRoutes(app: FastifyInstance, context: ApiContext): void {
  const { passes, clock } = context.options;
  if (passes === null) return;
  const render = (pass: Pass): object => passJson(pass, clock.now());

  app.get<{ Querystring: PageQuery }>(
    '/passes',
    { schema: { summary: 'Access passes', querystring: PAGE_QUERY, response: { 200: listOf(PASS) } } },
    async (request) => {
      const caller = context.callerOf(request);
      const own = caller.reach === 'own' ? { identityKey: caller.identity.key } : {};
      const page = await collectPage({
        ...pageOf(context, 'passes', caller, request.query),
        fetch: (limit, after) => passes.desk.list({ limit, ...own, ...(after === undefined ? {} : { after }) }),
        positionOf: ({ id }) => id,
        visible: (pass) => caller.mayRead(pass.identityKey, pass.datasource),
      });
      return pageJson(context, 'passes', caller, page, render);
    },
  );

  app.post<{ Body: NewPass }>(
    '/passes',
    { schema: { summary: 'Make an access pass', body: NEW_PASS_BODY, response: { 201: PASS_WITH_SECRET } } },
    async (request, reply) => {
      const { pass, secret } = await issue(context, passes, request);
      return reply.code(201).send({ ...render(pass), secret });
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/passes/:id',
    { schema: { summary: 'Revoke an access pass', params: ID_PARAMS, response: { 200: PASS } } },
    async (request) => render(await revoke(context, passes.desk, request, request.params.id)),
  );

  app.delete<{ Querystring: { id: string } }>(
    '/passes',
    { schema: { summary: 'Revoke an access pass', querystring: PASS_ID_QUERY, response: { 200: PASS } } },
    async (request) => render(await revoke(context, passes.desk, request, request.query.id)),
  );
}

async function issue(
  context: ApiContext,
  { desk, admits }: NonNullable<ApiContext['options']['passes']>,
  request: FastifyRequest<{ Body: NewPass }>,
): Promise<{ readonly pass: Pass; readonly secret: string }> {
  const { identity } = context.callerOf(request);
  const { datasource, role = '', networks = [], ttl_s: seconds } = request.body;
  try {
    if (!admits(identity, datasource, role))
      throw new Problem(403, 'datasource-unknown', 'There is no such datasource and role that you may use.');
    const claims = await context.options.verifier.verifiedClaims(
      bearerToken(request.headers.authorization) ?? '',
      'admin',
    );
    const lifetimeMs = seconds === undefined ? null : seconds * 1000;
    const made = await desk.issue({ claims, datasource, role, networks, lifetimeMs });
    context.acted(request, 'pass-create', made.pass.id, 'done');
    return made;
  } catch (error) {
    context.acted(request, 'pass-create', datasource, 'refused');
    throw asProblem(error);
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof PassNotIssued)
    return new Problem(
      error.reason === 'quota' ? 429 : 400,
      error.reason === 'quota' ? 'quota' : 'bad-request',
      error.message,
    );
  if (error instanceof TokenRejected) return new Problem(401, 'unauthenticated', 'The token was not accepted.');
  return error instanceof GatewayError ? new Problem(409, error.code, error.message) : error;
}

async function revoke(context: ApiContext, desk: PassDesk, request: FastifyRequest, id: string): Promise<Pass> {
  const caller = context.callerOf(request);
  const pass = await desk.get(id);
  const operates = pass !== null && caller.has('operator', pass.datasource);
  if (pass === null || !(operates || caller.mayRead(pass.identityKey, pass.datasource))) throw notFound();
  if (!operates && !caller.owns(pass.identityKey)) {
    context.acted(request, 'pass-revoke', id, 'refused');
    throw new Problem(403, 'not-an-operator', 'Only whoever the pass stands for, or an operator, may revoke it.');
  }
  const revoked = await desk.revoke(id);
  context.acted(request, 'pass-revoke', id, 'done');
  if (revoked === null) throw notFound();
  return revoked;
}

function passJson(pass: Pass, now: number): object {
  return {
    id: pass.id,
    user: `${PASS_USER_PREFIX}${pass.id}`,
    status: passStatus(pass, now),
    identity: { human: pass.human, agent: pass.agent },
    datasource: pass.datasource,
    role: pass.role,
    networks: pass.networks,
    created: isoTime(pass.createdAt),
    expires: isoTime(pass.expiresAt),
    revoked: pass.revokedAt === null ? null : isoTime(pass.revokedAt),
  };
}
