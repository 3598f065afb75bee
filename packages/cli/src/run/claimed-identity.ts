import type { Clock, Identity } from '@bailiwick/domain';
import { type IdentityOptions, identityOfClaims, Networks, TokenRejected } from '@bailiwick/identity';

const HOUR_MS = 3_600_000;

/**
 * The identity that claims would give if a configured issuer had signed them: for `explain`, never for access.
 * `iss` may be absent where there is one issuer. Throws `TokenRejected`.
 */
export function claimedIdentity(
  options: IdentityOptions,
  claims: Readonly<Record<string, unknown>>,
  ip: string | null,
  clock: Clock,
): Identity {
  const [only, ...others] = options.issuers;
  const named = options.issuers.find(({ issuer }) => issuer === claims.iss);
  const issuer = named ?? (claims.iss === undefined && others.length === 0 ? only : undefined);
  if (issuer === undefined) throw new TokenRejected('issuer', 'claim iss does not name a configured issuer');
  return identityOfClaims(claims, clock.now() + HOUR_MS, {
    issuer,
    clients: options.clients,
    networkRegion: new Networks(options.networks).regionOf(ip),
    onOddity: () => {},
  });
}
