import type { Place } from '@bailiwick/domain';

/** Where in a token's claims each thing is said: a claim's name, or a JSON pointer when it starts with `/`. */
export interface ClaimPaths {
  readonly subject: string;
  readonly groups: string;
  readonly region: string;
  readonly modelRegion: string;
  /** Read only where it is configured. */
  readonly grants: string | null;
  /** Null: `client_id`, else `azp`; a token in which the two differ is refused. */
  readonly clientId: string | null;
}

/** What `identity.issuers[].claims` stands for where it says nothing. */
export const DEFAULT_CLAIM_PATHS: ClaimPaths = {
  subject: 'sub',
  groups: 'groups',
  region: 'region',
  modelRegion: 'model_region',
  grants: null,
  clientId: null,
};

/**
 * What an issuer's tokens may say. Where `IssuerOptions.mayAssert` is absent an issuer may say everything; where it
 * is there, what it does not name is not heard.
 */
export interface AssertionLimits {
  /** Groups that are heard; others are dropped. Absent: none. */
  readonly groups?: readonly string[];
  /** Whether places are heard: the reader's and, unless `modelRegion` says otherwise, the model's. */
  readonly region?: boolean;
  readonly modelRegion?: boolean;
  /** Grants that are heard. Absent: none. */
  readonly grants?: readonly string[];
}

/** One `identity.issuers` entry. */
export interface IssuerOptions {
  /** Compared with `iss` byte by byte. */
  readonly issuer: string;
  /** Skips discovery. */
  readonly jwksUri?: string;
  /** `aud` of tokens on the wire. */
  readonly audience: string;
  /** `aud` of tokens on the API; absent: the same. */
  readonly adminAudience?: string;
  /** Absent keys are those of `DEFAULT_CLAIM_PATHS`. */
  readonly claims?: Partial<ClaimPaths>;
  readonly mayAssert?: AssertionLimits;
}

/** One `identity.clients` entry: a client that is known to be an agent. Its sessions are never a person's own. */
export interface ClientOptions {
  readonly region?: Place;
  /** `none` says that no model reads what this client reads. */
  readonly modelRegion?: Place;
  /** The person who answers for the client: may not approve what it asks for; lends it no group. */
  readonly owner?: string;
  /** Groups that the client holds when it acts for a person and the token names none for it. */
  readonly groups?: readonly string[];
}

/** One `identity.networks` entry. The most specific network that holds an address speaks for it. */
export interface NetworkOptions {
  readonly cidr: string;
  readonly region: Place;
}

/** What an `identity.certificates` entry knows a certificate by. Values are compared whole: there are no patterns. */
export interface CertificateMatch {
  readonly by: 'fingerprint' | 'san_uri' | 'san_dns' | 'san_email' | 'common_name' | 'subject';
  readonly value: string;
}

/** One `identity.certificates` entry. */
export interface CertificateOptions {
  readonly match: CertificateMatch;
  /**
   * The certificate stands for a token of this issuer with these claims; the issuer is one of those configured. Null:
   * the certificate is revoked.
   */
  readonly identity: { readonly issuer: string; readonly claims: Readonly<Record<string, unknown>> } | null;
}

/** Section `identity` of the configuration, as this package reads it. */
export interface IdentityOptions {
  readonly issuers: readonly IssuerOptions[];
  /** By client_id. */
  readonly clients: ReadonlyMap<string, ClientOptions>;
  readonly networks: readonly NetworkOptions[];
  /** Whom client certificates stand for. Absent: nobody. */
  readonly certificates?: readonly CertificateOptions[];
}
