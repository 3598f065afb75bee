export { type EmbeddedPostgresOptions, type PostgresServer, startEmbeddedPostgres } from './demo/embedded-postgres.ts';
