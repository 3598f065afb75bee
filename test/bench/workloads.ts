import { encodeBind, encodeDescribe, encodeExecute, encodeParse, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { type Address, connectLoad, type LoadClient } from './load-client.ts';
import { processorNanoseconds } from './processor-time.ts';

/** Rows of the table that everything is read from. */
export const ROWS = 40_000;

/** Fills the table: about 190 bytes a row on the wire, two columns of which the masking policy regulates. */
export const BENCH_DATA: string = `CREATE TABLE bench AS SELECT g AS id, 'Customer number ' || g AS name,
  'customer.' || g || '@mail' || g % 100 || '.example' AS email, lpad((g * 7919 % 1000000000)::text, 11, '0') AS ssn,
  (g * 37 % 100000)::numeric(12,2) AS balance, repeat(md5(g::text), 3) AS note FROM generate_series(1, ${ROWS}) g;
ALTER TABLE bench ADD PRIMARY KEY (id);
VACUUM ANALYZE bench;`;

/** What one workload costs on one way. */
export interface Measured {
  /** Queries, or rows: masked rows have other lengths, so that bytes do not compare. */
  readonly perSecond: number;
  /** Of streams, as the client receives them; null: not measured. */
  readonly megabytesPerSecond: number | null;
  /** Of the proxy; null where there is none: microseconds a query, or milliseconds a megabyte. */
  readonly processor: number | null;
}

export interface Workload {
  readonly name: string;
  readonly unit: string;
  readonly processorUnit: string;
  readonly connections: number;
  measure(clients: readonly LoadClient[], pid: number | null, durationMs: number): Promise<Measured>;
}

const COLUMNS = 'id, name, email, ssn';

const prepare = (client: LoadClient): Promise<void> =>
  client.ask(
    Buffer.concat([
      encodeParse({
        statement: 'point',
        sql: `SELECT ${COLUMNS} FROM bench WHERE id = $1`,
        parameterTypeOids: [23],
      }),
      encodeSync(),
    ]),
  );

const execute = (id: number): Buffer =>
  Buffer.concat([
    encodeBind({
      portal: '',
      statement: 'point',
      parameterFormats: [],
      parameters: [Buffer.from(String(id))],
      resultFormats: [],
    }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
  ]);

/** Runs `step` on each client until the time is over; gives how often, the seconds and the proxy's nanoseconds. */
async function repeat(
  clients: readonly LoadClient[],
  pid: number | null,
  durationMs: number,
  step: (client: LoadClient, turn: number) => Promise<void>,
): Promise<{ readonly count: number; readonly seconds: number; readonly processor: number | null }> {
  const before = pid === null ? 0n : processorNanoseconds(pid);
  const started = performance.now();
  const end = started + durationMs;
  let count = 0;
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = index; performance.now() < end; turn += clients.length) {
        await step(client, turn);
        count += 1;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { count, seconds, processor: pid === null ? null : Number(processorNanoseconds(pid) - before) };
}

const idOf = (turn: number): number => 1 + ((turn * 7919) % ROWS);

/** Points: one row by its key. */
async function points(
  clients: readonly LoadClient[],
  pid: number | null,
  durationMs: number,
  step: (client: LoadClient, turn: number) => Promise<void>,
): Promise<Measured> {
  const { count, seconds, processor } = await repeat(clients, pid, durationMs, step);
  return {
    perSecond: count / seconds,
    megabytesPerSecond: null,
    processor: processor === null ? null : processor / 1000 / count,
  };
}

const STREAM = 'SELECT * FROM bench';

/** The whole table, again and again. */
function stream(format: 'text' | 'binary', request: Buffer): Workload {
  return {
    name: `result stream in ${format}, ${ROWS} rows a query, 1 connection`,
    unit: 'rows/s',
    processorUnit: 'ms/MB',
    connections: 1,
    measure: async (clients, pid, durationMs) => {
      const bytes = (): number => clients.reduce((sum, client) => sum + client.bytes, 0);
      const before = bytes();
      const { count, seconds, processor } = await repeat(clients, pid, durationMs, (client) => client.ask(request));
      const megabytes = (bytes() - before) / 1e6;
      return {
        perSecond: (count * ROWS) / seconds,
        megabytesPerSecond: megabytes / seconds,
        processor: processor === null ? null : processor / 1e6 / megabytes,
      };
    },
  };
}

/** Everything that is measured, in the order of the table. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'point select, prepared, 8 connections',
    unit: 'queries/s',
    processorUnit: 'µs/query',
    connections: 8,
    measure: async (clients, pid, durationMs) => {
      for (const client of clients) await prepare(client);
      const measured = await points(clients, pid, durationMs, (client, turn) => client.ask(execute(idOf(turn))));
      for (const client of clients) await client.query('DEALLOCATE point');
      return measured;
    },
  },
  {
    name: 'point select, simple, a new literal each time, 8 connections',
    unit: 'queries/s',
    processorUnit: 'µs/query',
    connections: 8,
    measure: (clients, pid, durationMs) =>
      points(clients, pid, durationMs, (client, turn) =>
        client.query(`SELECT ${COLUMNS} FROM bench WHERE id = ${idOf(turn)}`),
      ),
  },
  stream('text', encodeQuery({ sql: STREAM })),
  stream(
    'binary',
    Buffer.concat([
      encodeParse({ statement: '', sql: STREAM, parameterTypeOids: [] }),
      encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [1] }),
      encodeDescribe({ kind: 'portal', name: '' }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    ]),
  ),
];

/** Connects as many clients as a workload needs. */
export async function connectAll(address: () => Promise<Address>, count: number): Promise<readonly LoadClient[]> {
  return Promise.all(Array.from({ length: count }, async () => connectLoad(await address())));
}
