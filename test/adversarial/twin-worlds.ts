import type { PostgresServer } from 'bailiwick';
import { startTestGateway, type TestGateway } from '../servers/gateway.ts';
import { US_AGENT } from '../servers/identities.ts';
import { startPostgres } from '../servers/postgres.ts';
import { openWire, type WireClient } from '../servers/wire-client.ts';
import { corpusText } from './corpus.ts';

const DATABASE = 'world';
const TEMPLATE = 'world_template';
const HBA = ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'];
const CONFIG = ['wal_level=logical', 'max_prepared_transactions=10', 'autovacuum=off', 'max_connections=60'];

/** Secret columns are redacted and cannot be probed; whatever writes is held, and nobody approves. */
const POLICY = `version: 1
data:
  ${DATABASE}:
    crm.client:
      columns: { mail: [s], tax: [s], born: [s], balance: [s], score: [s], ratio: [s], vip: [s], doc: [s], phones: [s],
        home: [s], photo: [s], token: [s], host: [s], span: [s], seen: [s], attrs: [s], memo: [s], bits: [s], fee: [s],
        mail_lower: [s] }
    crm.account: { columns: { pan: [s] } }
    crm.visit: { columns: { remark: [s] } }
    hr.person: { columns: { badge: [s] } }
    hr.staff: { columns: { salary: [s] } }
rules:
  - { id: secrets, on: { tags: [s] }, do: { mask: redact }, inference: deny }
  - { id: ask, on: { does: [WRITE, FUNCTION, DDL] }, do: { hold: { by: [nobody], min: 1 } } }
  - { id: roles, on: { does: [ROLE] }, do: block }
`;

/** The same where nobody has to ask before writing and defining; what is not analysed is still held. */
export const FREE_WRITES: string = POLICY.replace('does: [WRITE, FUNCTION, DDL]', 'does: [FUNCTION]').concat(
  'defaults: { writes: allow }\n',
);

/** Everything that an entry could have changed, in one hash. */
const FINGERPRINT = `SELECT md5(concat_ws('|',
  (SELECT string_agg(n::text, ',' ORDER BY n::text) FROM public.note n),
  (SELECT string_agg(n::text, ',' ORDER BY n::text) FROM public.tally n),
  (SELECT string_agg(n::text, ',' ORDER BY n::text) FROM public.product n),
  (SELECT string_agg(n::text, ',' ORDER BY n::text) FROM public.journal n),
  (SELECT md5(string_agg(n::text, ',' ORDER BY n::text)) FROM crm.client n),
  (SELECT md5(string_agg(n::text, ',' ORDER BY n::text)) FROM crm.account n),
  (SELECT string_agg(concat(relname, relnamespace, relkind, relfilenode, relacl), ',' ORDER BY oid) FROM pg_class
    WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%temp%')),
  (SELECT string_agg(concat(attname, attrelid, atttypid), ',' ORDER BY attrelid, attnum) FROM pg_attribute WHERE attrelid > 16383
    AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%'))),
  (SELECT string_agg(proname || prosrc, ',' ORDER BY oid) FROM pg_proc WHERE oid > 16383
    AND pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%')),
  (SELECT string_agg(rolname, ',' ORDER BY oid) FROM pg_roles),
  (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_policy),
  (SELECT count(*) FROM pg_description), (SELECT count(*) FROM pg_publication), (SELECT count(*) FROM pg_extension),
  (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_prepared_xacts),
  (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_user_mapping), (SELECT count(*) FROM pg_default_acl),
  (SELECT last_value FROM public.ticket), (SELECT string_agg(nspname, ',' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_'))) AS hash`;

/** What is in two databases, and how it is guarded. */
export interface WorldSource {
  /** A policy file's text, for the datasource `world`. */
  readonly policy: string;
  /** SQL that fills both databases. */
  readonly schema: string;
  /** SQL that gives the secret columns of one of them other values, and changes nothing else. */
  readonly otherSecrets: string;
}

/** One database behind one gateway. */
export interface World {
  readonly gateway: TestGateway;
  /** Through the gateway, logged in. */
  connect(): Promise<WireClient>;
  /** Straight to the database. */
  connectDirect(): Promise<WireClient>;
  fingerprint(): Promise<string>;
  /** The database as it was at the start. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Two worlds that differ in nothing but the values of secret columns: the corpus's, or some other source's. */
export async function startTwins(
  version: number,
  source: WorldSource = {
    policy: POLICY,
    schema: corpusText('schema.sql'),
    otherSecrets: corpusText('secrets-alt.sql'),
  },
): Promise<readonly [World, World]> {
  return Promise.all([startWorld(version, source, ''), startWorld(version, source, source.otherSecrets)]);
}

async function startWorld(version: number, source: WorldSource, otherSecrets: string): Promise<World> {
  const server = await startPostgres({ version, config: CONFIG, hba: HBA });
  await server.query(`CREATE DATABASE ${TEMPLATE}`);
  await server.query(source.schema, [], TEMPLATE);
  if (otherSecrets !== '') await server.query(otherSecrets, [], TEMPLATE);
  await server.query('VACUUM (FULL, ANALYZE)', [], TEMPLATE);
  const reset = async (): Promise<void> => {
    for (const { gid } of await server.query('SELECT gid FROM pg_prepared_xacts'))
      await server.query(`ROLLBACK PREPARED '${gid}'`, [], DATABASE);
    await server.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE} STRATEGY wal_log`);
  };
  await reset();
  const gateway = await startTestGateway({
    ...{ policy: source.policy, server, datasource: DATABASE, tls: false, holdMs: 50 },
    existing: { name: DATABASE, user: server.user, password: server.password },
    limits: { sessionsPerIdentityMax: 1_000, statementTimeMs: 1_500 },
    maxConnections: 1_000,
  });
  const token = await gateway.token(US_AGENT);
  return {
    gateway,
    connect: () => gateway.wire(US_AGENT, { password: token }),
    connectDirect: () => connectDirect(server),
    // What it looks at may be gone: that is another state, too.
    fingerprint: () =>
      server.query(FINGERPRINT, [], DATABASE).then(
        ([row]) => String(row?.hash),
        (error: Error) => error.message,
      ),
    reset,
    close: async () => {
      await gateway.close();
      await server.stop();
    },
  };
}

async function connectDirect({ host, port, user }: PostgresServer): Promise<WireClient> {
  const wire = await openWire({ host, port });
  await wire.logIn({ user, database: DATABASE }, '');
  await wire.replies();
  return wire;
}
