import { beforeAll, describe, expect, test } from 'vitest';
import { shortUses, startUnderstanding, type Understanding } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

/** A condition over customers, and what it reads. */
const CONDITIONS: readonly (readonly [condition: string, uses: readonly string[]])[] = [
  ["ssn = 'x'", ['predicate= customers.ssn']],
  ["'x' = ssn", ['predicate= customers.ssn']],
  ['ssn = $1', ['predicate= customers.ssn']],
  ["ssn = 'x'::text AND email = $1::text", ['predicate= customers.email', 'predicate= customers.ssn']],
  ["ssn = 'x' OR ssn = 'y'", ['predicate= customers.ssn']],
  ["ssn IN ('x', 'y', $1)", ['predicate= customers.ssn']],
  ['email = ANY ($1)', ['predicate= customers.email']],
  ["email = ANY ('{a,b}'::text[])", ['predicate= customers.email']],
  ["email = ANY (ARRAY['a', $1])", ['predicate= customers.email']],
  ["(ssn, email) = ('a', 'b')", ['predicate= customers.email', 'predicate= customers.ssn']],
  ["(ssn, email) IN (('a', 'b'), ('c', 'd'))", ['predicate= customers.email', 'predicate= customers.ssn']],
  ["NOT (ssn = 'x')", ['predicate customers.ssn']],
  ["ssn <> 'x'", ['predicate customers.ssn']],
  ["ssn NOT IN ('x', 'y')", ['predicate customers.ssn']],
  ["ssn = ALL ('{a}'::text[])", ['predicate customers.ssn']],
  ["(ssn = 'x') = true", ['predicate customers.ssn']],
  ["(ssn = 'x') IS TRUE", ['predicate customers.ssn']],
  ["ssn::text = 'x'", ['predicate customers.ssn']],
  ["ssn = lower('X')", ['predicate customers.ssn']],
  ["ssn IN ('x', name)", ['predicate customers.name', 'predicate customers.ssn']],
  ["lower(ssn) = 'x'", ['predicate customers.ssn']],
  ["ssn LIKE '9%'", ['predicate customers.ssn']],
  ["ssn > 'x'", ['predicate customers.ssn']],
  ["ssn BETWEEN 'a' AND 'b'", ['predicate customers.ssn']],
  ['ssn IS NULL', ['predicate customers.ssn']],
  ["ssn IS NOT DISTINCT FROM 'x'", ['predicate customers.ssn']],
  ['ssn = email', ['predicate customers.email', 'predicate customers.ssn']],
  ["CASE WHEN ssn = 'x' THEN true END", ['predicate customers.ssn', 'predicate= customers.ssn']],
  ["COALESCE(ssn, '') = 'x'", ['predicate customers.ssn']],
  ["notes @> '{}'", ['predicate customers.notes']],
  ["notes->>'a' = 'x'", ['predicate customers.notes']],
  ["(contact).phone = 'x'", ['predicate customers.contact']],
  ["tags[1] = 'x'", ['predicate customers.tags']],
  ["'x' = ANY (tags)", ['predicate customers.tags']],
  ["ssn === 'x'", ['predicate customers.ssn']],
  [
    'EXISTS (SELECT * FROM orders o WHERE o.customer_id = customers.id)',
    ['join customers.id', 'join orders.customer_id'],
  ],
  ['id IN (SELECT customer_id FROM orders)', ['predicate customers.id', 'predicate orders.customer_id']],
  ['ssn = (SELECT v FROM scratch)', ['predicate customers.ssn', 'predicate scratch.v']],
  ["last4 = 'x'", ['predicate customers.ssn', 'predicate= customers.last4']],
];

const STATEMENTS: readonly (readonly [sql: string, uses: readonly string[]])[] = [
  ['SELECT 1 FROM customers c JOIN orders o ON c.id = o.customer_id', ['join customers.id', 'join orders.customer_id']],
  ['SELECT 1 FROM customers c, orders o WHERE c.id = o.customer_id', ['join customers.id', 'join orders.customer_id']],
  [
    "SELECT 1 FROM customers c JOIN orders o ON c.ssn > o.card AND c.region = 'us'",
    ['predicate customers.ssn', 'predicate orders.card', 'predicate= customers.region'],
  ],
  ['SELECT 1 FROM customers JOIN orders USING (region)', ['join customers.region', 'join orders.region']],
  [
    'SELECT 1 FROM customers NATURAL JOIN contacts',
    ['join contacts.id', 'join contacts.name', 'join customers.id', 'join customers.name'],
  ],
  ['SELECT id FROM customers ORDER BY ssn', ['ordering customers.ssn']],
  ['SELECT id, ssn FROM customers ORDER BY 2', ['ordering customers.ssn']],
  ['SELECT id, name AS ssn FROM customers ORDER BY ssn', ['ordering customers.name']],
  ['SELECT region AS ssn FROM customers GROUP BY ssn', ['grouping customers.ssn']],
  ['SELECT lower(name) AS x FROM customers GROUP BY x', ['grouping customers.name']],
  ['SELECT count(*) FROM customers GROUP BY CUBE (ssn, email)', ['grouping customers.email', 'grouping customers.ssn']],
  ["SELECT id FROM customers GROUP BY id HAVING max(ssn) > 'a'", ['grouping customers.id', 'predicate customers.ssn']],
  ['SELECT DISTINCT ssn FROM customers', ['grouping customers.ssn']],
  ['SELECT DISTINCT ON (ssn) id FROM customers', ['grouping customers.ssn']],
  ['SELECT count(DISTINCT ssn) FROM customers', ['grouping customers.ssn']],
  ['SELECT ssn FROM customers UNION SELECT v FROM scratch', ['grouping customers.ssn', 'grouping scratch.v']],
  ['SELECT ssn FROM customers UNION ALL SELECT v FROM scratch', []],
  ["SELECT count(*) FILTER (WHERE ssn = 'x') FROM customers", ['predicate= customers.ssn']],
  ["SELECT string_agg(name, ',' ORDER BY ssn) FROM customers", ['ordering customers.ssn']],
  [
    'SELECT rank() OVER (PARTITION BY ssn ORDER BY email) FROM customers',
    ['grouping customers.ssn', 'ordering customers.email'],
  ],
  ['SELECT 1 FROM customers WINDOW w AS (ORDER BY ssn)', ['ordering customers.ssn']],
  ['SELECT id FROM orders LIMIT (SELECT length(ssn) FROM customers)', ['predicate customers.ssn']],
  ['SELECT id FROM orders OFFSET (SELECT length(ssn) FROM customers)', ['predicate customers.ssn']],
  ['SELECT generate_series(1, length(ssn)) FROM customers', ['predicate customers.ssn']],
  ['SELECT 1 FROM customers, generate_series(1, length(ssn))', ['predicate customers.ssn']],
  [
    'SELECT 1 FROM customers TABLESAMPLE system ((SELECT length(ssn) FROM customers LIMIT 1))',
    ['predicate customers.ssn'],
  ],
  ["SELECT CASE WHEN ssn LIKE '9%' THEN 1 END FROM customers", ['predicate customers.ssn']],
  ['SELECT pg_sleep(length(ssn)) FROM customers', ['evaluation customers.ssn']],
  ['SELECT count(*) FROM (SELECT * FROM customers) q', []],
  ['SELECT id FROM (SELECT id, 1 / length(ssn) AS x FROM customers) q', ['evaluation customers.ssn']],
  ["SELECT id FROM (SELECT id, ssn AS x FROM customers) q WHERE x = 'a'", ['predicate= customers.ssn']],
  ["SELECT id FROM (SELECT id, lower(ssn) AS x FROM customers) q WHERE x = 'a'", ['predicate customers.ssn']],
  ["WITH q AS (SELECT id, ssn AS x FROM customers) SELECT id FROM q WHERE x = 'a'", ['predicate= customers.ssn']],
  ["WITH q AS (SELECT 1 FROM customers WHERE ssn = 'x') SELECT 1", ['predicate= customers.ssn']],
  ["SELECT 1 FROM contacts WHERE addr = 'x'", ['predicate= contacts.addr', 'predicate= customers.email']],
  [
    "SELECT 1 FROM idents WHERE ident = 'x'",
    ['predicate customers.email', 'predicate customers.ssn', 'predicate= idents.ident'],
  ],
  ['SELECT id FROM idents', []],
  ['SELECT EXISTS (SELECT 1 FROM customers WHERE ssn = $1)', ['predicate= customers.ssn']],
  ["SELECT (SELECT count(*) FROM customers WHERE ssn LIKE '9%')", ['predicate customers.ssn']],
  ["UPDATE scratch SET v = 'x' FROM customers WHERE ssn = k", ['join customers.ssn', 'join scratch.k']],
  ["DELETE FROM customers WHERE ssn LIKE '9%' AND false", ['predicate customers.ssn']],
  ["UPDATE customers SET tier = tier WHERE ssn = 'x'", ['predicate= customers.ssn', 'source customers.tier']],
  ["INSERT INTO customers (id, email) VALUES (1, 'x') ON CONFLICT (email) DO NOTHING", ['predicate customers.email']],
  [
    "INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 1 WHERE customers.ssn LIKE '9%'",
    ['predicate customers.id', 'predicate customers.ssn'],
  ],
  [
    "MERGE INTO scratch USING customers ON k = name WHEN MATCHED AND ssn = 'x' THEN DELETE",
    ['join customers.name', 'join scratch.k', 'predicate= customers.ssn'],
  ],
  ['COPY scratch FROM STDIN WHERE k = (SELECT ssn FROM customers)', ['predicate customers.ssn', 'predicate scratch.k']],
  ["ALTER TABLE customers ADD CHECK (ssn <> 'x')", ['predicate customers.ssn']],
  [
    "CREATE INDEX ON customers (lower(ssn)) WHERE email = 'x'",
    ['predicate customers.email', 'predicate customers.ssn'],
  ],
];

describe('columns by place', () => {
  test.each(CONDITIONS)('WHERE %s', (condition, uses) => {
    const reads = shortUses(understanding.one(`SELECT id FROM customers WHERE ${condition}`));
    expect(reads.toSorted()).toEqual(uses.toSorted());
  });

  test.each(STATEMENTS)('%s', (sql, uses) => {
    expect(shortUses(understanding.one(sql)).toSorted()).toEqual(uses.toSorted());
  });

  test('a whole row in a comparison reads every column', () => {
    const facts = understanding.one('SELECT id FROM customers c WHERE c = (SELECT d FROM customers d LIMIT 1)');
    const read = facts.columns.filter(({ place }) => place === 'predicate').map(({ column }) => column.name);
    expect(read.toSorted()).toEqual(
      understanding.catalog
        .relation('public', 'customers')
        ?.columns.map(({ name }) => name)
        .toSorted(),
    );
  });
});
