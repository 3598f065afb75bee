import pg, { type Client, type ClientConfig } from 'pg';
import { type Crm, makeCrm } from './crm.ts';
import { CRM_DATABASE, CRM_ROLE, INDEXES_AND_VIEWS, TABLES } from './schema.ts';

/** A server and an account on it that may create roles and databases. */
export interface AdministrableServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Told after each batch: how many rows of a table are in. */
export type LoadProgress = (table: string, loaded: number, total: number) => void;

/** Rows in one statement: large enough that round trips do not count, small enough that progress shows. */
const BATCH_ROWS = 1_000;

/**
 * Creates the role `crm_app` with this password and its database `crm`, and fills it. Everything in it belongs to
 * `crm_app`. Rejects when either is there already.
 */
export async function loadCrm(
  server: AdministrableServer,
  rolePassword: string,
  progress: LoadProgress = () => {},
  crm: Crm = makeCrm(),
): Promise<void> {
  await onConnection({ ...server }, async (admin) => {
    const made = await admin.query(`select format('create role ${CRM_ROLE} login password %L', $1::text) as sql`, [
      rolePassword,
    ]);
    const statement = Array.isArray(made) ? undefined : made.rows[0]?.sql;
    await admin.query(String(statement));
    await admin.query(`create database ${CRM_DATABASE} owner ${CRM_ROLE}`);
    // Whoever owns the database may say who connects to it; nobody else needs to.
    await admin.query(`revoke all on database ${CRM_DATABASE} from public`);
  });
  await onConnection({ ...server, user: CRM_ROLE, password: rolePassword, database: CRM_DATABASE }, async (owner) => {
    await owner.query(TABLES);
    for (const table of TABLE_ORDER) await loadTable(owner, table, crm[table], progress);
    for (const table of ['customers', 'orders', 'support_tickets'] as const) await startIdsAfter(owner, table);
    await owner.query(INDEXES_AND_VIEWS);
    await owner.query('analyze');
  });
}

const TABLE_ORDER = ['products', 'customers', 'orders', 'support_tickets'] as const satisfies (keyof Crm)[];

async function loadTable(
  client: Client,
  table: keyof Crm,
  rows: readonly object[],
  progress: LoadProgress,
): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH_ROWS) {
    const batch = rows.slice(from, from + BATCH_ROWS);
    await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`, [
      JSON.stringify(batch),
    ]);
    progress(table, from + batch.length, rows.length);
  }
}

/** The rows brought their own ids; the next one that is asked for must be free. */
async function startIdsAfter(client: Client, table: string): Promise<void> {
  await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), coalesce(max(id), 1)) from ${table}`);
}

async function onConnection(config: ClientConfig, run: (client: Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await run(client);
  } finally {
    await client.end();
  }
}
