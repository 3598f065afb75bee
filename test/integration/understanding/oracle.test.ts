import pg, { type Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startUnderstanding, type Understanding } from './understood.ts';

/**
 * The server's own word on what a query reads: a view over it, made and rolled back, and its entries in pg_depend. Every
 * column there must be among those of the facts. Statements whose subqueries return columns that nobody asks for are
 * left out: those are in pg_depend although they are not read.
 */
const QUERIES: readonly string[] = [
  'SELECT id, ssn FROM customers',
  'SELECT * FROM customers',
  'SELECT c.* FROM customers c JOIN orders o ON o.customer_id = c.id',
  "SELECT o.item FROM orders o, customers c WHERE o.customer_id = c.id AND c.region = 'us'",
  'SELECT lower(name) AS a, email || ssn AS b FROM customers',
  "SELECT name FROM customers WHERE ssn LIKE '9%'",
  'SELECT name FROM customers ORDER BY email, ssn',
  'SELECT region, count(*) AS n FROM customers GROUP BY region HAVING max(balance) > 1',
  'SELECT region, max(ssn) AS m FROM customers GROUP BY 1 ORDER BY 2',
  'SELECT DISTINCT ON (ssn) id FROM customers ORDER BY ssn, email',
  'SELECT rank() OVER (PARTITION BY region ORDER BY balance) AS r FROM customers',
  'SELECT sum(balance) OVER w AS s FROM customers WINDOW w AS (PARTITION BY tier)',
  'SELECT count(*) FILTER (WHERE ssn > email) AS n FROM customers',
  "SELECT string_agg(name, ',' ORDER BY email) AS s FROM customers",
  "SELECT CASE WHEN ssn = 'x' THEN name ELSE email END AS c FROM customers",
  'SELECT COALESCE(name, email, ssn) AS c FROM customers',
  'SELECT (contact).phone AS p FROM customers',
  'SELECT tags[id] AS t FROM customers',
  'SELECT ARRAY[name, email] AS a, ROW(ssn, id)::text AS r FROM customers',
  'SELECT notes->>name AS n FROM customers',
  'SELECT id FROM customers JOIN orders USING (id)',
  'SELECT item, card FROM customers NATURAL JOIN orders',
  'SELECT id, region FROM customers FULL JOIN orders USING (id, region)',
  'SELECT j.a, j.d FROM (customers c JOIN orders o USING (id)) AS j(a, b, c, d)',
  'SELECT u.id FROM customers JOIN orders USING (id) AS u',
  'SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE card IS NOT NULL)',
  'SELECT name FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.item = c.email)',
  'SELECT (SELECT max(amount) FROM orders o WHERE o.customer_id = c.id) AS m FROM customers c',
  'SELECT ARRAY(SELECT card FROM orders WHERE region = c.region) AS a FROM customers c',
  'SELECT x FROM (SELECT ssn AS x FROM customers) q',
  'SELECT x || y AS z FROM (SELECT ssn AS x, email AS y FROM customers) q WHERE x <> y',
  'SELECT q.x FROM customers c, LATERAL (SELECT c.ssn AS x) q',
  'SELECT q.x, c.id FROM customers c LEFT JOIN LATERAL (SELECT card AS x FROM orders WHERE customer_id = c.id) q ON q.x = c.ssn',
  'WITH q AS (SELECT ssn AS x FROM customers) SELECT x FROM q',
  'WITH a AS (SELECT id, email FROM customers), b AS (SELECT email AS e, id AS i FROM a) SELECT e, i FROM b',
  'WITH RECURSIVE t(i, s) AS (SELECT id, ssn FROM customers UNION ALL SELECT o.customer_id, t.s FROM t JOIN orders o ON o.id = t.i) SELECT i, s FROM t',
  'SELECT ssn FROM customers UNION SELECT card FROM orders',
  'SELECT ssn FROM customers UNION ALL SELECT v FROM scratch ORDER BY 1',
  'SELECT name FROM customers EXCEPT SELECT item FROM orders',
  '(SELECT name FROM customers WHERE balance > 0) INTERSECT (SELECT item FROM orders WHERE amount > 0)',
  'SELECT c FROM customers c',
  'SELECT row_to_json(o) AS j FROM orders o',
  'SELECT (c).ssn AS s FROM customers c',
  'SELECT ssn(c) AS s FROM customers c',
  'SELECT x FROM customers, unnest(tags) x',
  'SELECT * FROM customers, unnest(tags, ARRAY[1, 2]) WITH ORDINALITY u(tag, number, place)',
  'SELECT * FROM unnest(ARRAY[1], ARRAY[true, false]) u(a, b)',
  'SELECT key, value FROM customers, jsonb_each_text(notes)',
  'SELECT generate_series(1, length(ssn)) AS g FROM customers',
  "SELECT j.a FROM customers, json_table(notes, '$' COLUMNS (a text PATH '$.x')) j",
  "SELECT x.a FROM customers, xmltable('/r' PASSING xmlelement(name r, ssn) COLUMNS a text PATH '.') x",
  "SELECT json_object('a': ssn, name: email) AS j FROM customers",
  'SELECT xmlforest(ssn AS a, email AS b) AS x FROM customers',
  'SELECT addr, name FROM contacts WHERE id = 1',
  'SELECT a FROM nested',
  'SELECT c.ident, o.item FROM idents c JOIN orders o ON o.customer_id = c.id',
  "SELECT e FROM snapshot WHERE s = 'x'",
  "SELECT payload FROM events WHERE region = 'us'",
  'SELECT column1 FROM (VALUES (1), (2)) v WHERE column1 IN (SELECT id FROM orders)',
  'SELECT id FROM orders ORDER BY amount LIMIT 5 OFFSET (SELECT count(customer_id) FROM orders)',
  'SELECT name FROM customers WHERE (id, region) IN (SELECT customer_id, region FROM orders)',
  'SELECT name FROM customers WHERE balance > ALL (SELECT amount FROM orders)',
  'SELECT region, tier, count(email) AS n FROM customers GROUP BY GROUPING SETS ((region), (tier), ())',
  'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY balance) AS p FROM customers',
  'SELECT NULLIF(ssn, email) AS n, GREATEST(name, region) AS g FROM customers',
  'SELECT a.name FROM customers a JOIN customers b ON a.email = b.ssn',
];

const DEPENDED = `
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS column
FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE r.ev_class = 'oracle'::regclass AND d.refobjsubid > 0 AND c.relname <> 'oracle' AND c.relkind <> 'c'`;

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

test.each(QUERIES)('every column that a view over it depends on: %s', async (sql) => {
  const { database } = understanding;
  await database.query(`CREATE VIEW oracle AS ${sql}`);
  const rows = await database.query(DEPENDED).finally(() => database.query('DROP VIEW oracle'));
  const facts = understanding.one(sql);
  const lineage = (facts.outputs ?? []).flatMap((output) =>
    output.lineage.kind === 'unknown' ? [] : output.lineage.sources,
  );
  const known = [...facts.columns.map(({ column }) => column), ...lineage];
  const names = new Set(known.map(({ table, name }) => `${table.schema}.${table.name}.${name}`));
  const missed = rows.map(({ column }) => String(column)).filter((column) => !names.has(column));
  expect(missed).toEqual([]);
  expect(facts.unproven).toEqual([]);
});

const WRITES: readonly string[] = [
  'INSERT INTO scratch VALUES (1, 2) RETURNING *',
  'INSERT INTO scratch AS s (v) SELECT name FROM customers RETURNING s.v, k, 1 AS one, (SELECT 2)',
  "INSERT INTO counters VALUES ('a', 1) ON CONFLICT (name) DO UPDATE SET n = EXCLUDED.n RETURNING counters.*",
  'UPDATE scratch SET v = c.name FROM customers c JOIN orders o USING (id) RETURNING *',
  'UPDATE scratch SET v = 1 RETURNING old.v, new.v, upper(k)',
  'UPDATE scratch SET v = 1 RETURNING WITH (OLD AS o) o.*, o',
  'DELETE FROM scratch USING customers c, orders WHERE c.id = orders.id RETURNING *, scratch.ctid',
  'MERGE INTO scratch s USING customers c ON s.k = c.name WHEN MATCHED THEN UPDATE SET v = 1 RETURNING merge_action(), *',
  'WITH w AS (DELETE FROM orders RETURNING *) SELECT * FROM w',
  'SELECT (c).*, c.contact, (contact).*, c.tier::text, id::int FROM customers c',
  'SELECT (SELECT name FROM customers LIMIT 1), EXISTS (SELECT 1), ARRAY[1], CASE WHEN true THEN 1 ELSE id END, (tags)[1] FROM orders, (SELECT tags FROM customers) q',
  "SELECT * FROM generate_series(1, 2) WITH ORDINALITY g, ROWS FROM (unnest(ARRAY[1]), jsonb_each('{}')) r, find(1)",
  "SELECT * FROM get_customers() x, current_date, lower('x'::text) AS l, json_each_text('{}') j(a)",
  'TABLE orders ORDER BY id LIMIT 1',
  "VALUES (1, 'a'), (2, 'b') ORDER BY 1",
  'SHOW search_path',
  'SHOW ALL',
  'EXPLAIN SELECT 1',
];

describe('outputs as the server describes them', () => {
  let client: Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: understanding.database.url });
    await client.connect();
  });
  afterAll(() => client.end());

  test.each([...QUERIES, ...WRITES])('%s', async (sql) => {
    await client.query('BEGIN');
    const { fields } = await client.query({ text: sql }).finally(() => client.query('ROLLBACK'));
    const outputs = understanding.one(sql).outputs ?? [];
    expect(outputs.map(({ name }) => name)).toEqual(fields.map(({ name }) => name));
    for (const [index, { tableID, columnID, name }] of fields.entries()) {
      // What the server says is a plain column (not of the system's own, whose numbers are negative) has to be one here.
      const lineage = outputs[index]?.lineage;
      if (tableID === 0 || columnID <= 0 || lineage?.kind === 'unknown') continue;
      const sources = lineage?.sources.map(({ table, attnum }) => `${table.oid}.${attnum}`);
      expect(sources, name).toContain(`${tableID}.${columnID}`);
    }
  });
});
