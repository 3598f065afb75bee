import { type AttemptLimiter, TokenRejected } from '@bailiwick/identity';
import type { FastifyRequest } from 'fastify';
import { Caller } from './caller.ts';
import type { AdminOptions } from './options.ts';
import { Problem } from './problem.ts';

/** Longest token that is looked at (CONTRACT section 5). */
const TOKEN_LENGTH_MAX = 60 * 1024;

/**
 * The caller that a request's bearer token proves. Throws a 401 problem that does not say which check failed, or 429
 * when the address has failed too often; nothing of the token is kept or logged.
 */
export async function authenticate(
  request: FastifyRequest,
  options: AdminOptions,
  limiter: AttemptLimiter,
): Promise<Caller> {
  const wait = limiter.retryAfterSeconds(request.ip);
  if (wait > 0) throw new Problem(429, 'too-many-attempts', 'Too many failed attempts.', { retry_after_s: wait });
  const token = bearerToken(request.headers.authorization);
  if (token === null) throw new Problem(401, 'unauthenticated', 'Send a token: Authorization: Bearer <JWT>.');
  try {
    const identity = await options.verifier.verify(token, 'admin', request.ip);
    options.telemetry.count('auth_attempts_total', { protocol: 'http', method: 'jwt', outcome: 'ok' });
    return new Caller(identity, options.authority());
  } catch (error) {
    if (!(error instanceof TokenRejected)) throw error;
    const { failure } = error;
    options.telemetry.count('auth_attempts_total', { protocol: 'http', method: 'jwt', outcome: failure });
    options.log.info({ request: request.id, address: request.ip, failure }, 'API token not accepted');
    if (failure === 'keys-unavailable') {
      throw new Problem(503, 'keys-unavailable', 'The issuer cannot be asked for its keys at the moment.');
    }
    if (failure === 'certificate') {
      // Said of tokens whose signature held: who has one learns nothing by it.
      throw new Problem(
        401,
        'unauthenticated',
        'The token is bound to a client certificate or a key (cnf), which cannot be shown here: send one that is not.',
      );
    }
    limiter.failed(request.ip);
    throw new Problem(401, 'unauthenticated', 'The token was not accepted.');
  }
}

/** The token of an Authorization header; null: there is none. */
export function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length > TOKEN_LENGTH_MAX) return null;
  return /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1] ?? null;
}
