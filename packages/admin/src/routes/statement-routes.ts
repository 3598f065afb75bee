import type { StatementSummary } from '@bailiwick/domain';
import type { FastifyInstance } from 'fastify';
import { type ApiContext, type PageQuery, pageJson, pageOf, readSince } from '../api-context.ts';
import type { Caller } from '../caller.ts';
import { collectPage } from '../collect-page.ts';
import { notFound, Problem } from '../problem.ts';
import { listOf, STATEMENT, STATEMENTS_QUERY } from '../schemas.ts';
import { statementJson } from '../session-json.ts';

interface StatementsQuery extends PageQuery {
  readonly session?: string;
  readonly since?: string;
}

/** Statements across sessions. They have no literals and no values. */
export function statementRoutes(app: FastifyInstance, context: ApiContext): void {
  const { options } = context;
  app.get<{ Querystring: StatementsQuery }>(
    '/statements',
    {
      schema: {
        summary: 'Statements: of one session in order, of all sessions newest first',
        querystring: STATEMENTS_QUERY,
        response: { 200: listOf(STATEMENT) },
      },
    },
    async (request) => {
      const caller = context.callerOf(request);
      const { session } = request.query;
      const since = readSince(request.query.since);
      const mayRead = sessionGate(context, caller);
      if (session !== undefined && !(await mayRead(session))) throw notFound();
      if (session === undefined && caller.reach === 'own') {
        throw new Problem(400, 'bad-request', 'Name one of your sessions: ?session=ses_…');
      }
      const list = `statements ${session ?? ''}`;
      const page = await collectPage<StatementSummary>({
        ...pageOf(context, list, caller, request.query),
        fetch: (limit, after) =>
          options.transcripts.statements({
            limit,
            ...(session === undefined ? {} : { sessionId: session }),
            ...(since === undefined ? {} : { since }),
            ...(after === undefined ? {} : { after }),
          }),
        positionOf: (statement) => `${statement.sessionId}/${statement.ordinal}`,
        visible: (statement) => mayRead(statement.sessionId),
      });
      return pageJson(context, list, caller, page, statementJson);
    },
  );
}

/** Whether the caller may read a session, asked once per session and request. */
function sessionGate({ options }: ApiContext, caller: Caller): (id: string) => Promise<boolean> {
  const known = new Map<string, boolean>();
  return async (id) => {
    const earlier = known.get(id);
    if (earlier !== undefined) return earlier;
    const session = await options.transcripts.session(id);
    const may = session !== null && caller.mayRead(session.identity.key, session.datasource);
    known.set(id, may);
    return may;
  };
}
