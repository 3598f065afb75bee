// Clients that ask and do not read, and databases that do not read: the other side waits, and nothing piles up between.
// The gateway is a process of its own, so that its memory is its own.
import type { ChildProcess } from 'node:child_process';
import { encodeCopyData, encodeCopyDone, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Address, connectLoad, type LoadClient } from '../bench/load-client.ts';
import { residentMemory } from '../bench/resident-memory.ts';
import {
  EU_AGENT,
  endProcess,
  extendedStatement,
  freshDatabase,
  prepareServedGateway,
  type ServedGateway,
  startPostgres,
} from '../servers/index.ts';

const MIB = 2 ** 20;
const SLOW_MACHINE_MS = 90_000;
const FRAME_BYTES = 2 * MIB;
/** What one connection may hold: a frame that is put together, masked, recorded and waits to be sent, and the rest. */
const CONNECTION_BYTES = 5 * FRAME_BYTES + MIB;
/** What a garbage collector has not yet given back, whatever the clients do. */
const COLLECTOR_BYTES = 64 * MIB;
const POLICY = `version: 1
data: { crm: { public.wide: { columns: { secret: [pii.contact] } } } }
rules:
  - { id: everything, on: { does: [READ, WRITE, FUNCTION, DDL, MISC] }, do: allow }
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: { partial: { keep_last: 4 } } } }
`;
const DATA = `
CREATE TABLE wide (secret text, filler text);
ALTER TABLE wide ALTER secret SET STORAGE EXTERNAL;
INSERT INTO wide SELECT repeat('s', 1000), repeat('x', 100) FROM generate_series(1, 1000);
CREATE TABLE huge (secret text); ALTER TABLE huge ALTER secret SET STORAGE EXTERNAL;
INSERT INTO huge SELECT repeat('s', ${FRAME_BYTES - 1000}) FROM generate_series(1, 20);
CREATE TABLE slow (t text);
CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END';
CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait_for_test();
`;

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let served: ServedGateway;
let gateway: ChildProcess;
let address: Address;
let direct: Address;
let clients: LoadClient[] = [];

beforeAll(async () => {
  server = await startPostgres({ config: ['max_connections=120'] });
  database = await freshDatabase(server);
  for (const sql of DATA.split(/;\n/).filter((text) => text.trim() !== '')) await database.query(sql);
  const limits = `{ frame_bytes: ${FRAME_BYTES / MIB}MiB, statement_bytes: 64KiB }`;
  served = await prepareServedGateway({ server, database: database.name, policy: POLICY, limits });
  const started = await served.start();
  gateway = started.process;
  const password = await served.issuer.issueToken(EU_AGENT);
  address = { host: '127.0.0.1', port: started.port, user: 'x', password, database: 'crm' };
  direct = {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: database.name,
  };
});
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await expect.poll(() => database.query(BACKENDS), { timeout: 30_000 }).toEqual([{ n: 0 }]);
});
afterAll(async () => {
  await endProcess(gateway, 'SIGTERM');
  await served.remove();
  await server.stop();
});

const BACKENDS = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'bailiwick:%maria%'`;
const stalled = async (): Promise<unknown> =>
  (await database.query(`${BACKENDS} AND wait_event = 'ClientWrite'`))[0]?.n;
const memory = (): number => residentMemory(gateway.pid ?? 0).now;

async function connect(count: number): Promise<readonly LoadClient[]> {
  for (let index = 0; index < count; index++) clients.push(await connectLoad(address));
  return clients;
}

/** Asks and reads nothing. */
function ask(client: LoadClient, request: Buffer): Promise<void> {
  client.pause();
  const answer = client.ask(request);
  answer.catch(() => {});
  return answer;
}

const extended = (sql: string): Buffer => Buffer.concat([extendedStatement(sql), encodeSync()]);
const BIG = 'SELECT secret, filler FROM wide, generate_series(1, 200)';
/** More than the kernel buffers on two legs of loopback; the rest of it is never read. */
const UNMASKED = `SELECT repeat('x', 1000) FROM generate_series(1, 200000)`;

test.each([
  ['rows that are masked', 20, encodeQuery({ sql: BIG })],
  ['rows that are not', 20, encodeQuery({ sql: UNMASKED })],
  ['rows of the extended protocol', 20, extended(BIG)],
  ['a COPY out', 20, encodeQuery({ sql: `COPY (${UNMASKED}) TO STDOUT` })],
  ['a COPY out of what is masked', 20, encodeQuery({ sql: `COPY (${BIG}) TO STDOUT` })],
  ['rows as long as a frame may be', 8, encodeQuery({ sql: 'SELECT secret FROM huge, generate_series(1, 20)' })],
  ['hundreds of answers', 20, Buffer.concat(Array.from({ length: 2000 }, () => extended(`SELECT repeat('x', 60000)`)))],
])('%s: what nobody reads stays at the database', { timeout: SLOW_MACHINE_MS }, async (_name, count, request) => {
  const readers = await connect(count);
  const before = memory();
  for (const reader of readers) void ask(reader, request).catch(() => {});
  await expect.poll(stalled, { timeout: 30_000 }).toBe(count);
  expect(memory() - before).toBeLessThan(count * CONNECTION_BYTES + COLLECTOR_BYTES);
  // Others go on meanwhile.
  const other = await connectLoad(address);
  await other.query('SELECT 1');
  other.close();
});

test('who reads again gets everything, while others do not read', { timeout: SLOW_MACHINE_MS }, async () => {
  const sql = `SELECT repeat('x', 1000) FROM generate_series(1, 60000)`;
  const straight = await connectLoad(direct);
  await straight.query(sql);
  const expected = straight.bytes;
  straight.close();
  const [reader, ...others] = await connect(6);
  if (reader === undefined) throw new Error('no reader');
  const before = reader.bytes;
  const answer = ask(reader, encodeQuery({ sql }));
  for (const other of others) void ask(other, encodeQuery({ sql })).catch(() => {});
  await expect.poll(stalled, { timeout: 30_000 }).toBe(6);
  reader.resume();
  await answer;
  expect(reader.bytes - before).toBe(expected);
  await expect.poll(stalled).toBe(5);
});

test('a client that sends more than the database takes has to wait', { timeout: SLOW_MACHINE_MS }, async () => {
  const [writer] = await connect(1);
  if (writer === undefined) throw new Error('no writer');
  const lock = await connectLoad(direct);
  await lock.query('SELECT pg_advisory_lock(7)');
  const before = memory();
  const line = Buffer.alloc(64 * 1024, 'x');
  line.write('\n', line.length - 1);
  const data = encodeCopyData({ data: line });
  const copy = Buffer.concat([
    encodeQuery({ sql: 'COPY slow FROM STDIN' }),
    ...Array.from({ length: 1000 }, () => data),
  ]);
  const answer = writer.ask(Buffer.concat([copy, encodeCopyDone()]));
  let answered = false;
  void answer.finally(() => {
    answered = true;
  });
  await expect
    .poll(async () => (await database.query(`${BACKENDS} AND wait_event_type = 'Lock'`))[0]?.n, { timeout: 30_000 })
    .toBe(1);
  await expect.poll(() => writer.unsentBytes, { timeout: 30_000 }).toBeGreaterThan(16 * MIB);
  expect(memory() - before).toBeLessThan(CONNECTION_BYTES + COLLECTOR_BYTES);
  expect(answered).toBe(false);
  lock.close();
  await answer;
  expect(await database.query('SELECT count(*)::int AS n FROM slow')).toEqual([{ n: 1000 }]);
});
