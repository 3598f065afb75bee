-- What psql 15 does beside describing: variables, result shapes, cursors behind the scenes, errors and their handling.
\set VERBOSITY verbose
\pset pager off
SET search_path TO shop, public;
\echo == connection
\encoding
\encoding UTF8
\encoding
\echo :SERVER_VERSION_NUM :ENCODING :ROW_COUNT :ERROR :SQLSTATE
\echo == results
SELECT id, name, doubled FROM customers ORDER BY id \gdesc
SELECT NULL AS n, 1::numeric(5,2), ARRAY[1] AS a, ROW(1, 2) AS r \gdesc
CREATE TABLE nothing_described () \gdesc
SELECT count(*) AS customers, max(id) AS last FROM customers \gset
\echo :customers :last
SELECT 1 AS x, 2 AS y \gset my_
\echo :my_x :my_y
SELECT * FROM customers WHERE false \gset
SELECT generate_series(1, 2) AS twice \gset
SELECT format('SELECT %s AS made', g) FROM generate_series(1, 3) g \gexec
SELECT 'SELECT 1/0', 'SELECT ''after''' \gexec
SELECT kind, extract(month FROM at) AS month, count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2 \crosstabview kind month count
SELECT 1 AS a, 1 AS b, 1 AS c UNION ALL SELECT 1, 1, 2 \crosstabview
CREATE SEQUENCE watched;
SELECT 6 / (3 - nextval('watched')) AS until_it_fails \watch 0.01
SELECT name FROM customers ORDER BY id \gx
SELECT name, tags FROM customers ORDER BY id \g (format=csv tuples_only=on)
SELECT id FROM customers ORDER BY id \g | cat
TABLE orders \g /dev/null
\p
\g
SELECT :'ENCODING' AS quoted, :"ENCODING" FROM (SELECT 1 AS "UTF8") s;
\if :{?customers}
SELECT 'set' AS which;
\else
SELECT 'not set' AS which;
\endif
\echo == formats
\pset format aligned
\pset border 2
\pset null '(null)'
SELECT id, note, extra, picture FROM customers ORDER BY id;
\pset format csv
SELECT id, name, home FROM customers ORDER BY id;
\pset format html
SELECT id, name FROM customers ORDER BY id LIMIT 1;
\pset format latex
SELECT id, mood FROM customers ORDER BY id LIMIT 2;
\pset format wrapped
\pset columns 40
SELECT name, body FROM customers, events ORDER BY 1, at LIMIT 2;
\pset format unaligned
\echo == several statements
SELECT 1 AS one\; SELECT 2 AS two\; INSERT INTO scratch VALUES (1)\; SELECT count(*) FROM scratch;
SELECT 1 AS one\; SELECT 1/0\; SELECT 3;
\set SHOW_ALL_RESULTS off
SELECT 1 AS hidden\; SELECT 2 AS shown;
\set SHOW_ALL_RESULTS on
\set SINGLELINE on
SELECT 'single' AS line
\set SINGLELINE off
\echo == fetch count
\set FETCH_COUNT 7
SELECT id, amount FROM orders ORDER BY id;
SELECT id, 10 / (id - 20) AS fails FROM orders ORDER BY id;
WITH gone AS (DELETE FROM scratch RETURNING x) SELECT * FROM gone;
INSERT INTO scratch VALUES (2), (3) RETURNING x;
SELECT 1 AS a \; SELECT 2 AS b;
BEGIN;
SELECT count(*) FROM orders;
COMMIT;
\unset FETCH_COUNT
\echo == errors and savepoints
\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO scratch VALUES (4);
INSERT INTO nowhere VALUES (5);
SELECT 1/0;
INSERT INTO scratch VALUES (6);
COMMIT;
SELECT x FROM scratch ORDER BY x;
\errverbose
\set ON_ERROR_ROLLBACK off
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
\set AUTOCOMMIT off
INSERT INTO scratch VALUES (7);
ROLLBACK;
SELECT count(*) FROM scratch;
COMMIT;
\set AUTOCOMMIT on
\set ECHO_HIDDEN on
\dt orders
\set ECHO_HIDDEN off
\set VERBOSITY sqlstate
SELECT * FROM nowhere;
\set VERBOSITY terse
SELECT * FROM nowhere;
SELECT 1 +;
\set VERBOSITY default
SELECT name
  FROM customers
 WHERE nowhere > 1;
INSERT INTO orders (customer_id, amount) VALUES (9999, 1);
\set SHOW_CONTEXT always
DO $$ BEGIN PERFORM 1/0; END $$;
SELECT shop.greet();
\echo == copy
\copy scratch (x) FROM PSTDIN
11
12
\.
\copy (SELECT x FROM scratch ORDER BY x) TO STDOUT WITH (FORMAT csv, HEADER)
\copy scratch TO PROGRAM 'cat > copied'
\! cat copied
\copy scratch FROM PROGRAM 'echo 13; echo 14'
\copy scratch FROM '/nowhere/at/all'
\copy customers (name, note) FROM STDIN WITH (FORMAT csv, NULL 'nil', DELIMITER ';')
"semi;colon";nil
plain;note
\.
\copy customers (name) TO STDOUT
\copy nowhere FROM STDIN
\.
COPY customers (id, name) TO STDOUT (FORMAT text, DELIMITER '|');
COPY events FROM STDIN;
2024-02-02 00:00:00+00	copied	{"a": 1}
\.
COPY typed FROM STDIN (FORMAT csv);
a street
\.
COPY typed FROM STDIN (FORMAT csv, HEADER MATCH);
number,street
\.
\echo == large objects
\lo_import /dev/null 'nothing'
\lo_unlink :LASTOID
\lo_list
\lo_export 4711 /dev/null
\lo_unlink 4711
\lo_unlink 4711
\echo == parameters
PREPARE named (int, text) AS SELECT $1 + 1 AS more, $2 AS same;
EXECUTE named (1, 'a');
SELECT name, statement, parameter_types FROM pg_prepared_statements;
DEALLOCATE named;
\timing on
\timing off
\! echo from the shell
\unset customers
\q
