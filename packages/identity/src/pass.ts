import type { EpochMs } from '@bailiwick/domain';
import type { PassVerifier } from './pass-verifier.ts';
import type { VerifiedClaims } from './verifier.ts';

/** An access pass as lists show it: no secret, nothing that is made of it. */
export interface Pass {
  /** Lower-case letters and digits. PostgreSQL users of it are called `pass-<id>`. */
  readonly id: string;
  /** `Identity.key` of whoever made it: who uses it is the same identity, or nobody. */
  readonly identityKey: string;
  readonly human: string | null;
  readonly agent: string | null;
  readonly datasource: string;
  /** The user name that a client would ask for, where the datasource has roles; empty: it names none. */
  readonly role: string;
  /** Networks in CIDR notation from which alone it may be used; empty: from anywhere. */
  readonly networks: readonly string[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly revokedAt: EpochMs | null;
}

/** A pass with what recognises it and what it stands for. */
export interface StoredPass {
  readonly pass: Pass;
  readonly verifier: PassVerifier;
  /** What the token of whoever made it said. */
  readonly claims: VerifiedClaims;
}

export type PassStatus = 'active' | 'expired' | 'revoked';

export function passStatus(pass: Pass, now: EpochMs): PassStatus {
  if (pass.revokedAt !== null) return 'revoked';
  return pass.expiresAt <= now ? 'expired' : 'active';
}
