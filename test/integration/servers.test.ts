import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { issueCertificate, makeCertificateAuthority } from 'bailiwick';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase, sharedPostgres, startPostgres } from '../servers/index.ts';

const listening = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
    socket.on('connect', () => socket.destroy());
  });

test('a server starts, takes its configuration, asks for a password, and leaves nothing behind', async () => {
  const server = await startPostgres({ config: ['max_connections=7'] });
  const [row] = await server.query(`SELECT current_setting('max_connections') AS max,
    current_setting('server_version_num')::int / 10000 AS major, current_setting('data_directory') AS home`);
  expect(row).toMatchObject({ max: '7', major: 18 });
  const [stored] = await server.query('SELECT rolpassword FROM pg_authid WHERE rolname = current_user');
  expect(stored?.rolpassword).toMatch(/^SCRAM-SHA-256\$/);
  await server.stop();
  expect(await listening(server.port)).toBe(false);
});

test('fresh databases are copies of their template and apart from each other', async () => {
  const server = await sharedPostgres();
  const template = await freshDatabase(server);
  await template.query('CREATE TABLE t AS SELECT 1 AS a');
  const [one, two] = [await freshDatabase(server, template.name), await freshDatabase(server, template.name)];
  await one.query('DELETE FROM t');
  expect(await two.query('SELECT a FROM t')).toEqual([{ a: 1 }]);
  for (const database of [one, two, template]) await database.drop();
});

test('a server dies with the process that started it', async () => {
  const launcher = new URL('../../packages/cli/src/demo/embedded-postgres.ts', import.meta.url).pathname;
  const script = `import { runnerImport } from 'vite';
    const { module } = await runnerImport(${JSON.stringify(launcher)}, { configFile: false, logLevel: 'silent' });
    const server = await module.startEmbeddedPostgres();
    console.log(server.port);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(createInterface({ input: parent.stdout }), 'line');
  expect(await listening(Number(port))).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => listening(Number(port)), { timeout: 10_000 }).toBe(false);
});

test('TLS with a certificate of our own, verified in full, and passwords stored as md5', async () => {
  const authority = makeCertificateAuthority();
  const server = await startPostgres({
    tls: issueCertificate(authority, { ips: ['127.0.0.1'] }),
    authentication: 'md5',
    hba: ['hostssl all all 127.0.0.1/32 md5'],
  });
  const open = async (ca: string): Promise<unknown> => {
    const { host, port, user, password, database } = server;
    const client = new pg.Client({ host, port, user, password, database, ssl: { ca } });
    await client.connect();
    const result = await client.query(`SELECT ssl, left(rolpassword, 3) AS form FROM pg_stat_ssl, pg_authid
      WHERE pid = pg_backend_pid() AND rolname = current_user`);
    await client.end();
    return Array.isArray(result) ? null : result.rows;
  };
  expect(await open(authority.cert)).toEqual([{ ssl: true, form: 'md5' }]);
  await expect(open(makeCertificateAuthority('other').cert)).rejects.toThrow(/certificate/);
  await expect(server.query('SELECT 1')).rejects.toThrow(/pg_hba/);
  await server.stop();
});
