import { Readable } from 'node:stream';
import type { SessionSummary } from '@bailiwick/domain';
import type { FastifyInstance } from 'fastify';
import { type ApiContext, type PageQuery, pageJson, pageOf, readSince } from '../api-context.ts';
import type { Caller } from '../caller.ts';
import { collectPage } from '../collect-page.ts';
import { notFound, Problem } from '../problem.ts';
import { ID_PARAMS, KILLED, listOf, SESSION, SESSIONS_QUERY, TRANSCRIPT } from '../schemas.ts';
import { sessionJson, summaryOfLive } from '../session-json.ts';
import { transcriptJson } from '../transcript-stream.ts';

interface SessionsQuery extends PageQuery {
  readonly live?: 'true' | 'false';
  readonly identity?: string;
  readonly datasource?: string;
  readonly since?: string;
}

/** Sessions and their transcripts: one's own, and everybody's for reviewers and auditors; operators may end them. */
export function sessionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { options } = context;

  app.get<{ Querystring: SessionsQuery }>(
    '/sessions',
    { schema: { summary: 'Sessions, newest first', querystring: SESSIONS_QUERY, response: { 200: listOf(SESSION) } } },
    async (request) => {
      const caller = context.callerOf(request);
      const live = new Set(options.sessions.live().map((session) => session.id));
      const page = await sessionPage(context, caller, request.query, live);
      return pageJson(context, 'sessions', caller, page, (session) => sessionJson(session, live.has(session.id)));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/sessions/:id',
    { schema: { summary: 'One session', params: ID_PARAMS, response: { 200: SESSION } } },
    async (request) => {
      const session = await findVisible(context, context.callerOf(request), request.params.id);
      return sessionJson(session, isLive(context, session.id));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/sessions/:id/transcript',
    {
      schema: {
        summary: 'What the client sent and got, in order; the reply is streamed',
        params: ID_PARAMS,
        response: { 200: TRANSCRIPT },
      },
    },
    async (request, reply) => {
      const { id } = await findVisible(context, context.callerOf(request), request.params.id);
      const text = transcriptJson(options.transcripts.transcript(id), (error) =>
        options.log.error({ request: request.id, session: id, error: nameOf(error) }, 'transcript not readable'),
      );
      return reply.type('application/json; charset=utf-8').send(Readable.from(text, { objectMode: false }));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/sessions/:id',
    { schema: { summary: 'End a live session', params: ID_PARAMS, response: { 200: KILLED } } },
    async (request) => {
      const caller = context.callerOf(request);
      const { id } = request.params;
      const session = await find(context, id);
      const operates = session !== null && caller.has('operator', session.datasource);
      if (session === null || !(operates || caller.mayRead(session.identity.key, session.datasource))) throw notFound();
      if (!operates) {
        context.acted(request, 'kill', id, 'refused');
        throw new Problem(403, 'not-an-operator', 'Only a person with the operator role may end a session.');
      }
      if (!options.sessions.kill(id, caller.identity.displayName)) {
        context.acted(request, 'kill', id, 'refused');
        throw new Problem(409, 'not-live', 'The session has ended already.');
      }
      context.acted(request, 'kill', id, 'done');
      return { id, killed: true };
    },
  );
}

async function sessionPage(
  { options, ...context }: ApiContext,
  caller: Caller,
  query: SessionsQuery,
  live: ReadonlySet<string>,
): Promise<{ readonly items: readonly SessionSummary[]; readonly next: string | null }> {
  const since = readSince(query.since);
  const { identity, datasource } = query;
  const visible = (session: SessionSummary): boolean =>
    caller.mayRead(session.identity.key, session.datasource) &&
    (datasource === undefined || session.datasource === datasource) &&
    (since === undefined || session.startedAt >= since) &&
    (query.live === undefined || live.has(session.id) === (query.live === 'true')) &&
    (identity === undefined ||
      [session.identity.key, session.identity.human, session.identity.agent].includes(identity));
  const place = pageOf({ options, ...context }, 'sessions', caller, query);
  if (query.live === 'true') {
    const known = await Promise.all(
      options.sessions
        .live()
        .map(async (session) => (await options.transcripts.session(session.id)) ?? summaryOfLive(session)),
    );
    const items = known.filter(visible).sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
    const from = place.after === undefined ? 0 : Number(place.after);
    const to = from + place.limit;
    return { items: items.slice(from, to), next: to < items.length ? String(to) : null };
  }
  return collectPage({
    ...place,
    fetch: (limit, after) =>
      options.transcripts.sessions({
        limit,
        ...(caller.reach === 'own' ? { identityKey: caller.identity.key } : {}),
        ...(datasource === undefined ? {} : { datasource }),
        ...(since === undefined ? {} : { since }),
        ...(after === undefined ? {} : { after }),
      }),
    positionOf: (session) => session.id,
    visible,
  });
}

async function find({ options }: ApiContext, id: string): Promise<SessionSummary | null> {
  const recorded = await options.transcripts.session(id);
  if (recorded !== null) return recorded;
  const live = options.sessions.live().find((session) => session.id === id);
  return live === undefined ? null : summaryOfLive(live);
}

async function findVisible(context: ApiContext, caller: Caller, id: string): Promise<SessionSummary> {
  const session = await find(context, id);
  if (session === null || !caller.mayRead(session.identity.key, session.datasource)) throw notFound();
  return session;
}

function isLive({ options }: ApiContext, id: string): boolean {
  return options.sessions.live().some((session) => session.id === id);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
