-- A database with an object of nearly every kind that there is, so that pg_dump and psql's \d family have something to
-- show of each.
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'where things are sold';

CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE shop.address AS (street text, number int);
CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0);
CREATE TYPE shop.price_range AS RANGE (subtype = numeric);
CREATE COLLATION shop.german (provider = icu, locale = 'de');
CREATE CONVERSION shop.to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE SEQUENCE shop.numbers START 10 INCREMENT 5;

CREATE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN n * 2;
CREATE FUNCTION shop.greet(who text DEFAULT 'you') RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN 'hello ' || who; END $$;
CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, 'stamped'); RETURN NEW; END $$;
CREATE FUNCTION shop.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE PROCEDURE shop.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE shop.product(int) (sfunc = int4mul, stype = int, initcond = '1');
CREATE FUNCTION shop.same_text(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2::text';
CREATE OPERATOR shop.=== (leftarg = text, rightarg = int, function = shop.same_text);
CREATE OPERATOR FAMILY shop.integers USING btree;
CREATE OPERATOR CLASS shop.int_ops FOR TYPE int USING btree FAMILY shop.integers AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE FUNCTION shop.mood_number(shop.mood) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE $1 WHEN 'sad' THEN 0 WHEN 'ok' THEN 1 ELSE 2 END $$;
CREATE CAST (shop.mood AS int) WITH FUNCTION shop.mood_number(shop.mood);
CREATE TEXT SEARCH DICTIONARY shop.plain (template = simple);
CREATE TEXT SEARCH CONFIGURATION shop.words (parser = default);
ALTER TEXT SEARCH CONFIGURATION shop.words ADD MAPPING FOR asciiword WITH shop.plain;
CREATE ACCESS METHOD another_heap TYPE TABLE HANDLER heap_tableam_handler;

CREATE TABLE shop.customers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE shop.german NOT NULL,
  mood shop.mood DEFAULT 'ok',
  home shop.address,
  since date DEFAULT '2024-01-01' CHECK (since > '1900-01-01'),
  doubled int GENERATED ALWAYS AS (length(name) * 2) STORED,
  tags text[],
  extra hstore,
  picture bytea,
  note text,
  UNIQUE (name, since));
COMMENT ON TABLE shop.customers IS 'who buys';
COMMENT ON COLUMN shop.customers.name IS 'as they call themselves';
ALTER TABLE shop.customers ALTER COLUMN picture SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 500;
CREATE TABLE shop.orders (
  id bigint DEFAULT nextval('shop.numbers') PRIMARY KEY,
  customer_id int NOT NULL REFERENCES shop.customers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  amount numeric(10,2) NOT NULL, during tstzrange, count shop.positive DEFAULT 1,
  EXCLUDE USING gist (during WITH &&));
CREATE TABLE shop.events (at timestamptz NOT NULL, kind text, body jsonb) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
CREATE INDEX events_kind ON shop.events (kind, at DESC) INCLUDE (body) WHERE kind IS NOT NULL;
CREATE TABLE shop.vip (discount numeric DEFAULT 5) INHERITS (shop.customers);
CREATE UNLOGGED TABLE shop.scratch (x int) WITH (fillfactor = 70);
CREATE TABLE shop.typed OF shop.address (street WITH OPTIONS NOT NULL);
CREATE INDEX customers_lower ON shop.customers (lower(name));
CREATE INDEX customers_tags ON shop.customers USING gin (tags);
CREATE STATISTICS shop.customers_stats (ndistinct, dependencies) ON name, since FROM shop.customers;
ALTER TABLE shop.customers REPLICA IDENTITY FULL;
CLUSTER shop.orders USING orders_pkey;

CREATE VIEW shop.happy AS SELECT id, name FROM shop.customers WHERE mood = 'happy' WITH LOCAL CHECK OPTION;
CREATE VIEW shop.fenced WITH (security_barrier) AS SELECT c.name, sum(o.amount) AS spent FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.name;
CREATE MATERIALIZED VIEW shop.totals AS SELECT customer_id, sum(amount) AS total FROM shop.orders GROUP BY customer_id;
CREATE UNIQUE INDEX totals_customer ON shop.totals (customer_id);
CREATE RULE no_delete AS ON DELETE TO shop.scratch DO INSTEAD NOTHING;
CREATE TRIGGER stamp BEFORE INSERT ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.stamp();
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE SEQUENCE') EXECUTE FUNCTION shop.watch();
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customers FOR SELECT TO PUBLIC USING (name <> '') ;

CREATE FOREIGN DATA WRAPPER nobody;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER elsewhere TYPE 'none' VERSION '1' FOREIGN DATA WRAPPER nobody;
CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere;
CREATE FOREIGN TABLE shop.hosts (line text) SERVER files OPTIONS (filename '/nowhere');
SET client_min_messages = error;
CREATE PUBLICATION sold FOR TABLE shop.orders (id, amount, customer_id) WHERE (id > 0);
CREATE PUBLICATION all_of_shop FOR TABLES IN SCHEMA shop;
RESET client_min_messages;

GRANT USAGE ON SCHEMA shop TO PUBLIC;
GRANT SELECT (id, name) ON shop.customers TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC;

INSERT INTO shop.customers (name, mood, home, tags, extra, picture) VALUES
  ('Ångström', 'happy', '("Main St",1)', '{a,"b c",NULL}', 'k=>v', '\x00ff10'),
  (E'tab\there \\ and "quotes" and ''apostrophes''', 'sad', NULL, '{}', NULL, ''),
  (E'line\nbreak', NULL, '(,)', NULL, 'a=>NULL', NULL);
INSERT INTO shop.orders (customer_id, amount, during)
  SELECT 1 + g % 3, g * 1.25, tstzrange('2024-01-01'::timestamptz + g * interval '1 day', '2024-01-01'::timestamptz + g * interval '1 day' + interval '1 hour') FROM generate_series(1, 50) g;
INSERT INTO shop.events SELECT '2024-06-01'::timestamptz + g * interval '30 days', 'kind ' || g % 3, jsonb_build_object('g', g) FROM generate_series(1, 20) g;
INSERT INTO shop.vip (id, name, discount) VALUES (100, 'Veronica', 10);
INSERT INTO shop.typed VALUES ('Side St', 3);
REFRESH MATERIALIZED VIEW shop.totals;
SELECT lo_from_bytea(4711, 'a large object'::bytea);
COMMENT ON LARGE OBJECT 4711 IS 'not that large';
ANALYZE;
