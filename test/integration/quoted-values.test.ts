// The database's own messages quote values. What reaches the client keeps code and names, and no value.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, extendedQuery, startTestGateway, type TestGateway } from '../servers/index.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

/** Expressions that fail for some values are let run here: by their messages nothing may be told even so. */
const POLICY = MASKING_POLICY.replaceAll('inference: deny', 'inference: allow').replace(
  'defaults: {',
  'defaults: { inference: allow,',
);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    policy: POLICY,
    data: `${CRM_DATA}
      CREATE TABLE unique_later (customer int, email text UNIQUE DEFERRABLE INITIALLY DEFERRED);
      CREATE FUNCTION speaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE WARNING 'row is %', OLD; RETURN NEW; END $$;
      CREATE TRIGGER speaks BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION speaks();`,
  });
});
afterAll(() => gateway.close());

test.each<readonly [sql: string, sqlState: string]>([
  ['SELECT ssn::int FROM customers', '22P02'],
  ['SELECT email::date FROM customers', '22007'],
  ['SELECT CAST(notes AS uuid) FROM customers', '22P02'],
  ['SELECT notes::json FROM customers', '22P02'],
  ["SELECT to_date(email, 'YYYY') FROM customers", '22007'],
  ['SELECT notes::regclass FROM customers', '42P01'],
  ['SELECT email, 1/(id - 1) FROM customers WHERE id = 1', '22012'],
  ["INSERT INTO customers (id, name, email, home_country) VALUES (9, 'x', 'anna.adler@berlin.example', 'DE')", '23505'],
])('%s fails with %s and quotes nothing', async (sql, sqlState) => {
  for (const mode of ['simple', 'extended'] as const) {
    const wire = await gateway.wire(EU_AGENT);
    if (mode === 'extended') wire.send(extendedQuery(sql));
    const frames = mode === 'simple' ? await wire.query(sql) : await wire.replies();
    const errors = errorsOf(frames);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.C).toBe(sqlState);
    const bytes = wire.received.toString('latin1');
    for (const secret of CRM_SECRETS) expect(bytes).not.toContain(secret);
    wire.destroy();
  }
});

test('a trigger that prints the old row prints nothing to the client', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const frames = await wire.query(`UPDATE customers SET city = 'Bonn' WHERE id = 1`);
  expect(errorsOf(frames)).toEqual([]);
  expect(errorsOf(frames, 'N')).toMatchObject([{ C: '01000' }]);
  for (const secret of CRM_SECRETS) expect(wire.received.toString('latin1')).not.toContain(secret);
});

test('an error at COMMIT is as silent as one in a statement', async () => {
  const wire = await gateway.wire(EU_AGENT);
  await gateway.sql(`INSERT INTO unique_later VALUES (1, 'anna.adler@berlin.example')`);
  await wire.query('SELECT email FROM customers');
  await wire.query('BEGIN');
  await wire.query(`INSERT INTO unique_later VALUES (2, 'anna.adler@berlin.example')`);
  const frames = await wire.query('COMMIT');
  expect(errorsOf(frames)).toMatchObject([{ C: '23505', n: 'unique_later_email_key' }]);
  expect(wire.received.toString('latin1')).not.toContain('anna.adler');
});

test("a mistake in the client's own text is explained as the server explains it", async () => {
  const wire = await gateway.wire(EU_AGENT);
  const [error] = errorsOf(await wire.query('SELECT city, count(email) FROM customers'));
  expect(error).toMatchObject({ C: '42803', P: '8' });
  expect(error?.M).toContain('customers.city');
  const [missing] = errorsOf(await wire.query('SELECT nosuchcolumn FROM customers'));
  expect(missing).toMatchObject({ C: '42703', P: '8' });
  expect(missing?.M).toContain('nosuchcolumn');
});
