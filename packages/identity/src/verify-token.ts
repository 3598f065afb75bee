import type { EpochMs } from '@bailiwick/domain';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ALGORITHMS } from './token-envelope.ts';
import { TokenRejected } from './verifier.ts';

/** How far apart the clocks of issuer and gateway may be. */
export const SKEW_SECONDS = 60;

/** 9999-12-31T23:59:59Z: later times are no times, and dates cannot show them. */
const SECONDS_MAX = 253_402_300_799;

/** What a token must fit. */
export interface TokenTerms {
  readonly issuer: string;
  readonly audience: string;
  readonly now: EpochMs;
}

/**
 * Checks signature, issuer, audience and times.
 * @returns null where the keys hold none that the token names: newer keys may.
 * @throws TokenRejected naming the failure; nothing of the token is in it, nor a cause that would hold its claims.
 */
export async function verifyToken(
  token: string,
  keys: JWTVerifyGetKey,
  terms: TokenTerms,
): Promise<{ readonly claims: JWTPayload; readonly expiresAt: EpochMs } | null> {
  try {
    const claims = await verifyWithEach(token, keys, terms);
    return { claims, expiresAt: checkTimes(claims, terms.now) };
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return null;
    throw error instanceof TokenRejected ? error : rejectionOf(error);
  }
}

async function verifyWithEach(token: string, keys: JWTVerifyGetKey, terms: TokenTerms): Promise<JWTPayload> {
  const options = {
    algorithms: [...ALGORITHMS],
    issuer: terms.issuer,
    audience: terms.audience,
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(terms.now),
    requiredClaims: ['exp'],
  };
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token without `kid`, and several keys that fit its algorithm.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** jose looks at `iat` only for a maximum age, and takes any number for a time. */
function checkTimes(claims: JWTPayload, nowMs: EpochMs): EpochMs {
  for (const claim of ['exp', 'nbf', 'iat'] as const) {
    const value = claims[claim];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value >= 0 && value <= SECONDS_MAX)) {
      throw new TokenRejected('claims', `claim ${claim} is no time`);
    }
  }
  const { iat, exp } = claims;
  if (exp === undefined) throw new TokenRejected('claims', 'claim exp is missing');
  if (iat !== undefined && iat * 1000 > nowMs + SKEW_SECONDS * 1000) {
    throw new TokenRejected('not-yet-valid', 'claim iat is in the future');
  }
  // A token accepted only because of skew must not open a session that is over at once.
  return exp * 1000 > nowMs ? exp * 1000 : (exp + SKEW_SECONDS) * 1000;
}

function rejectionOf(error: unknown): TokenRejected {
  if (error instanceof errors.JWTExpired)
    return new TokenRejected('expired', `claim ${error.claim}: the token has expired`);
  if (error instanceof errors.JWTClaimValidationFailed) return claimRejection(error.claim, error.reason);
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new TokenRejected('algorithm', 'the signature algorithm of the token is not accepted');
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRejected('signature', 'the signature of the token does not hold');
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return new TokenRejected('malformed', 'the token is not a well-formed JWT');
  }
  return new TokenRejected('signature', 'the signature of the token could not be verified');
}

function claimRejection(claim: string, reason: string): TokenRejected {
  if (claim === 'aud') return new TokenRejected('audience', 'claim aud does not name this gateway');
  if (claim === 'iss') return new TokenRejected('issuer', 'claim iss does not name a configured issuer');
  if (claim === 'nbf' && reason === 'check_failed') {
    return new TokenRejected('not-yet-valid', 'claim nbf: the token is not valid yet');
  }
  return new TokenRejected('claims', `claim ${claim} is ${reason === 'missing' ? 'missing' : 'not acceptable'}`);
}
