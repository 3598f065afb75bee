import type { EpochMs } from './clock.ts';

/**
 * Where a reader or a model is: an upper-case ISO 3166 alpha-2 code or the name of a jurisdiction, or
 * `unknown` (nobody said; the stricter reading applies), or `none` (there is no model: a person reads).
 */
export type Place = string;
export const UNKNOWN_PLACE: Place = 'unknown';
export const NO_PLACE: Place = 'none';

/** A human or an agent as the issuer names it. */
export interface Principal {
  readonly subject: string;
  readonly groups: readonly string[];
}

/** Who speaks on a session, as proven by a verified credential. Holds no credential material. */
export interface Identity {
  /** Stable key: SHA-256 (hex) over issuer, subject, client and delegation chain. Four-eyes compares `principals`. */
  readonly key: string;
  readonly issuer: string;
  /** The person behind the session; null for a machine client without one. */
  readonly human: Principal | null;
  /** The agent that acts; null when a person connects directly. */
  readonly agent: Principal | null;
  /** What policy grants by: of a delegated session, the groups that human and agent both hold. */
  readonly groups: readonly string[];
  readonly clientId: string | null;
  /** Every subject in the delegation chain, outermost actor first, the human last. */
  readonly chain: readonly string[];
  readonly region: Place;
  /** `none` for people unless they say otherwise; `unknown` for agents that do not say. */
  readonly modelRegion: Place;
  /** Names of claims whose absence made a place unknown, for messages: `region`, `model_region`. */
  readonly missingClaims: readonly string[];
  /** Grants named by the token or configuration, consulted by `granted()`. */
  readonly grants: readonly string[];
  readonly expiresAt: EpochMs;
  /** Human-readable: the person's subject, or `agent for person`. */
  readonly displayName: string;
}

/** Why a token or a client certificate was not accepted: stable, safe to log and to use as a metric label. */
export type IdentityFailure =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claims'
  | 'certificate'
  | 'keys-unavailable';
