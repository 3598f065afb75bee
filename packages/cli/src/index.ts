export { type EmbeddedPostgresOptions, type PostgresServer, startEmbeddedPostgres } from './demo/embedded-postgres.ts';
export {
  DEVELOPMENT_AUDIENCE,
  type DevelopmentIssuer,
  type DevelopmentIssuerOptions,
  startDevelopmentIssuer,
  type TokenOptions,
} from './demo/issuer.ts';
