export {
  type FreshDatabase,
  freshDatabase,
  type PostgresOptions,
  type PostgresServer,
  sharedPostgres,
  startPostgres,
} from './postgres.ts';
