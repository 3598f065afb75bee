// Captures the sessions of ../src/captures/sessions: what real clients and a real PostgreSQL 18 say to each other,
// chunk by chunk as it came, `F` from the client and `B` from the server, in hexadecimal digits. Run it after a build;
// needs psql and pgbench (any version) on PATH. Users, passwords and data are made for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { startEmbeddedPostgres } from 'bailiwick';
import pg from 'pg';
import * as p from '../dist/index.js';

const target = new URL('../src/captures/sessions/', import.meta.url);
mkdirSync(target, { recursive: true });

const server = await startEmbeddedPostgres({
  password: 'made for the capture',
  hba: ['host all md5er 127.0.0.1/32 md5', 'host all all 127.0.0.1/32 scram-sha-256'],
});
await server.query(`CREATE TABLE people (id int PRIMARY KEY, name text, born date, extra jsonb);
  INSERT INTO people SELECT n, 'person ' || n, date '1970-01-01' + n, jsonb_build_object('n', n) FROM generate_series(1, 20) n;
  SET password_encryption = 'md5'; CREATE ROLE md5er LOGIN PASSWORD 'md5'; RESET password_encryption;
  GRANT ALL ON people TO PUBLIC`);
for (const [command, ...words] of [['pgbench', '-i', '-q', '-s', '1', '-I', 'dtgp']])
  await run(command, words, server.port, '');

/** Relays to the server and keeps the chunks of the last connection: pgbench makes one before the one that it runs. */
async function capture(name, act) {
  let lines = [];
  const relay = createServer((client) => {
    const own = [];
    lines = own;
    const upstream = connect({ host: server.host, port: server.port, noDelay: true });
    for (const [from, to, letter] of [
      [client, upstream, 'F'],
      [upstream, client, 'B'],
    ]) {
      from.on('data', (chunk) => {
        own.push(`${letter} ${chunk.toString('hex')}`);
        to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  await act(relay.address().port);
  relay.close();
  await once(relay, 'close');
  writeFileSync(new URL(`${name}.hex`, target), `${lines.join('\n')}\n`);
  console.log(name, lines.length, 'chunks', lines.join('').length >> 1, 'bytes');
}

function run(command, words, port, input) {
  const environment = {
    PATH: process.env.PATH,
    ...{ PGHOST: server.host, PGPORT: String(port), PGUSER: server.user, PGPASSWORD: server.password },
    ...{ PGDATABASE: server.database, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable', HOME: '/nonexistent' },
  };
  const child = spawn(command, words, { env: environment, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(input);
  return once(child, 'close');
}

const psql = (sql) => (port) => run('psql', ['-X', '-q', '-f', '-'], port, sql);
const pgbench = (mode) => (port) => run('pgbench', ['-n', '-M', mode, '-t', '3', '-c', '1'], port, '');

async function nodePostgres(port, act, login = {}) {
  const client = new pg.Client({
    host: server.host,
    port,
    user: server.user,
    password: server.password,
    database: 'postgres',
    ...login,
  });
  client.on('error', () => {});
  await client.connect();
  await act(client).catch(() => {});
  await client.end();
}

/** Logs in by SCRAM with our own codec, sends each message, and waits for ReadyForQuery where one is due. */
async function byHand(port, protocolMinor, messages) {
  const socket = connect({ host: server.host, port });
  const authentication = new p.UpstreamAuthentication({
    user: server.user,
    password: server.password,
    encrypted: false,
  });
  let pending = Buffer.alloc(0);
  let wake = () => {};
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    wake();
  });
  const next = async () => {
    for (;;) {
      if (pending.length > 4 && pending.length > pending.readUInt32BE(1)) {
        const end = 1 + pending.readUInt32BE(1);
        const frame = { type: String.fromCharCode(pending[0]), body: pending.subarray(5, end) };
        pending = pending.subarray(end);
        return frame;
      }
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  const until = async (types) => {
    for (;;) {
      const frame = await next();
      if (frame.type === 'R') {
        const answer = await authentication.answer(p.decodeAuthenticationRequest(frame.body));
        if (answer !== null) socket.write(answer);
      }
      if (types.includes(frame.type)) return;
    }
  };
  const parameters = new Map([
    ['user', server.user],
    ['database', 'postgres'],
  ]);
  socket.write(
    p.encodeStartupMessage({
      protocolMinor,
      parameters,
      protocolOptions: new Map(protocolMinor > 2 ? [['_pq_.x', '1']] : []),
    }),
  );
  await until('Z');
  for (const [bytes, types = 'Z'] of messages) {
    socket.write(bytes);
    await until(types);
  }
  socket.end(p.encodeTerminate());
  await once(socket, 'close');
}

const query = (sql) => p.encodeQuery({ sql });
const parse = (sql, statement = '') => p.encodeParse({ statement, sql, parameterTypeOids: [] });
const bind = (parameters = [], resultFormats = [], portal = '', statement = '') =>
  p.encodeBind({
    portal,
    statement,
    parameterFormats: [],
    parameters: parameters.map((one) => (one === null ? null : Buffer.from(one))),
    resultFormats,
  });
const execute = (rowsMax = 0, portal = '') => p.encodeExecute({ portal, rowsMax });
const describePortal = p.encodeDescribe({ kind: 'portal', name: '' });
const sync = p.encodeSync();
const oid = async (signature) =>
  Number((await server.query('SELECT $1::regprocedure::oid::int8 AS oid', [signature]))[0].oid);
const int4 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const call = async (signature, ...values) =>
  p.encodeFunctionCall({ functionOid: await oid(signature), argumentFormats: [1], arguments: values, resultFormat: 1 });

await capture(
  '01-psql-statements',
  psql(
    `SELECT 1; SELECT * FROM people WHERE id < 4; SELECT 1/0; BEGIN; UPDATE people SET name = name WHERE id = 1; ROLLBACK; ; SELECT;`,
  ),
);
await capture('02-psql-describe', psql('\\d people\n\\dt\n\\conninfo\n'));
await capture(
  '03-psql-copy',
  psql(
    'CREATE TEMP TABLE c (LIKE people);\nCOPY c FROM STDIN;\n1\tone\t\\N\t{}\n2\ttwö\t2001-01-01\t\\N\n\\.\nCOPY c TO STDOUT;\nCOPY c TO STDOUT WITH (FORMAT csv, HEADER);\n',
  ),
);
await capture('04-pgbench-simple', pgbench('simple'));
await capture('05-pgbench-extended', pgbench('extended'));
await capture('06-pgbench-prepared', pgbench('prepared'));
await capture('07-node-postgres', (port) =>
  nodePostgres(port, async (client) => {
    await client.query('SELECT $1::int AS a, $2::text AS b, $3::jsonb AS c', [1, null, { a: 'ü' }]);
    await client.query({ name: 'named', text: 'SELECT name FROM people WHERE id = $1', values: [3] });
    await client.query({ name: 'named', text: 'SELECT name FROM people WHERE id = $1', values: [4] });
    await client.query('SELECT no_such_column FROM people WHERE id = $1', [1]);
  }),
);
await capture('08-md5-password', async (port) => {
  await nodePostgres(port, (client) => client.query('SELECT 1'), { user: 'md5er', password: 'md5' });
});
await capture('09-notices-and-notifications', (port) =>
  byHand(port, 0, [
    [query('LISTEN news')],
    [query(`NOTIFY news, 'extra'`)],
    [query(`DO $$ BEGIN RAISE NOTICE 'n %', 1; RAISE WARNING 'w'; END $$`)],
    [query(`SET TimeZone = 'Asia/Tokyo'; SET application_name = 'ü'`)],
    [query('')],
  ]),
);
await capture('10-portals-and-pipelines', async (port) =>
  byHand(port, 2, [
    [query('BEGIN')],
    [
      Buffer.concat([
        parse('SELECT * FROM people', 's'),
        bind([], [1, 1, 1, 0], 'p', 's'),
        execute(5, 'p'),
        execute(5, 'p'),
        p.encodeFlush(),
      ]),
      's',
    ],
    [
      Buffer.concat([
        execute(0, 'p'),
        p.encodeClose({ kind: 'portal', name: 'p' }),
        p.encodeDescribe({ kind: 'statement', name: 's' }),
        sync,
      ]),
    ],
    [query('COMMIT')],
    [
      Buffer.concat([
        parse('SELECT 1'),
        bind(),
        execute(),
        parse('SELECT 1/0'),
        bind(),
        execute(),
        parse('SELECT 2'),
        bind(),
        execute(),
        sync,
      ]),
    ],
    [Buffer.concat([parse(''), bind(), describePortal, execute(), sync])],
  ]),
);
await capture('11-large-objects-by-function-calls', async (port) =>
  byHand(port, 2, [
    [query('BEGIN')],
    [await call('lo_create(oid)', int4(4242))],
    [await call('lo_open(oid, integer)', int4(4242), int4(0x60000))],
    [await call('lowrite(integer, bytea)', int4(0), Buffer.alloc(300, 7))],
    [await call('lo_lseek(integer, integer, integer)', int4(0), int4(0), int4(0))],
    [await call('loread(integer, integer)', int4(0), int4(1000))],
    [await call('lo_open(oid, integer)', int4(1), int4(0))],
    [query('ROLLBACK')],
  ]),
);
await capture('12-copy-binary-and-a-newer-version', (port) =>
  byHand(port, 9, [
    [query('CREATE TEMP TABLE b (a int)')],
    [query('COPY b FROM STDIN (FORMAT binary)'), 'G'],
    [
      Buffer.concat([
        p.encodeCopyData({ data: Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]) }),
        p.encodeCopyData({ data: Buffer.from([0, 1, 0, 0, 0, 4, 0, 0, 0, 9]) }),
        p.encodeCopyData({ data: Buffer.from([255, 255]) }),
        p.encodeCopyDone(),
      ]),
    ],
    [query('COPY b TO STDOUT (FORMAT binary)')],
    [query('COPY b FROM STDIN'), 'G'],
    [p.encodeCopyFail({ reason: 'no more' })],
  ]),
);
await server.stop();
