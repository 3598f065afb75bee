/** The database that statements are understood against. */
export const SCHEMA = `
CREATE DOMAIN ssn_dom AS text CHECK (VALUE ~ '^[0-9-]+$');
CREATE TYPE tier AS ENUM ('free', 'pro');
CREATE TYPE contact_t AS (phone text, ext int);
CREATE TABLE customers (
  id bigint PRIMARY KEY, name text, email text UNIQUE, ssn ssn_dom, region text, balance numeric, notes jsonb, tags text[],
  contact contact_t, tier tier, last4 text GENERATED ALWAYS AS (right(ssn::text, 4)) STORED);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, region text, item text, amount numeric, card text);
CREATE TABLE scratch (k text, v text);
CREATE TABLE counters (name text PRIMARY KEY, n bigint);
CREATE SEQUENCE ticket_seq;
CREATE VIEW contacts AS SELECT id, name, email AS addr FROM customers;
CREATE VIEW nested AS SELECT addr AS a FROM contacts;
CREATE VIEW idents AS SELECT id, upper(email) || '/' || ssn AS ident FROM customers WHERE balance > 0;
CREATE VIEW us_customers AS SELECT id, email FROM customers WHERE region = 'us';
CREATE VIEW stats AS SELECT region, count(*) AS n FROM customers GROUP BY region;
CREATE MATERIALIZED VIEW snapshot AS SELECT email AS e, lower(ssn) AS s FROM customers;
CREATE TABLE events (region text, payload text) PARTITION BY LIST (region);
CREATE TABLE events_us PARTITION OF events FOR VALUES IN ('us');
CREATE TABLE audited (id int, secret text);
CREATE VIEW audited_view AS SELECT id, secret FROM audited;
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER audit BEFORE UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION audit();
CREATE FUNCTION bump() RETURNS bigint LANGUAGE sql AS 'UPDATE counters SET n = n + 1 RETURNING n';
CREATE FUNCTION ident(c customers) RETURNS text LANGUAGE sql STABLE AS 'SELECT c.ssn::text';
CREATE FUNCTION get_customers() RETURNS SETOF customers LANGUAGE sql STABLE AS 'SELECT * FROM customers';
CREATE FUNCTION find(p bigint) RETURNS TABLE (a text, b text) LANGUAGE sql STABLE AS 'SELECT name, ssn::text FROM customers WHERE id = p';
CREATE FUNCTION loud(a text, b text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = loud);
CREATE FUNCTION cat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE AGGREGATE glue (text) (SFUNC = cat, STYPE = text, INITCOND = '');
CREATE PROCEDURE wipe() LANGUAGE sql AS 'DELETE FROM orders';
CREATE VIEW touching AS SELECT bump() AS hits;
CREATE FUNCTION lower(tier) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION length(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA evil;
CREATE TABLE evil.orders (id bigint, item text);
CREATE FUNCTION evil.upper(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
`;
