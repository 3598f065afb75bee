import type { EpochMs, Identity } from '@bailiwick/domain';
import { type JsonObject, readClaim } from './claim-path.ts';
import type { ClaimsContext } from './claims-context.ts';
import { checkConfirmation } from './confirmation.ts';
import { readName } from './delegation.ts';
import { identityKey } from './identity-key.ts';
import { type ClaimPaths, DEFAULT_CLAIM_PATHS } from './options.ts';
import { readAllowed, readParties } from './parties.ts';
import { readPlaces } from './read-places.ts';
import { TokenRejected } from './verifier.ts';

/**
 * Turns claims whose signature, issuer, audience and times hold into an Identity; pure. The rules, which err to the
 * stricter side, are in the package's README.
 * @throws TokenRejected 'claims' where a claim that matters is not of its type, 'certificate' where the token is bound to
 * a key that the client does not hold.
 */
export function identityOfClaims(claims: JsonObject, expiresAt: EpochMs, context: ClaimsContext): Identity {
  const paths = { ...DEFAULT_CLAIM_PATHS, ...context.issuer.claims };
  checkConfirmation(claims, context.certificateThumbprint ?? null);
  refuseUnverifiedMail(claims, paths);
  const subject = readName(readClaim(claims, paths.subject), paths.subject);
  const clientId = readClientId(claims, paths);
  const parties = readParties(claims, subject, clientId, paths, context);
  const { region, modelRegion, missingClaims } = readPlaces(claims, parties, paths, context);
  return {
    key: identityKey(context.issuer.issuer, subject, clientId, parties.links),
    issuer: context.issuer.issuer,
    human: parties.human,
    agent: parties.agent,
    groups: parties.groups,
    clientId,
    chain: parties.links.map((link) => link.subject),
    region,
    modelRegion,
    missingClaims,
    grants: paths.grants === null ? [] : readAllowed(claims, 'grants', paths.grants, context),
    expiresAt,
    displayName: [parties.agent, parties.human]
      .flatMap((party) => (party === null ? [] : [party.subject]))
      .join(' for '),
  };
}

function refuseUnverifiedMail(claims: JsonObject, paths: ClaimPaths): void {
  if (paths.subject === 'email' && claims.email_verified === false) {
    throw new TokenRejected('claims', 'claim email is not verified by the issuer');
  }
}

function readClientId(claims: JsonObject, paths: ClaimPaths): string | null {
  if (paths.clientId !== null) {
    const value = readClaim(claims, paths.clientId);
    return value === undefined ? null : readName(value, paths.clientId);
  }
  const named = ['client_id', 'azp'].flatMap((claim) =>
    Object.hasOwn(claims, claim) ? [readName(claims[claim], claim)] : [],
  );
  const [first = null, second = first] = named;
  if (first !== second) throw new TokenRejected('claims', 'claims client_id and azp name different clients');
  return first;
}
