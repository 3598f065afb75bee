export { connectCatalogSource } from './catalog-source.ts';
export {
  type ConnectOptions,
  policyOf,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './gateway.ts';
export {
  type HandshakePeer,
  type HandshakeScript,
  type HostileServer,
  startHostileServer,
} from './hostile-server.ts';
export { type Claims, EU_AGENT, EU_PERSON, REVIEWER, STRANGER, US_AGENT } from './identities.ts';
export { type LibpqOptions, type LibpqRun, libpqMissing, runLibpq } from './libpq.ts';
export { recordingLog } from './log.ts';
export {
  type FreshDatabase,
  freshDatabase,
  type PostgresOptions,
  type PostgresServer,
  sharedPostgres,
  startPostgres,
} from './postgres.ts';
export { endProcess, prepareServedGateway, type ServedGateway, type ServedSite } from './served-gateway.ts';
export { type SkippingClock, skippingClock } from './skipping-clock.ts';
export { startTap, type Tap } from './tap.ts';
export {
  cellsOf,
  errorsOf,
  extendedQuery,
  extendedStatement,
  openTcp,
  openWire,
  rowsOf,
  type ServerFrame,
  statusOf,
  tagsOf,
  typesOf,
  WireClient,
  type WireError,
  type WireOptions,
} from './wire-client.ts';
