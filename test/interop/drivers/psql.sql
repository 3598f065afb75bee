-- What a person does with psql. Everything that it prints must be the same directly and through the gateway.
\set VERBOSITY verbose
\set ON_ERROR_STOP 0
\pset format unaligned
\timing off
\echo == simple
SELECT 1 AS one, 'two' AS two, NULL AS three;
SELECT generate_series(1, 3) \; SELECT 'second result' AS r;
\echo == tables
CREATE TABLE interop (id int PRIMARY KEY, name text NOT NULL, born date, price numeric(8,2), tags text[], doc jsonb, raw bytea);
INSERT INTO interop VALUES
  (1, 'Ångström', '1980-02-29', 12.50, '{a,"b c",NULL}', '{"k": [1, 2]}', '\x00ff'),
  (2, E'tab\there', 'infinity', -0.01, '{}', 'null', '');
SELECT * FROM interop ORDER BY id;
UPDATE interop SET price = price * 2 WHERE id = 1 RETURNING id, price;
\echo == describe
\d interop
\dt
SELECT id, name FROM interop \gdesc
\echo == errors
SELECT * FROM nowhere;
SELECT 1/0;
INSERT INTO interop VALUES (1, 'again');
SELEC 1;
\echo == transactions
BEGIN;
DELETE FROM interop;
SAVEPOINT s;
SELECT 1/0;
SELECT 1;
ROLLBACK TO s;
SELECT count(*) FROM interop;
ROLLBACK;
SELECT count(*) FROM interop;
COMMIT;
\echo == prepared
PREPARE p (int) AS SELECT name FROM interop WHERE id = $1;
EXECUTE p (1);
EXECUTE p (2);
DEALLOCATE p;
EXECUTE p (1);
\echo == cursors
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM interop ORDER BY id;
FETCH 1 FROM c;
FETCH ALL FROM c;
MOVE BACKWARD ALL IN c;
FETCH 1 FROM c;
COMMIT;
\set FETCH_COUNT 2
SELECT * FROM generate_series(1, 5) AS g;
\unset FETCH_COUNT
\echo == copy
COPY interop (id, name, price) FROM STDIN;
10	ten	10.00
11	eleven \\ backslash	\N
\.
COPY interop (id, name) FROM STDIN;
12	twelve
oops	not a number
\.
COPY (SELECT id, name, price FROM interop ORDER BY id) TO STDOUT;
COPY (SELECT id, name FROM interop ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER, QUOTE '''');
\copy (SELECT id FROM interop WHERE id > 5 ORDER BY id) TO STDOUT
\echo == notices
DO $$ BEGIN RAISE NOTICE 'hello %', 42; RAISE WARNING 'careful'; END $$;
CREATE TABLE IF NOT EXISTS interop (id int);
\echo == notifications
LISTEN interop_channel;
NOTIFY interop_channel, 'payload';
\echo == settings
SET TIME ZONE 'Asia/Tokyo';
SHOW TimeZone;
SELECT '2024-01-01 00:00:00+00'::timestamptz;
SET DateStyle = 'ISO, DMY';
SELECT '02/03/2024'::date;
SHOW server_encoding;
\encoding
\echo == large
SELECT length(string_agg(md5(g::text), '')) FROM generate_series(1, 2000) g;
SELECT repeat('x', 200000) AS wide \g | md5sum
SELECT count(*) FROM (SELECT g, md5(g::text) FROM generate_series(1, 5000) g) t;
\echo == large objects
BEGIN;
SELECT lo_create(4242);
SELECT lo_put(4242, 0, 'hello');
SELECT encode(lo_get(4242), 'escape');
SELECT lo_unlink(4242);
COMMIT;
\echo == end
DROP TABLE interop;
