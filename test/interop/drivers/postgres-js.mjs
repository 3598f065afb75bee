// postgres.js: prepares everything, pipelines by itself, cursors, COPY streams, cancel requests of its own.
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { connection, describeError, show, tls } from './connection.mjs';

const { user, ...rest } = connection;
const sql = postgres({
  ...rest,
  username: user,
  ssl: tls,
  max: 1,
  onnotice: ({ severity, code, message }) => show('notice', { severity, code, message }),
});

async function run(name, query) {
  try {
    const result = await query();
    const { command, count, columns, statement } = result;
    show(name, {
      command,
      count,
      columns: columns?.map(({ name: column, type }) => [column, type]),
      types: statement?.types,
      rows: [...result],
    });
  } catch (error) {
    show(name, describeError(error));
  }
}

await run('simple', () => sql`SELECT 1 AS one, 'zwei' AS two, NULL AS three`);
await run('unsafe', () => sql.unsafe('SELECT 1 AS a'));
await run(
  'create',
  () => sql`CREATE TABLE interop (id int PRIMARY KEY, name text, at timestamptz, doc jsonb, tags text[], raw bytea)`,
);
const rows = [1, 2, 3].map((id) => ({ id, name: `name ${id}`, at: new Date(Date.UTC(2024, 0, id)) }));
await run('insert', () => sql`INSERT INTO interop ${sql(rows)} RETURNING *`);
await run(
  'json and arrays',
  () =>
    sql`UPDATE interop SET doc = ${sql.json({ a: 1 })}, tags = ${['x', 'y z']}, raw = ${Buffer.from([0, 1, 255])} WHERE id = 1 RETURNING *`,
);
for (let turn = 0; turn < 3; turn++) await run('prepared', () => sql`SELECT name FROM interop WHERE id = ${turn}`);
const pipelined = await Promise.all(Array.from({ length: 20 }, (_, n) => sql`SELECT ${n}::int * 2 AS n`));
show(
  'pipelined',
  pipelined.map(([row]) => row.n),
);
const mixed = await Promise.allSettled([sql`SELECT 1 AS n`, sql`SELECT 1/${0}::int`, sql`SELECT 3 AS n`]);
show(
  'pipelined with an error',
  mixed.map(({ status, value, reason }) => [status, value?.[0]?.n, reason?.code]),
);
await run('describe', async () => {
  const { types, columns } = await sql`SELECT id, name FROM interop WHERE id = ${1}`.describe();
  return Object.assign([{ types, columns: columns.map(({ name, type }) => [name, type]) }], {});
});
await run('duplicate', () => sql`INSERT INTO interop (id) VALUES (1)`);
await run('unknown column', () => sql`SELECT nope FROM interop`);
await run('transaction', () =>
  sql.begin(async (tx) => {
    await tx`DELETE FROM interop WHERE id = 3`;
    return tx`SELECT count(*) FROM interop`;
  }),
);
await run('rolled back', () =>
  sql.begin(async (tx) => {
    await tx`DELETE FROM interop`;
    throw Object.assign(new Error('changed my mind'), { code: 'mine' });
  }),
);
await run('savepoint', () =>
  sql.begin(async (tx) => {
    await tx.savepoint(async (inner) => inner`SELECT 1/0`).catch(({ code }) => show('savepoint', code));
    return tx`SELECT count(*) FROM interop`;
  }),
);
const batches = [];
await sql`SELECT g FROM generate_series(1, 25) g`.cursor(10, (batch) => void batches.push(batch.length));
show('cursor', batches);
const copied = [];
await pipeline(
  await sql`COPY (SELECT id, name FROM interop ORDER BY id) TO STDOUT`.readable(),
  new Writable({ write: (chunk, _encoding, done) => done(null, copied.push(chunk.toString())) }),
);
show('copy out', copied.join(''));
await pipeline(
  Readable.from(['20\ttwenty\n', '21\ttwenty-one\n']),
  await sql`COPY interop (id, name) FROM STDIN`.writable(),
);
await run('copied in', () => sql`SELECT id, name FROM interop WHERE id >= 20 ORDER BY id`);
await run('forEach', async () => {
  let sum = 0;
  await sql`SELECT g FROM generate_series(1, 1000) g`.forEach(({ g }) => {
    sum += g;
  });
  return Object.assign([{ sum }], {});
});
const slow = sql`SELECT pg_sleep(30)`.execute();
const watcher = postgres({ ...rest, username: user, ssl: tls, max: 1 });
for (let active = false; !active; )
  active =
    (await watcher`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`)
      .length > 0;
slow.cancel();
await slow.catch((error) => show('cancelled', describeError(error)));
await run('after', () => sql`SELECT 1 AS still_here`);
await run('drop', () => sql`DROP TABLE interop`);
await watcher.end();
await sql.end();
