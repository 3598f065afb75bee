// node-postgres: simple, parameterised, prepared, binary, errors, transactions, notices, cancel by pg_cancel_backend.
import pg from 'pg';
import { connection, describeError, show, tls } from './connection.mjs';

const client = new pg.Client({ ...connection, ssl: tls });
client.on('notice', ({ severity, code, message }) => show('notice', { severity, code, message }));
client.on('notification', ({ channel, payload }) => show('notification', { channel, payload }));
await client.connect();

async function run(name, query, values) {
  try {
    const result = await client.query(query, values);
    for (const one of Array.isArray(result) ? result : [result]) {
      const fields = one.fields.map(({ name: field, dataTypeID, dataTypeModifier, format }) => [
        field,
        dataTypeID,
        dataTypeModifier,
        format,
      ]);
      show(name, { command: one.command, rowCount: one.rowCount, fields, rows: one.rows });
    }
  } catch (error) {
    show(name, describeError(error));
  }
}

await run('simple', `SELECT 1 AS one, 'zwei' AS two, NULL AS three`);
await run('several', 'SELECT 1 AS a; SELECT 2 AS b, 3 AS c');
await run(
  'create',
  'CREATE TABLE interop (id int PRIMARY KEY, name text, at timestamptz, price numeric, doc jsonb, raw bytea, big int8)',
);
await run('parameters', 'INSERT INTO interop VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *', [
  ...[1, 'Ångström', '2024-02-29T12:00:00Z', '12.50', { k: [1, 2] }, Buffer.from([0, 255, 10]), '9007199254740993'],
]);
await run('nulls', 'INSERT INTO interop VALUES ($1, $2, $3, $4, $5, $6, $7)', [2, null, null, null, null, null, null]);
await run('read', 'SELECT * FROM interop ORDER BY id');
for (let turn = 0; turn < 3; turn++)
  await run('prepared', {
    name: 'by-id',
    text: 'SELECT name, price FROM interop WHERE id = $1',
    values: [1 + (turn % 2)],
  });
await run('binary', {
  text: 'SELECT id, big, raw, price, at, true AS yes FROM interop WHERE id = $1',
  values: [1],
  binary: true,
});
await run('array mode', { text: 'SELECT id, name FROM interop ORDER BY id', rowMode: 'array' });
await run('type error', 'SELECT $1::int', ['not a number']);
await run('duplicate', 'INSERT INTO interop (id) VALUES (1)');
await run('unknown table', 'SELECT * FROM nowhere');
await run('division', 'SELECT 1 / $1::int', [0]);
await run('begin', 'BEGIN');
await run('delete', 'DELETE FROM interop');
await run('broken', 'SELECT 1/0');
await run('ignored', 'SELECT 1');
await run('commit of a failed transaction', 'COMMIT');
await run('count', 'SELECT count(*) FROM interop');
await run('notice', `DO $$ BEGIN RAISE NOTICE 'n %', 1; END $$`);
await run('listen', 'LISTEN interop_pg');
await run('notify', `NOTIFY interop_pg, 'hi'`);
await run('wide', `SELECT repeat('x', 100000) AS x, g FROM generate_series(1, 30) g`);
await run('empty', '');
await run('not in time', `SET statement_timeout = 100`);
await run('timeout', 'SELECT pg_sleep(30)');
await run('reset', 'RESET statement_timeout');

const other = new pg.Client({ ...connection, ssl: tls });
await other.connect();
const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
const sleeping = run('cancelled', 'SELECT pg_sleep(30)');
for (let active = false; !active; ) {
  const found = await other.query(`SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`, [
    rows[0].pid,
  ]);
  active = found.rows.length > 0;
}
await other.query('SELECT pg_cancel_backend($1)', [rows[0].pid]);
await sleeping;
await run('after', 'SELECT 1 AS still_here');
await run('drop', 'DROP TABLE interop');
await other.end();
await client.end();
