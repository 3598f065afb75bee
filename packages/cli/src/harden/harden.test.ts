import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { runCli } from '../testing/run-cli.ts';

const DATA = `
CREATE SCHEMA hr;
CREATE DOMAIN hr.code AS text CHECK (VALUE <> '[redacted]');
CREATE TABLE people (id int PRIMARY KEY, name text, ssn text, pay numeric(9, 2), tags text[], "odd ""name" hr.code);
INSERT INTO people VALUES (1, 'Ada', 'canary-ssn', 7777.5, '{canary-tag}', 'canary-odd');
CREATE VIEW contacts AS SELECT id, name, lower(ssn) AS handle FROM people;
CREATE MATERIALIZED VIEW hr.kept AS SELECT id, ssn AS s FROM public.people;
CREATE TABLE hr.log (id int, line text) PARTITION BY LIST (id);
CREATE TABLE hr.log_1 PARTITION OF hr.log FOR VALUES IN (1);
INSERT INTO hr.log VALUES (1, 'canary-line');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
`;
const POLICY = `version: 1
data:
  crm:
    public.people: { columns: { ssn: [pii], pay: [pii], tags: [pii], 'odd "name': [pii] } }
    hr.log: { columns: { line: [pii] } }
rules: [{ id: hide, on: { tags: [pii] }, do: { mask: redact } }]
`;

let server: PostgresServer;
let directory = '';
const run = (...words: readonly string[]): ReturnType<typeof runCli> => runCli(words, { cwd: directory });
const site = (user: string, password: string): string => `version: 1
listeners: { postgres: { address: "127.0.0.1:0", tls: off } }
identity: { issuers: [{ issuer: "http://127.0.0.1:9000", audience: bailiwick }] }
datasources:
  crm:
    engine: postgres
    address: ${server.host}:${server.port}
    database: postgres
    region: DE
    tls: disable
    access: { groups: [agents] }
    credentials: { user: ${user}, password: { value: "${password}" } }
policies: [policy.yaml]
`;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  await server.query(DATA);
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-harden-'));
  writeFileSync(join(directory, 'policy.yaml'), POLICY);
  writeFileSync(join(directory, 'bailiwick.yaml'), site(server.user, server.password));
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

describe('harden', () => {
  test('makes an account that meets masked values only, whatever it asks', async () => {
    const { stdout, exitCode } = await run('harden', '--datasource', 'crm');
    expect(exitCode).toBe(0);
    // Twice: what is there already is brought up to date.
    for (let time = 0; time < 2; time++) await server.query(stdout);
    await server.query("ALTER ROLE bailiwick_crm PASSWORD 'p'");
    const client = new pg.Client({
      ...{ host: server.host, port: server.port, database: server.database },
      ...{ user: 'bailiwick_crm', password: 'p' },
    });
    await client.connect();
    const rows = async (sql: string): Promise<unknown> =>
      [await client.query(sql)].flat().flatMap((result) => result.rows.map((row) => Object.values(row)));
    try {
      expect(await rows('SELECT * FROM people')).toEqual([[1, 'Ada', '[redacted]', null, null, null]]);
      expect(await rows('SELECT * FROM contacts')).toEqual([[1, 'Ada', '[redacted]']]);
      expect(await rows('SELECT * FROM kept')).toEqual([[1, '[redacted]']]);
      expect(await rows('SELECT * FROM masked_hr.log_1')).toEqual([[1, '[redacted]']]);
      expect(await rows("SELECT id FROM people WHERE ssn LIKE 'canary%'")).toEqual([]);
      await expect(rows('SELECT * FROM hr.kept')).rejects.toMatchObject({ code: '42501' });
      await expect(rows('SELECT line FROM hr.log_1')).rejects.toMatchObject({ code: '42501' });
      await expect(rows('INSERT INTO people (id) VALUES (2)')).rejects.toMatchObject({ code: /25006|42501/ });
    } finally {
      await client.end();
    }
  });

  test('check --upstream says whether it is in place', async () => {
    const before = await run('check', '--upstream');
    expect(before.stdout).toMatch(/postgres can itself read 6 of 6 regulated columns; harden --datasource crm prints/);
    await server.query('REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM PUBLIC');
    writeFileSync(join(directory, 'hardened.yaml'), site('bailiwick_crm', 'p'));
    const after = await run('check', '--upstream', '--config', 'hardened.yaml');
    expect(after.stdout).toContain('note: datasource crm: bailiwick_crm can itself read no regulated column');
    expect(after.stdout).not.toContain('warning: datasource crm: bailiwick_crm can itself read');
  });

  test('names a datasource that is not there', async () => {
    const { exitCode, stderr } = await run('harden', '--datasource', 'nowhere');
    expect([exitCode, stderr]).toEqual([2, 'there is no datasource nowhere in the configuration\n']);
  });
});
