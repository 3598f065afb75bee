import type { Clock, EpochMs, Identity, Log, Telemetry } from '@bailiwick/domain';
import type { JWTPayload } from 'jose';
import { CertificateBook } from './certificate-book.ts';
import type { ClaimsContext, Oddity } from './claims-context.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { checkConfirmation } from './confirmation.ts';
import type { Fetch } from './fetch-json.ts';
import { identityOfClaims } from './identity-of-claims.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { issuerUrlFault } from './issuer-url.ts';
import { Networks } from './networks.ts';
import type { IdentityOptions, IssuerOptions } from './options.ts';
import { peekIssuer } from './token-envelope.ts';
import { type IdentityVerifier, TokenRejected, type VerifiedClaims } from './verifier.ts';
import { verifyToken } from './verify-token.ts';

/** What a verifier needs of its surroundings. */
export interface IdentityDependencies {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Absent: the platform's. */
  readonly fetch?: Fetch;
}

/** A verifier that keeps its issuers' keys fresh until it is closed. */
export interface RunningIdentityVerifier extends IdentityVerifier {
  /** Stops fetching keys. Tokens are still verified by those that are known. */
  close(): void;
}

interface ConfiguredIssuer {
  readonly options: IssuerOptions;
  readonly keys: IssuerKeys;
}

/**
 * Makes a verifier and starts fetching keys; an issuer that cannot be reached is no fault here.
 * @throws TypeError for options that could not be meant: no issuer or one twice, http off loopback, a bad network.
 *
 * @example
 * const verifier = createIdentityVerifier(options, { clock: systemClock, telemetry, log });
 * const identity = await verifier.verify(password, 'wire', socket.remoteAddress ?? null);
 */
export function createIdentityVerifier(
  options: IdentityOptions,
  dependencies: IdentityDependencies,
): RunningIdentityVerifier {
  checkIssuers(options.issuers);
  const { clock, log } = dependencies;
  const networks = new Networks(options.networks);
  const fetch: Fetch = dependencies.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const issuers = new Map<string, ConfiguredIssuer>(
    options.issuers.map((issuer) => [
      issuer.issuer,
      { options: issuer, keys: new IssuerKeys(issuer, { ...dependencies, fetch }) },
    ]),
  );

  const certificates = new CertificateBook(options.certificates ?? []);
  const contextOf = (issuer: IssuerOptions, address: string | null): ClaimsContext => ({
    issuer,
    clients: options.clients,
    networkRegion: networks.regionOf(address),
    onOddity: (oddity) => logOddity(log, issuer.issuer, oddity),
  });

  const configured = (name: string): ConfiguredIssuer => {
    const issuer = issuers.get(name);
    if (issuer === undefined) throw new TokenRejected('issuer', 'claim iss does not name a configured issuer');
    return issuer;
  };

  return {
    async verify(token, use, address, certificate = null): Promise<Identity> {
      const issuer = configured(peekIssuer(token));
      const { claims, expiresAt } = await verified(token, use, issuer, clock);
      // What binds a token must count itself: one that is revoked, or is over, binds nothing.
      if (certificate !== null) certificates.find(certificate, clock.now());
      return identityOfClaims(claims, boundedExpiry(claims, expiresAt, certificate), {
        ...contextOf(issuer.options, address),
        certificateThumbprint: certificate?.thumbprint ?? null,
      });
    },
    identityOfCertificate(certificate, address): Identity | null {
      const mapped = certificates.find(certificate, clock.now());
      if (mapped === null) return null;
      const issuer = issuers.get(mapped.issuer);
      if (issuer === undefined) throw new TokenRejected('issuer', 'the certificate is mapped to an unknown issuer');
      return identityOfClaims(mapped.claims, certificate.validTo, contextOf(issuer.options, address));
    },
    async verifiedClaims(token, use): Promise<VerifiedClaims> {
      const issuer = configured(peekIssuer(token));
      const { claims, expiresAt } = await verified(token, use, issuer, clock);
      // What a token bound to a key leads to would be bound to nothing.
      checkConfirmation(claims, null);
      return { issuer: issuer.options.issuer, claims, expiresAt };
    },
    identityOfClaims: ({ issuer, claims }, expiresAt, address) =>
      identityOfClaims(claims, expiresAt, contextOf(configured(issuer).options, address)),
    close(): void {
      for (const { keys } of issuers.values()) keys.close();
    },
  };
}

/** A token that is bound to a certificate lasts no longer than that does. */
function boundedExpiry(claims: JWTPayload, expiresAt: EpochMs, certificate: ClientCertificate | null): EpochMs {
  return certificate !== null && Object.hasOwn(claims, 'cnf') ? Math.min(expiresAt, certificate.validTo) : expiresAt;
}

async function verified(
  token: string,
  use: 'wire' | 'admin',
  { options, keys }: ConfiguredIssuer,
  clock: Clock,
): Promise<{ readonly claims: JWTPayload; readonly expiresAt: EpochMs }> {
  const audience = use === 'admin' ? (options.adminAudience ?? options.audience) : options.audience;
  const terms = { issuer: options.issuer, audience, now: clock.now() };
  const present = await keys.current();
  const first = await verifyToken(token, present, terms);
  if (first !== null) return first;
  const newer = await keys.newerThan(present);
  const second = newer === null ? null : await verifyToken(token, newer, { ...terms, now: clock.now() });
  if (second !== null) return second;
  throw new TokenRejected('signature', 'the token is signed by a key that its issuer does not publish');
}

function checkIssuers(issuers: readonly IssuerOptions[]): void {
  if (issuers.length === 0) throw new TypeError('identity.issuers: at least one issuer is needed');
  const seen = new Set<string>();
  for (const { issuer, jwksUri, audience, adminAudience } of issuers) {
    const fault = issuerUrlFault(issuer, true) ?? (new URL(issuer).search === '' ? null : 'has a query');
    if (fault !== null) throw new TypeError(`identity.issuers: issuer "${issuer}" ${fault}`);
    const keysFault = jwksUri === undefined ? null : issuerUrlFault(jwksUri, true);
    if (keysFault !== null) throw new TypeError(`identity.issuers: jwks_uri of "${issuer}" ${keysFault}`);
    // An empty audience would be met by any token that carries an empty one.
    if (audience === '' || adminAudience === '')
      throw new TypeError(`identity.issuers: audience of "${issuer}" is empty`);
    if (seen.has(issuer)) throw new TypeError(`identity.issuers: "${issuer}" is there twice`);
    seen.add(issuer);
  }
}

function logOddity(log: Log, issuer: string, oddity: Oddity): void {
  if (oddity.kind === 'dropped') {
    log.info({ issuer, claim: oddity.claim, count: oddity.count }, 'a token asserted more than its issuer may');
  } else {
    log.warn(
      { issuer, claim: oddity.claim, sources: oddity.sources },
      'sources do not agree on a place: it is unknown',
    );
  }
}
