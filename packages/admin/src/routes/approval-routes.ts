import { type ApprovalRequest, type ApprovalStatus, GatewayError } from '@bailiwick/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ApiContext, type PageQuery, pageJson, pageOf } from '../api-context.ts';
import { approvalJson } from '../approval-json.ts';
import type { Caller } from '../caller.ts';
import { collectPage } from '../collect-page.ts';
import { notFound, Problem } from '../problem.ts';
import { APPROVAL, APPROVALS_QUERY, DECIDE_BODY, ID_PARAMS, listOf } from '../schemas.ts';

type Verdict = 'approve' | 'reject';

/** Held statements: read by those who may, decided by people with the reviewer role, never by the requester. */
export function approvalRoutes(app: FastifyInstance, context: ApiContext): void {
  const { options } = context;
  const render = (request: ApprovalRequest): object => approvalJson(request, options.parameterText);

  app.get<{ Querystring: PageQuery & { status?: ApprovalStatus } }>(
    '/approvals',
    { schema: { summary: 'Held statements', querystring: APPROVALS_QUERY, response: { 200: listOf(APPROVAL) } } },
    async (request) => {
      const caller = context.callerOf(request);
      const { status } = request.query;
      const own = caller.reach === 'own' ? { identityKey: caller.identity.key } : {};
      const page = await collectPage({
        ...pageOf(context, 'approvals', caller, request.query),
        fetch: (limit, after) =>
          options.approvals.list({
            limit,
            ...own,
            ...(status === undefined ? {} : { status }),
            ...(after === undefined ? {} : { after }),
          }),
        positionOf: (entry) => entry.id,
        visible: (entry) => sees(caller, entry),
      });
      return pageJson(context, 'approvals', caller, page, render);
    },
  );

  app.get<{ Params: { id: string } }>(
    '/approvals/:id',
    { schema: { summary: 'One held statement', params: ID_PARAMS, response: { 200: APPROVAL } } },
    async (request) => render(await findVisible(context, context.callerOf(request), request.params.id)),
  );

  for (const verdict of ['approve', 'reject'] as const) {
    app.post<{ Params: { id: string }; Body: { digest: string; reason?: string } }>(
      `/approvals/:id/${verdict}`,
      {
        schema: {
          summary: verdict === 'approve' ? 'Let a held statement run once' : 'Refuse a held statement',
          params: ID_PARAMS,
          body: DECIDE_BODY,
          response: { 200: APPROVAL },
        },
      },
      async (request) => render(await decide(context, request, verdict)),
    );
  }
}

async function decide(
  context: ApiContext,
  request: FastifyRequest<{ Params: { id: string }; Body: { digest: string; reason?: string } }>,
  verdict: Verdict,
): Promise<ApprovalRequest> {
  const caller = context.callerOf(request);
  const { id } = request.params;
  const { digest, reason = '' } = request.body;
  const held = await findVisible(context, caller, id);
  try {
    if (!caller.has('reviewer', held.subject.datasource)) {
      throw new Problem(403, 'not-a-reviewer', 'Only a person with the reviewer role for this datasource may decide.');
    }
    if (verdict === 'reject' && reason.trim() === '') {
      throw new Problem(400, 'bad-request', 'A rejection needs a reason: the requester is told it.');
    }
    if (/[\p{Cc}\p{Bidi_Control}]/u.test(reason.replaceAll('\n', ' '))) {
      throw new Problem(400, 'bad-request', 'The reason holds control characters.');
    }
    const reviewer = { principals: caller.identity.chain, groups: caller.identity.groups };
    const decided = await context.options.approvals.decide(id, digest, reviewer, verdict, reason);
    context.acted(request, verdict, id, 'done');
    return decided;
  } catch (error) {
    context.acted(request, verdict, id, 'refused');
    throw error instanceof GatewayError ? asProblem(error) : error;
  }
}

function asProblem(error: GatewayError): unknown {
  const words = error.hint === '' ? error.message : `${error.message} (${error.hint})`;
  switch (error.code) {
    case 'approval-unknown':
      return notFound();
    case 'approval-unusable':
      return new Problem(409, error.code, words);
    case 'policy-denied':
      return new Problem(403, error.code, words);
    default:
      return error;
  }
}

function sees(caller: Caller, request: ApprovalRequest): boolean {
  return caller.mayRead(request.subject.identityKey, request.subject.datasource);
}

async function findVisible(context: ApiContext, caller: Caller, id: string): Promise<ApprovalRequest> {
  const found = await context.options.approvals.get(id);
  if (found === null || !sees(caller, found)) throw notFound();
  return found;
}
