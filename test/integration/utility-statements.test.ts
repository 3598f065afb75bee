import type { EventEmitter } from 'node:events';
import type { StatementFacts } from '@bailiwick/domain';
import { loadPostgresParser, type UnderstandingContext, understandPostgres } from '@bailiwick/sql';
import pg, { type Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase, sharedPostgres } from '../servers/index.ts';

let database: FreshDatabase;
let client: Client;

beforeAll(async () => {
  await loadPostgresParser();
  database = await freshDatabase(await sharedPostgres());
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** What a statement says by itself: no name is looked up. */
const context: UnderstandingContext = {
  catalog: null,
  searchPath: [],
  prepared: () => undefined,
  cursor: () => undefined,
};

function read(sql: string): StatementFacts {
  const [facts, ...more] = understandPostgres(sql, context);
  if (facts === undefined || more.length > 0) throw new Error(`one statement: ${sql}`);
  return facts;
}

async function tagOf(sql: string): Promise<string> {
  const tags: string[] = [];
  const note = (message: { text: string }) => tags.push(message.text);
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.on('commandComplete', note);
  try {
    await client.query(sql);
  } finally {
    connection.off('commandComplete', note);
  }
  return tags.join(';');
}

async function valuesOf(text: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  const { rows } = await client.query({ text, values });
  return rows.map(({ value }) => value);
}

/** Each runs after the ones before it. */
const script = `
SET work_mem = '64MB'; RESET work_mem; SET TRANSACTION READ WRITE; SET NAMES 'UTF8'; SHOW ALL; RESET ALL
DISCARD ALL; DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES
BEGIN; SAVEPOINT s; ROLLBACK TO s; RELEASE s; COMMIT; START TRANSACTION; ABORT; BEGIN; END
CREATE SCHEMA a; CREATE TABLE a.t (i int PRIMARY KEY, n text); CREATE TABLE c (LIKE a.t); CREATE SEQUENCE q; ALTER SEQUENCE q MAXVALUE 9
CREATE INDEX x ON a.t (n); ALTER INDEX a.x SET (fillfactor = 70); ALTER INDEX a.x RENAME TO y; CREATE STATISTICS st ON i, n FROM a.t; ALTER STATISTICS st SET STATISTICS 5
CREATE VIEW v AS SELECT * FROM a.t; ALTER VIEW v RENAME COLUMN n TO m; ALTER VIEW v ALTER m SET DEFAULT 'x'; ALTER VIEW v RENAME TO w
CREATE MATERIALIZED VIEW m AS SELECT * FROM a.t WITH NO DATA; REFRESH MATERIALIZED VIEW m; ALTER MATERIALIZED VIEW m RENAME TO mm; ALTER MATERIALIZED VIEW mm SET SCHEMA a
ALTER TABLE a.t RENAME COLUMN n TO note; ALTER TABLE a.t RENAME CONSTRAINT t_pkey TO k; ALTER TABLE a.t ADD z int DEFAULT 1; ALTER TABLE c SET SCHEMA a; ALTER TABLE a.t OWNER TO CURRENT_USER
COMMENT ON TABLE a.t IS 'x'; COMMENT ON COLUMN a.t.i IS 'x'; LOCK a.t IN ACCESS SHARE MODE; TRUNCATE a.t; VACUUM a.t; ANALYZE a.t; CLUSTER a.t USING k; REINDEX TABLE a.t; CHECKPOINT
CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql RETURN i; ALTER FUNCTION f(int) STRICT; ALTER ROUTINE f(int) COST 2; ALTER FUNCTION f RENAME TO g; ALTER FUNCTION g OWNER TO CURRENT_USER; ALTER FUNCTION g SET SCHEMA a
CREATE PROCEDURE p() LANGUAGE sql AS ''; ALTER PROCEDURE p() SECURITY DEFINER; CALL p(); DO 'BEGIN END'
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW;END'; CREATE TRIGGER tr BEFORE INSERT ON a.t EXECUTE FUNCTION tf(); ALTER TRIGGER tr ON a.t RENAME TO ts
CREATE RULE r AS ON INSERT TO a.t DO ALSO NOTHING; ALTER RULE r ON a.t RENAME TO s; CREATE POLICY po ON a.t USING (true); ALTER POLICY po ON a.t USING (false); ALTER POLICY po ON a.t RENAME TO pp
CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER DOMAIN d SET DEFAULT 3; ALTER DOMAIN d ADD CONSTRAINT dc CHECK (VALUE > 1); ALTER DOMAIN d RENAME CONSTRAINT dc TO dd; CREATE TYPE ct AS (a int); ALTER TYPE ct ADD ATTRIBUTE b int; ALTER TYPE ct RENAME ATTRIBUTE b TO e; ALTER TYPE ct RENAME TO cu
CREATE TYPE en AS ENUM ('a'); ALTER TYPE en ADD VALUE 'b'; CREATE TYPE ra AS RANGE (subtype = int4); CREATE TYPE sh; CREATE AGGREGATE ag (int) (sfunc = int4pl, stype = int); ALTER AGGREGATE ag (int) RENAME TO ah
CREATE OPERATOR ## (leftarg = int, rightarg = int, function = int4pl); ALTER OPERATOR ## (int, int) SET (restrict = NONE); CREATE OPERATOR FAMILY fa USING btree; CREATE COLLATION co (locale = 'C'); ALTER COLLATION co RENAME TO cp
CREATE TEXT SEARCH DICTIONARY di (template = simple); ALTER TEXT SEARCH DICTIONARY di (accept = false); CREATE TEXT SEARCH CONFIGURATION cf (copy = simple); ALTER TEXT SEARCH CONFIGURATION cf DROP MAPPING FOR word
CREATE CAST (en AS int) WITH INOUT
CREATE FOREIGN DATA WRAPPER wr; ALTER FOREIGN DATA WRAPPER wr OPTIONS (a 'b'); CREATE SERVER se FOREIGN DATA WRAPPER wr; ALTER SERVER se VERSION '2'; CREATE FOREIGN TABLE ft (i int) SERVER se; ALTER FOREIGN TABLE ft ADD j int; ALTER FOREIGN TABLE ft RENAME TO fu; CREATE USER MAPPING FOR CURRENT_USER SERVER se; DROP USER MAPPING FOR CURRENT_USER SERVER se
GRANT SELECT ON a.t TO PUBLIC; REVOKE SELECT ON a.t FROM PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC
CREATE ROLE bailiwick_utility; CREATE USER bailiwick_utility2; ALTER ROLE bailiwick_utility NOLOGIN; ALTER ROLE bailiwick_utility SET work_mem = '1MB'; ALTER ROLE bailiwick_utility2 RENAME TO bailiwick_utility3; GRANT bailiwick_utility TO bailiwick_utility3; REVOKE bailiwick_utility FROM bailiwick_utility3; REASSIGN OWNED BY bailiwick_utility TO CURRENT_USER; DROP OWNED BY bailiwick_utility; SET ROLE bailiwick_utility; RESET ROLE; DROP ROLE bailiwick_utility, bailiwick_utility3
PREPARE pr AS SELECT 1; EXPLAIN EXECUTE pr; DEALLOCATE pr; DEALLOCATE ALL; BEGIN; DECLARE cu CURSOR FOR SELECT 1; FETCH cu; MOVE cu; CLOSE cu; CLOSE ALL; SET CONSTRAINTS ALL IMMEDIATE; COMMIT
LISTEN ch; NOTIFY ch, 'x'; UNLISTEN *; LOAD 'plpgsql'; COPY a.t TO STDOUT; COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'
CREATE PUBLICATION pu FOR TABLE a.t; ALTER PUBLICATION pu ADD TABLE a.c; DROP PUBLICATION pu
DROP RULE s ON a.t; DROP POLICY pp ON a.t; DROP TRIGGER ts ON a.t; DROP FOREIGN TABLE fu; DROP VIEW w; DROP MATERIALIZED VIEW a.mm; DROP INDEX a.y; DROP STATISTICS st; DROP SEQUENCE q; DROP TABLE a.t; DROP FUNCTION a.g; DROP PROCEDURE p; DROP DOMAIN d; DROP TYPE cu; DROP AGGREGATE ah (int); DROP OPERATOR ## (int, int); DROP OPERATOR FAMILY fa USING btree; DROP COLLATION cp; DROP TEXT SEARCH DICTIONARY di; DROP CAST (en AS int); DROP SERVER se; DROP FOREIGN DATA WRAPPER wr; ALTER SCHEMA a RENAME TO b; DROP SCHEMA b CASCADE
`;

test("the command is what the server's own tag begins with", async () => {
  const statements = script.split(/; |\n/);
  const wrong: string[] = [];
  for (const sql of statements.filter(Boolean)) {
    const tag = await tagOf(sql).catch((error: Error) => `${error.message}`);
    if (tag !== read(sql).command && !tag.startsWith(`${read(sql).command} `))
      wrong.push(`${sql}: ${tag} / ${read(sql).command}`);
  }
  expect(wrong).toEqual([]);
});

describe('the value of a setting is what the server makes of it', () => {
  test.each([
    ["SET search_path TO a, \"B\", 'c d', '', 'e\"f', 'x,y'"],
    [`SET search_path = ''`],
    [`SET search_path = '"$user", public'`],
    [`SET SCHEMA 'Tenant'`],
    ['SET work_mem = 1024'],
    ['SET seq_page_cost TO 1.5'],
    ['SET jit = off'],
    [`SET DateStyle TO 'ISO', 'MDY'`],
    ['SET TIME ZONE UTC'],
    ['SET bytea_output = hex'],
    ['SET app.x TO one'],
    ['SET app.x = -1'],
    [`SET app.x = ''`],
    ["SET temp_tablespaces TO ''"],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL REPEATABLE READ, DEFERRABLE'],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE, ISOLATION LEVEL READ COMMITTED, NOT DEFERRABLE'],
  ])('%s', async (sql) => {
    await client.query(sql);
    for (const { name, value } of read(sql).settings) {
      const [is] = await valuesOf('SELECT current_setting($1) AS value', [name]);
      expect(await valuesOf('SELECT set_config($1, $2, false) AS value', [name, value])).toEqual([is]);
    }
  });
});
