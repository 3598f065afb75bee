export {
  type Certificate,
  type CertificateAuthority,
  type CertificateSubject,
  issueCertificate,
  makeCertificateAuthority,
} from './demo/certificates.ts';
export { type EmbeddedPostgresOptions, type PostgresServer, startEmbeddedPostgres } from './demo/embedded-postgres.ts';
export { type DevelopmentIssuer, startDevelopmentIssuer, type TokenOptions } from './demo/issuer.ts';
export { type RunningBailiwick, type RunOptions, runBailiwick } from './run/run-bailiwick.ts';
export { type LoadedSite, loadSite, type Site } from './site/load-site.ts';
export { type CliOptions, type CliRun, ended, readyLines, runCli, spawnCli } from './testing/run-cli.ts';
