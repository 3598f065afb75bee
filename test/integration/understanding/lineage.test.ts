import { beforeAll, describe, expect, test } from 'vitest';
import { shortOutputs, startUnderstanding, type Understanding } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

const ROW =
  'customers.balance customers.contact customers.email customers.id customers.last4 customers.name customers.notes customers.region customers.ssn customers.tags customers.tier';
const STAR = [
  'id=customers.id',
  'name=customers.name',
  'email=customers.email',
  'ssn=customers.ssn',
  'region=customers.region',
  'balance=customers.balance',
  'notes=customers.notes',
  'tags=customers.tags',
  'contact=customers.contact',
  'tier=customers.tier',
  'last4<customers.last4 customers.ssn',
];
const without = (...names: string[]) => STAR.filter((output) => !names.some((name) => output.startsWith(`${name}=`)));

type Cases = readonly (readonly [sql: string, outputs: string | readonly string[]])[];

const PLAIN: Cases = [
  ['SELECT ssn FROM customers', ['ssn=customers.ssn']],
  ['SELECT c.ssn AS x FROM public.customers c', ['x=customers.ssn']],
  ['SELECT public.customers.ssn FROM customers', ['ssn=customers.ssn']],
  ['SELECT U&"\\0073sn" FROM customers', ['ssn=customers.ssn']],
  ['SELECT 1 --\r, ssn FROM customers', ['?column?<', 'ssn=customers.ssn']],
  ['SELECT * FROM customers', STAR],
  ['TABLE customers', STAR],
  ['SELECT 1, * FROM customers', ['?column?<', ...STAR]],
  ['SELECT c.* FROM customers c, orders', STAR],
  ['SELECT ssn FROM (TABLE customers) q', ['ssn=customers.ssn']],
  ['SELECT b FROM (SELECT id, ssn FROM customers) q(a, b)', ['b=customers.ssn']],
  ['SELECT a FROM customers AS c(x, y, a)', ['a=customers.email']],
  ['SELECT q.ssn FROM LATERAL (SELECT ssn FROM customers) q', ['ssn=customers.ssn']],
  ['SELECT x.ssn FROM customers c, LATERAL (SELECT c.ssn) x', ['ssn=customers.ssn']],
  ['SELECT ssn FROM customers GROUP BY ROLLUP (ssn)', ['ssn=customers.ssn']],
  ['SELECT payload FROM events_us', ['payload=events_us.payload']],
  ['SELECT last_value FROM ticket_seq', ['last_value=ticket_seq.last_value']],
  ['SELECT ctid, tableoid FROM customers', ['ctid<', 'tableoid<']],
  ['VALUES (1, 2)', ['column1<', 'column2<']],
  ['SELECT column2 FROM (VALUES (1, 2), (3, 4)) v', ['column2<']],
];

const VIEWS: Cases = [
  ['SELECT addr FROM contacts', ['addr=customers.email contacts.addr']],
  ['SELECT a FROM nested', ['a=customers.email contacts.addr nested.a']],
  ['SELECT ident FROM idents', ['ident<customers.email customers.ssn idents.ident']],
  ['SELECT * FROM stats', ['region=customers.region stats.region', 'n<stats.n']],
  ['SELECT e, s FROM snapshot', ['e=customers.email snapshot.e', 's<customers.ssn snapshot.s']],
  ['SELECT hits FROM touching', ['hits?']],
  ['SELECT (v).addr FROM contacts v', ['addr=customers.email contacts.addr']],
];

const COMPUTED: Cases = [
  [
    'SELECT ssn::text, CAST(email AS varchar(20)), ssn COLLATE "C" FROM customers',
    ['ssn<customers.ssn', 'email<customers.email', 'ssn<customers.ssn'],
  ],
  ["SELECT ssn || '' FROM customers", ['?column?<customers.ssn']],
  ["SELECT ssn OPERATOR(pg_catalog.||) '' FROM customers", ['?column?<customers.ssn']],
  [
    'SELECT left(ssn, 2), reverse(ssn), md5(email) FROM customers',
    ['left<customers.ssn', 'reverse<customers.ssn', 'md5<customers.email'],
  ],
  [
    "SELECT CASE WHEN true THEN ssn END, CASE WHEN ssn LIKE '9%' THEN 1 ELSE 0 END FROM customers",
    ['case<customers.ssn', 'case<customers.ssn'],
  ],
  [
    "SELECT COALESCE(NULL, ssn), NULLIF(ssn, ''), GREATEST(ssn, ''), LEAST(ssn, 'z') FROM customers",
    ['coalesce<customers.ssn', 'nullif<customers.ssn', 'greatest<customers.ssn', 'least<customers.ssn'],
  ],
  [
    'SELECT (ARRAY[ssn])[1], ARRAY(SELECT email FROM customers), ROW(ssn, 1) FROM customers',
    ['array<customers.ssn', 'array<customers.email', 'row<customers.ssn'],
  ],
  [
    "SELECT notes->>'a', notes['a'], notes::text, jsonb_pretty(notes) FROM customers",
    ['?column?<customers.notes', 'notes<customers.notes', 'notes<customers.notes', 'jsonb_pretty<customers.notes'],
  ],
  ['SELECT tags[1], tags[1:2] FROM customers', ['tags<customers.tags', 'tags<customers.tags']],
  [
    'SELECT xmlelement(name x, ssn), xmlforest(email AS e) FROM customers',
    ['xmlelement<customers.ssn', 'xmlforest<customers.email'],
  ],
  [
    "SELECT json_object('k': ssn), json_array(email), json_value(notes, '$.a'), json_scalar(ssn) FROM customers",
    [
      'json_object<customers.ssn',
      'json_array<customers.email',
      'json_value<customers.notes',
      'json_scalar<customers.ssn',
    ],
  ],
  [
    'SELECT json_arrayagg(ssn), json_objectagg(id: email) FROM customers',
    ['json_arrayagg<customers.ssn', 'json_objectagg<customers.email customers.id'],
  ],
  [
    "SELECT extract(year FROM now()), position('a' IN ssn), substring(ssn FROM 1), trim(ssn) FROM customers",
    ['extract<', 'position<customers.ssn', 'substring<customers.ssn', 'btrim<customers.ssn'],
  ],
  ['SELECT now() AT TIME ZONE ssn FROM customers', ['timezone<customers.ssn']],
  [
    "SELECT ssn IS NULL, ssn = 'x', NOT ssn LIKE 'x', ssn IN ('a', 'b'), ssn IS DISTINCT FROM 'x' FROM customers",
    Array(5).fill('?column?<customers.ssn'),
  ],
  ['SELECT current_user, current_date, $1::text, now()', ['current_user<', 'current_date<', 'text<', 'now<']],
  [
    'SELECT (contact).phone, (contact).*, phone(contact) FROM customers',
    ['phone<customers.contact', 'phone<customers.contact', 'ext<customers.contact', 'phone<customers.contact'],
  ],
];

const ROWS: Cases = [
  ['SELECT c FROM customers c', [`c<${ROW}`]],
  ['SELECT customers FROM customers', [`customers<${ROW}`]],
  ['SELECT row_to_json(c), to_jsonb(c.*) FROM customers c', [`row_to_json<${ROW}`, `to_jsonb<${ROW}`]],
  ['SELECT c.*::customers AS r FROM customers c', [`r<${ROW}`]],
  ['SELECT x.c FROM (SELECT customers AS c FROM customers) x', [`c<${ROW}`]],
  ['SELECT (c).ssn, ssn(c) FROM customers c', ['ssn=customers.ssn', 'ssn=customers.ssn']],
  ['SELECT c.ident, ident(c) FROM customers c', ['ident?', 'ident?']],
  ['SELECT c.row_to_json FROM customers c', [`row_to_json<${ROW}`]],
  ['SELECT (jsonb_populate_record(null::customers, to_jsonb(c))).ssn FROM customers c', [`ssn<${ROW}`]],
  ['SELECT key FROM customers c, jsonb_each_text(to_jsonb(c))', [`key<${ROW}`]],
  ['SELECT (q.r).ssn FROM (SELECT c AS r FROM customers c) q', [`ssn<${ROW}`]],
  ['SELECT x FROM customers c, unnest(c.tags) x', ['x<customers.tags']],
  [
    'SELECT x, ordinality FROM customers c, unnest(c.tags) WITH ORDINALITY x',
    ['x<customers.tags', 'ordinality<customers.tags'],
  ],
  ["SELECT j.a FROM customers, json_table(notes, '$' COLUMNS (a text PATH '$.x')) j", ['a<customers.notes']],
];

const AGGREGATES: Cases = [
  ['SELECT count(*) FROM customers', ['count<']],
  [
    'SELECT count(ssn), max(ssn), string_agg(name, ssn) FROM customers',
    ['count<customers.ssn', 'max<customers.ssn', 'string_agg<customers.name customers.ssn'],
  ],
  ["SELECT count(*) FILTER (WHERE ssn LIKE '9%') FROM customers", ['count<customers.ssn']],
  ["SELECT string_agg(name, ',' ORDER BY ssn) FROM customers", ['string_agg<customers.name customers.ssn']],
  ['SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY balance) FROM customers', ['percentile_cont<customers.balance']],
  [
    'SELECT row_number() OVER (PARTITION BY region ORDER BY ssn) FROM customers',
    ['row_number<customers.region customers.ssn'],
  ],
  ['SELECT rank() OVER w FROM customers WINDOW w AS (ORDER BY ssn)', ['rank<customers.ssn']],
  [
    'SELECT sum(id) OVER (b ROWS 1 PRECEDING) FROM customers WINDOW a AS (PARTITION BY ssn), b AS (a ORDER BY id)',
    ['sum<customers.id customers.ssn'],
  ],
  ['SELECT lag(ssn) OVER (ORDER BY id) FROM customers', ['lag<customers.id customers.ssn']],
  ['SELECT glue(ssn) FROM customers', ['glue?']],
  ['SELECT GROUPING(region) FROM customers GROUP BY ROLLUP (region)', ['grouping<']],
];

const JOINS: Cases = [
  [
    'SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id',
    [
      'id=orders.id',
      'customer_id=orders.customer_id',
      'region=orders.region',
      'item=orders.item',
      'amount=orders.amount',
      'card=orders.card',
      ...STAR,
    ],
  ],
  [
    'SELECT * FROM customers JOIN orders USING (id)',
    [
      'id=customers.id orders.id',
      ...without('id'),
      'customer_id=orders.customer_id',
      'region=orders.region',
      'item=orders.item',
      'amount=orders.amount',
      'card=orders.card',
    ],
  ],
  [
    'SELECT * FROM customers NATURAL JOIN orders',
    [
      'id=customers.id orders.id',
      'region=customers.region orders.region',
      ...without('id', 'region'),
      'customer_id=orders.customer_id',
      'item=orders.item',
      'amount=orders.amount',
      'card=orders.card',
    ],
  ],
  ['SELECT id FROM customers FULL JOIN orders USING (id)', ['id<customers.id orders.id']],
  ['SELECT id FROM customers RIGHT JOIN orders USING (id)', ['id=orders.id customers.id']],
  [
    'SELECT j.ssn, j.z FROM (customers c JOIN orders o ON true) AS j(z, b, c, ssn)',
    ['ssn=customers.ssn', 'z=customers.id'],
  ],
  ['SELECT u.id FROM customers JOIN orders USING (id) AS u', ['id=customers.id orders.id']],
];

const SETS: Cases = [
  ['SELECT ssn FROM customers UNION ALL SELECT ssn FROM customers', ['ssn=customers.ssn']],
  ['SELECT ssn FROM customers UNION SELECT email FROM customers', ['ssn<customers.email customers.ssn']],
  ['SELECT name FROM customers EXCEPT SELECT ssn FROM customers', ['name<customers.name customers.ssn']],
  ["SELECT ssn FROM customers UNION ALL SELECT 'x'", ['ssn<customers.ssn']],
  ["VALUES ('x') UNION ALL SELECT ssn FROM customers", ['column1<customers.ssn']],
  [
    '(SELECT ssn FROM customers LIMIT 1) INTERSECT ALL (SELECT name FROM customers) ORDER BY 1',
    ['ssn<customers.name customers.ssn'],
  ],
];

const WITHS: Cases = [
  ['WITH c(a, b) AS (SELECT ssn, email FROM customers) SELECT b, a FROM c', ['b=customers.email', 'a=customers.ssn']],
  ['WITH customers AS (SELECT 1 AS ssn) SELECT ssn FROM customers', ['ssn<']],
  ['WITH a AS (SELECT ssn FROM customers), b AS (SELECT ssn AS x FROM a) SELECT x FROM b', ['x=customers.ssn']],
  ['WITH customers AS (SELECT ssn AS s FROM customers) SELECT s FROM customers', ['s=customers.ssn']],
  [
    'WITH RECURSIVE t(a, b) AS (SELECT ssn, name FROM customers UNION ALL SELECT b, a FROM t) SELECT a, b FROM t',
    ['a<customers.name customers.ssn', 'b<customers.name customers.ssn'],
  ],
  [
    'WITH RECURSIVE t(n, m) AS (SELECT 1, ssn FROM customers UNION ALL SELECT n + 1, m FROM t WHERE n < 5) SELECT n, m FROM t',
    ['n<', 'm=customers.ssn'],
  ],
  [
    'WITH RECURSIVE t(n) AS (SELECT ssn::text FROM customers UNION SELECT reverse(n) FROM t) SELECT n FROM t',
    ['n<customers.ssn'],
  ],
  ['WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT ssn FROM customers) SELECT * FROM a', ['ssn=customers.ssn']],
  [
    'WITH RECURSIVE t(id) AS (SELECT id FROM customers UNION ALL SELECT id FROM t) SEARCH DEPTH FIRST BY id SET path SELECT id, path FROM t',
    ['id=customers.id', 'path<customers.id'],
  ],
  ['SELECT x FROM (WITH q AS (SELECT ssn AS x FROM customers) SELECT x FROM q) s', ['x=customers.ssn']],
];

const SUBQUERIES: Cases = [
  ['SELECT (SELECT ssn FROM customers LIMIT 1)', ['ssn<customers.ssn']],
  ["SELECT EXISTS (SELECT 1 FROM customers WHERE ssn = 'x')", ['exists<']],
  [
    "SELECT 'x' IN (SELECT ssn FROM customers), id = ANY (SELECT id FROM orders) FROM customers",
    ['?column?<customers.ssn', '?column?<customers.id orders.id'],
  ],
  ['SELECT (SELECT c.ssn) FROM customers c', ['ssn<customers.ssn']],
  ['SELECT upper FROM (SELECT upper(ssn) FROM customers) q', ['upper<customers.ssn']],
  [
    'SELECT "case" FROM (SELECT CASE WHEN true THEN ssn || email END FROM customers) q',
    ['case<customers.email customers.ssn'],
  ],
];

const UNKNOWN: Cases = [
  ['SELECT * FROM get_customers()', [...STAR].map((output) => output.replace(/[=<].*/, '?'))],
  ['SELECT a, b FROM find(1)', ['a?', 'b?']],
  ['SELECT bump(), bump() + 1, CASE WHEN true THEN bump() END', ['bump?', '?column??', 'case?']],
  ['SELECT (get_customers()).*', [...STAR].map((output) => output.replace(/[=<].*/, '?'))],
  ['SELECT nope FROM customers', ['nope?']],
  ['SELECT * FROM nope', 'unknown'],
  ['SELECT *, ssn FROM customers, nope', 'unknown'],
  ['SELECT id FROM customers, nope', ['id=customers.id']],
  ['SELECT secret FROM customers, nope', ['secret?']],
  ['SELECT id FROM customers, orders', ['id?']],
  ["SELECT query_to_xml('TABLE customers', true, false, '')", ['query_to_xml?']],
  ['SELECT rolname, rolpassword FROM pg_authid', ['rolname=pg_catalog.pg_authid.rolname', 'rolpassword?']],
  ['SELECT most_common_vals FROM pg_stats', ['most_common_vals?']],
  ["SELECT ssn FROM customers WHERE 'a' === 'b'", ['ssn=customers.ssn']],
  ["SELECT ssn === 'b' FROM customers", ['?column??']],
];

const TABLES = { PLAIN, VIEWS, COMPUTED, ROWS, AGGREGATES, JOINS, SETS, WITHS, SUBQUERIES, UNKNOWN };

describe('lineage of outputs', () => {
  for (const [name, cases] of Object.entries(TABLES)) {
    test.each(cases)(`${name.toLowerCase()}: %s`, (sql, outputs) => {
      expect(shortOutputs(understanding.one(sql))).toEqual(outputs);
    });
  }
});
