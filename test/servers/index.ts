export { connectCatalogSource } from './catalog-source.ts';
export {
  type FreshDatabase,
  freshDatabase,
  type PostgresOptions,
  type PostgresServer,
  sharedPostgres,
  startPostgres,
} from './postgres.ts';
