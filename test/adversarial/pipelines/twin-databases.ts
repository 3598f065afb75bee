import { randomBytes } from 'node:crypto';
import {
  EU_AGENT,
  errorsOf,
  openWire,
  type PostgresServer,
  startPostgres,
  startTestGateway,
  statusOf,
  type TestGateway,
  type WireClient,
} from '../../servers/index.ts';
import { PIPELINE_DATA } from './random-pipeline.ts';

/** What the gateway asks for on its own leg, so that both sides mean the same by a text. */
const SETTINGS = {
  client_encoding: 'UTF8',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
} as const;

/** Two copies of one database, oids included: one is asked directly, the other through a gateway. */
export interface Twins {
  readonly server: PostgresServer;
  direct(): Promise<WireClient>;
  through(): Promise<WireClient>;
  close(): Promise<void>;
}

/** @param onDirect SQL run in the copy that is asked directly. */
export async function startTwins(policy: string, onDirect = ''): Promise<Twins> {
  const server = await startPostgres({
    // Statistics that one of the two databases has and the other has not yet would give other plans.
    config: ['shared_buffers=32MB', 'autovacuum=off'],
    hba: ['host one owner 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'],
  });
  const password = randomBytes(12).toString('hex');
  await server.query(`CREATE ROLE owner LOGIN PASSWORD '${password}'`);
  await server.query('CREATE DATABASE one OWNER owner TEMPLATE template0 STRATEGY wal_log');
  await server.query(`SET ROLE owner;\n${PIPELINE_DATA}`, [], 'one');
  await server.query('CREATE DATABASE two OWNER owner TEMPLATE one STRATEGY wal_log');
  if (onDirect !== '') await server.query(onDirect, [], 'one');
  const gateway: TestGateway = await startTestGateway({
    policy,
    server,
    tls: false,
    existing: { name: 'two', user: 'owner', password },
  });
  const token = await gateway.token(EU_AGENT);
  return {
    server,
    direct: async () => {
      const wire = await openWire({ host: server.host, port: server.port });
      await wire.logIn({ user: 'owner', database: 'one', ...SETTINGS }, '');
      const greeting = await wire.replies();
      if (statusOf(greeting) !== 'I') throw new Error(JSON.stringify(errorsOf(greeting)));
      return wire;
    },
    through: async () => {
      const wire = await gateway.wire(EU_AGENT, { password: token });
      if (wire.key === null) throw new Error(wire.received.toString('latin1'));
      return wire;
    },
    close: async () => {
      await gateway.close();
      await server.stop();
    },
  };
}
