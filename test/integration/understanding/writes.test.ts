import { beforeAll, describe, expect, test } from 'vitest';
import { shortFlows, shortOutputs, startUnderstanding, type Understanding, unsafeNames } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

interface Expected {
  readonly classes: readonly string[];
  readonly flows?: readonly string[];
  readonly outputs?: string | readonly string[];
  readonly unsafe?: readonly string[];
}

const CASES: readonly (readonly [sql: string, expected: Expected])[] = [
  ["INSERT INTO scratch VALUES ('a', $1)", { classes: ['WRITE'] }],
  ['INSERT INTO scratch DEFAULT VALUES RETURNING *', { classes: ['WRITE'], outputs: ['k=scratch.k', 'v=scratch.v'] }],
  [
    'INSERT INTO scratch SELECT ssn, email FROM customers',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.ssn -> table:public.scratch.k', 'customers.email -> table:public.scratch.v'],
    },
  ],
  [
    'INSERT INTO scratch (v) SELECT lower(ssn) FROM customers RETURNING v, k',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.ssn -> table:public.scratch.v'],
      outputs: ['v<customers.ssn scratch.v', 'k=scratch.k'],
    },
  ],
  [
    'INSERT INTO scratch (v) VALUES ((SELECT ssn FROM customers LIMIT 1))',
    { classes: ['WRITE', 'READ'], flows: ['customers.ssn -> table:public.scratch.v'] },
  ],
  [
    'INSERT INTO scratch (v) SELECT ident FROM idents',
    { classes: ['WRITE', 'READ'], flows: ['customers.email customers.ssn idents.ident -> table:public.scratch.v'] },
  ],
  [
    'INSERT INTO scratch (v) SELECT ident(c) FROM customers c',
    {
      classes: ['WRITE', 'READ', 'FUNCTION'],
      unsafe: ['public.ident'],
      flows: [
        'customers.balance customers.contact customers.email customers.id customers.last4 customers.name customers.notes customers.region customers.ssn customers.tags customers.tier -> table:public.scratch.v',
      ],
    },
  ],
  ['INSERT INTO scratch TABLE scratch', { classes: ['WRITE'] }],
  [
    'INSERT INTO events (payload) SELECT ssn FROM customers',
    { classes: ['WRITE', 'READ'], flows: ['customers.ssn -> table:public.events.payload'] },
  ],
  [
    "INSERT INTO counters VALUES ('a', 1) ON CONFLICT (name) DO UPDATE SET n = counters.n + EXCLUDED.n RETURNING n",
    { classes: ['WRITE'], outputs: ['n<counters.n'] },
  ],
  [
    'INSERT INTO scratch AS s SELECT name, ssn FROM customers ON CONFLICT DO NOTHING',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.name -> table:public.scratch.k', 'customers.ssn -> table:public.scratch.v'],
    },
  ],
  ['UPDATE counters SET n = n + 1', { classes: ['WRITE'] }],
  [
    'UPDATE counters SET n = n + 1 RETURNING old.n, new.n',
    { classes: ['WRITE'], outputs: ['n=counters.n', 'n<counters.n'] },
  ],
  [
    'UPDATE counters c SET n = 1 RETURNING WITH (OLD AS o, NEW AS x) o.n, x.n, c.*',
    { classes: ['WRITE'], outputs: ['n=counters.n', 'n=counters.n', 'name=counters.name', 'n=counters.n'] },
  ],
  [
    'UPDATE customers SET name = email',
    { classes: ['WRITE'], flows: ['customers.email -> table:public.customers.name'] },
  ],
  [
    'UPDATE customers SET (name, region) = (email, name)',
    {
      classes: ['WRITE'],
      flows: ['customers.email -> table:public.customers.name', 'customers.name -> table:public.customers.region'],
    },
  ],
  [
    'UPDATE scratch SET (k, v) = (SELECT name, ssn FROM customers LIMIT 1)',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.name -> table:public.scratch.k', 'customers.ssn -> table:public.scratch.v'],
    },
  ],
  [
    'UPDATE scratch SET v = c.ssn FROM customers c WHERE c.name = k RETURNING v, c.name',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.ssn -> table:public.scratch.v'],
      outputs: ['v<customers.ssn scratch.v', 'name=customers.name'],
    },
  ],
  [
    'UPDATE customers SET tags[length(ssn)] = email',
    { classes: ['WRITE'], flows: ['customers.email customers.ssn -> table:public.customers.tags'] },
  ],
  ['UPDATE audited SET id = 1', { classes: ['WRITE', 'FUNCTION'], unsafe: ['triggers or rules of public.audited'] }],
  [
    'UPDATE audited_view SET id = 1',
    { classes: ['WRITE', 'READ', 'FUNCTION'], unsafe: ['triggers or rules of public.audited_view'] },
  ],
  ['DELETE FROM orders', { classes: ['WRITE'] }],
  [
    'DELETE FROM orders USING customers WHERE customer_id = customers.id RETURNING card, ssn',
    { classes: ['WRITE', 'READ'], outputs: ['card=orders.card', 'ssn=customers.ssn'] },
  ],
  [
    'MERGE INTO scratch s USING customers c ON k = name WHEN MATCHED THEN UPDATE SET v = email WHEN NOT MATCHED THEN INSERT (k, v) VALUES (name, ssn) RETURNING merge_action(), s.v',
    {
      classes: ['WRITE', 'READ'],
      flows: ['customers.name -> table:public.scratch.k', 'customers.email customers.ssn -> table:public.scratch.v'],
      outputs: ['merge_action<', 'v<customers.email customers.ssn scratch.v'],
    },
  ],
  [
    'MERGE INTO scratch USING (SELECT id FROM orders) o ON false WHEN NOT MATCHED THEN DO NOTHING RETURNING *',
    { classes: ['WRITE', 'READ'], outputs: ['id=orders.id', 'k=scratch.k', 'v=scratch.v'] },
  ],
  [
    'WITH w AS (DELETE FROM orders RETURNING card) SELECT card FROM w',
    { classes: ['READ', 'WRITE'], outputs: ['card=orders.card'] },
  ],
  [
    'WITH w AS (INSERT INTO scratch (k) SELECT ssn FROM customers RETURNING k) SELECT k FROM w',
    {
      classes: ['READ', 'WRITE'],
      outputs: ['k<customers.ssn scratch.k'],
      flows: ['customers.ssn -> table:public.scratch.k'],
    },
  ],
  ['WITH w AS (DELETE FROM orders) SELECT 1', { classes: ['READ', 'WRITE'], outputs: ['?column?<'] }],
  [
    'SELECT * FROM counters FOR UPDATE',
    { classes: ['READ', 'WRITE'], outputs: ['name=counters.name', 'n=counters.n'] },
  ],
  ['SELECT 1 FROM (SELECT 1 FROM orders FOR KEY SHARE) q', { classes: ['READ', 'WRITE'], outputs: ['?column?<'] }],
  [
    'SELECT ssn INTO t FROM customers',
    { classes: ['DDL', 'WRITE', 'READ'], flows: ['customers.ssn -> new-table:public.t'] },
  ],
  [
    'SELECT ssn INTO TEMP t FROM customers UNION SELECT v FROM scratch',
    { classes: ['DDL', 'WRITE', 'READ'], flows: ['customers.ssn scratch.v -> new-table:pg_temp.t'] },
  ],
  [
    'CREATE TABLE t AS SELECT ident(c) FROM customers c',
    {
      classes: ['DDL', 'WRITE', 'READ', 'FUNCTION'],
      unsafe: ['public.ident'],
      flows: [
        'customers.id customers.name customers.email customers.ssn customers.region customers.balance customers.notes customers.tags customers.contact customers.tier customers.last4 -> new-table:public.t'.replace(
          /^(.*) ->/,
          (_, all: string) => `${all.split(' ').toSorted().join(' ')} ->`,
        ),
      ],
    },
  ],
  ['CREATE VIEW v AS SELECT ssn FROM customers', { classes: ['DDL'], flows: ['customers.ssn -> new-table:public.v'] }],
  [
    'CREATE MATERIALIZED VIEW evil.m AS SELECT ssn FROM customers',
    { classes: ['DDL', 'WRITE', 'READ'], flows: ['customers.ssn -> new-table:evil.m'] },
  ],
  [
    "COPY (SELECT ssn FROM customers) TO '/tmp/x'",
    { classes: ['READ', 'WRITE'], flows: ['customers.ssn -> file:/tmp/x'] },
  ],
  [
    "COPY orders (card) TO PROGRAM 'cat'",
    { classes: ['READ', 'WRITE', 'FUNCTION'], unsafe: ['COPY'], flows: ['orders.card -> program:'] },
  ],
  ['COPY (SELECT ssn FROM customers) TO STDOUT', { classes: ['READ'], outputs: ['ssn=customers.ssn'] }],
  ['COPY (DELETE FROM orders RETURNING card) TO STDOUT', { classes: ['READ', 'WRITE'], outputs: ['card=orders.card'] }],
  [
    'COPY customers TO STDOUT',
    {
      classes: ['READ'],
      outputs: ['id', 'name', 'email', 'ssn', 'region', 'balance', 'notes', 'tags', 'contact', 'tier'].map(
        (name) => `${name}=customers.${name}`,
      ),
    },
  ],
  [
    'COPY customers (email, last4) TO STDOUT',
    { classes: ['READ'], outputs: ['email=customers.email', 'last4<customers.last4 customers.ssn'] },
  ],
  ['COPY scratch FROM STDIN', { classes: ['WRITE'] }],
  [
    'ALTER TABLE scratch ALTER COLUMN k TYPE text USING v',
    { classes: ['DDL'], flows: ['scratch.v -> table:public.scratch.k'] },
  ],
  [
    'ALTER TABLE customers ADD copy text GENERATED ALWAYS AS (ssn || email) STORED',
    { classes: ['DDL'], flows: ['customers.email customers.ssn -> table:public.customers.copy'] },
  ],
  [
    "SELECT set_config('a.b', ssn, false) FROM customers",
    {
      classes: ['READ', 'FUNCTION'],
      unsafe: ['pg_catalog.set_config'],
      flows: ['customers.ssn -> setting:set_config'],
      outputs: ['set_config<customers.ssn'],
    },
  ],
  [
    "SELECT pg_notify('c', ssn) FROM customers",
    {
      classes: ['READ', 'FUNCTION'],
      unsafe: ['pg_catalog.pg_notify'],
      flows: ['customers.ssn -> notification:pg_notify'],
      outputs: ['pg_notify<customers.ssn'],
    },
  ],
  [
    "SELECT setval('ticket_seq', ascii(ssn)) FROM customers",
    {
      classes: ['READ', 'FUNCTION'],
      unsafe: ['pg_catalog.setval'],
      flows: ['customers.ssn -> other:setval'],
      outputs: ['setval<customers.ssn'],
    },
  ],
  [
    'SELECT pg_advisory_lock(ascii(ssn)) FROM customers',
    {
      classes: ['READ', 'FUNCTION'],
      unsafe: ['pg_catalog.pg_advisory_lock'],
      flows: ['customers.ssn -> other:pg_advisory_lock'],
      outputs: ['pg_advisory_lock<customers.ssn'],
    },
  ],
];

describe('what statements write and copy', () => {
  test.each(CASES)('%s', (sql, { classes, flows = [], outputs = 'none', unsafe = [] }) => {
    const facts = understanding.one(sql);
    expect({
      classes: facts.classes,
      flows: shortFlows(facts),
      outputs: shortOutputs(facts),
      unsafe: unsafeNames(facts),
      unproven: facts.unproven,
    }).toEqual({ classes, flows: flows.toSorted(), outputs, unsafe, unproven: [] });
  });

  test('the table that is written is named, and so are the tables it is filled from', () => {
    const { tables } = understanding.one('INSERT INTO scratch SELECT name, addr FROM contacts');
    const named = tables.map(({ table, access }) => `${access} ${table.schema}.${table.name}`);
    expect(named.toSorted()).toEqual(['read public.contacts', 'read public.customers', 'write public.scratch']);
  });

  test('a WITH query is never the target of a write', () => {
    const { tables } = understanding.one(
      'WITH scratch AS (SELECT 1 AS k) INSERT INTO scratch (v) SELECT k FROM scratch',
    );
    expect(tables.map(({ table, access }) => `${access} ${table.name} ${table.oid > 0}`)).toEqual([
      'write scratch true',
    ]);
  });
});
