export {
  type Certificate,
  type CertificateAuthority,
  type CertificateSubject,
  issueCertificate,
  makeCertificateAuthority,
} from './demo/certificates.ts';
export { type EmbeddedPostgresOptions, type PostgresServer, startEmbeddedPostgres } from './demo/embedded-postgres.ts';
export { type DevelopmentIssuer, startDevelopmentIssuer, type TokenOptions } from './demo/issuer.ts';
