import type { FastifyInstance } from 'fastify';
import type { AdminOptions } from '../options.ts';
import { Problem } from '../problem.ts';
import { HEALTH } from '../schemas.ts';

/** What monitoring asks, without a token: nothing here tells of users, SQL or addresses. */
export function healthRoutes(app: FastifyInstance, options: AdminOptions): void {
  app.get('/metrics', { schema: { summary: 'Prometheus text', produces: ['text/plain'] } }, async (_request, reply) => {
    const { contentType, text } = await options.telemetry.expose();
    return reply.type(contentType).send(text);
  });
  app.get('/healthz', { schema: { summary: 'The process answers', response: { 200: HEALTH } } }, async () => {
    return { status: 'ok' };
  });
  app.get('/readyz', { schema: { summary: 'The gateway takes traffic', response: { 200: HEALTH } } }, async () => {
    const reasons = options.notReady();
    if (reasons.length > 0) throw new Problem(503, 'not-ready', 'The gateway is not ready for traffic.', { reasons });
    return { status: 'ready' };
  });
}
