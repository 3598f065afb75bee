import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { AdminOptions } from './options.ts';
import { isProblemStatus, notFound, Problem, problemBody } from './problem.ts';

const PROBLEM_TYPE = 'application/problem+json';

/** Makes every refusal of the server a problem document, whoever raised it. */
export function answerProblems(app: FastifyInstance, { log }: AdminOptions): void {
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(), request.id));
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = error instanceof Problem ? error : problemOf(error);
    if (problem.status >= 500 && !(error instanceof Problem)) {
      log.error({ request: request.id, route: request.routeOptions.url, error: describe(error) }, 'request failed');
    }
    return sendProblem(reply, problem, request.id);
  });
}

function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="bailiwick"');
  const { retry_after_s: wait } = problem.extensions;
  if (typeof wait === 'number') reply.header('retry-after', String(wait));
  const text = JSON.stringify(problemBody(problem, requestId));
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(text);
}

/** Fastify's own words name keys and limits, never what was sent; of anything else only the status is told. */
function problemOf(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  if (!isProblemStatus(status) || status >= 500) {
    return new Problem(500, 'internal', 'Something went wrong here; the log has the request id.');
  }
  if (error.validation !== undefined) return new Problem(400, 'bad-request', `${error.message}.`);
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') return new Problem(400, 'bad-request', 'The body is not JSON.');
  return new Problem(status, 'bad-request', `${error.message}.`);
}

function describe(error: Error): string {
  return `${error.name}: ${error.message}`;
}
