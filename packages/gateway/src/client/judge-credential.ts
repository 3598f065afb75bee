import { GatewayError, type Identity, type Telemetry } from '@bailiwick/domain';
import { type AdmittedPass, PassRejected, TokenRejected } from '@bailiwick/identity';
import type { AuthenticationMethod } from '../options.ts';
import { provenCertificate } from './proven-certificate.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

const GET_A_TOKEN = 'get a fresh token from your identity provider and put it into the password field';

/**
 * Verifies a client's token together with the certificate of its connection, and counts the attempt.
 * @param method by which the token came. @param hint what to do where it is not accepted.
 * @throws GatewayError('authentication-failed') saying which check failed.
 */
export async function judgeToken(
  token: string,
  method: AuthenticationMethod,
  client: UnprovenClient,
  { options: { verifier, clock, telemetry } }: AuthenticationHost,
  hint: string = GET_A_TOKEN,
): Promise<Authenticated> {
  try {
    const certificate = provenCertificate(client.socket);
    const identity = await verifier.verify(token, 'wire', client.address, certificate);
    if (identity.expiresAt <= clock.now()) throw new TokenRejected('expired', 'the token has expired');
    countAttempt(telemetry, method, 'ok');
    return { identity, method, pass: null };
  } catch (error) {
    throw refusalOf(error, method, 'the token', hint, telemetry);
  }
}

/** Takes what the passes say of one whose secret is, or is now, proven, and counts the attempt. Throws as `judgeToken`. */
export async function judgePass(
  admit: () => Promise<AdmittedPass>,
  { options: { telemetry } }: AuthenticationHost,
): Promise<Authenticated> {
  try {
    const { pass, identity } = await admit();
    countAttempt(telemetry, 'pass', 'ok');
    return { identity, method: 'pass', pass };
  } catch (error) {
    throw passRefusal(error, telemetry);
  }
}

/** What is thrown in place of `PassRejected`, which is counted; any other error as it is. */
export function passRefusal(error: unknown, telemetry: Telemetry): unknown {
  if (!(error instanceof PassRejected)) return error;
  countAttempt(telemetry, 'pass', error.failure);
  const hint = error.failure === 'throttled' ? 'check the pass and its id' : 'make a new pass: bailiwick pass create';
  return new GatewayError('authentication-failed', error.message, hint);
}

/** Asks whom a certificate stands for, and counts the attempt where it is somebody's or refused. Throws as `judgeToken`. */
export function judgeCertificate(
  client: UnprovenClient,
  { options: { verifier, telemetry } }: AuthenticationHost,
): Identity | null {
  try {
    const certificate = provenCertificate(client.socket);
    return certificate === null ? null : verifier.identityOfCertificate(certificate, client.address);
  } catch (error) {
    throw refusalOf(error, 'mtls', 'the client certificate', 'connect with one that this listener accepts', telemetry);
  }
}

/** `outcome` is `ok`, or which check failed. */
export function countAttempt(telemetry: Telemetry, method: AuthenticationMethod, outcome: string): void {
  telemetry.count('auth_attempts_total', { protocol: 'postgres', method, outcome });
}

function refusalOf(
  error: unknown,
  method: AuthenticationMethod,
  what: string,
  hint: string,
  telemetry: Telemetry,
): unknown {
  if (!(error instanceof TokenRejected)) return error;
  countAttempt(telemetry, method, error.failure);
  return new GatewayError('authentication-failed', `${what} was not accepted: ${error.message}`, hint);
}
