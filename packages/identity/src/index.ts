export { AddressRange } from './address-range.ts';
export { AttemptLimiter } from './attempt-limiter.ts';
export type { ClaimsContext, Oddity } from './claims-context.ts';
export { type CertificateNames, type ClientCertificate, readClientCertificate } from './client-certificate.ts';
export { createIdentityVerifier, type IdentityDependencies, type RunningIdentityVerifier } from './create-verifier.ts';
export type { Fetch } from './fetch-json.ts';
export { identityOfClaims } from './identity-of-claims.ts';
export { issuerUrlFault } from './issuer-url.ts';
export { Networks } from './networks.ts';
export {
  type AssertionLimits,
  type CertificateMatch,
  type CertificateOptions,
  type ClaimPaths,
  type ClientOptions,
  DEFAULT_CLAIM_PATHS,
  type IdentityOptions,
  type IssuerOptions,
  type NetworkOptions,
} from './options.ts';
export { type Pass, type PassStatus, passStatus } from './pass.ts';
export {
  type AdmittedPass,
  createPassDesk,
  type PassDesk,
  type PassDeskOptions,
  type PassFailure,
  PassNotIssued,
  PassRejected,
  type PassRequest,
} from './pass-desk.ts';
export { looksLikePass, PASS_USER_PREFIX } from './pass-secret.ts';
export type { PassFilter, PassStore } from './pass-store.ts';
export type { PassVerifier } from './pass-verifier.ts';
export { parsePlace } from './place.ts';
export { openSqlitePassStore } from './sqlite-pass-store.ts';
export { TOKEN_LENGTH_MAX } from './token-envelope.ts';
export { type IdentityVerifier, TokenRejected, type VerifiedClaims } from './verifier.ts';
