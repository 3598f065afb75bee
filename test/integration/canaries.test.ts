// The canary scan: values that nobody may see are looked for in everything that came out of the gateway.
import { encodeParse, encodeSync } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
  startTap,
  startTestGateway,
  type Tap,
  type TestGateway,
  US_AGENT,
} from '../servers/index.ts';
import { ATTACKS } from './fixtures/attacks.ts';
import { CRM_DATA, HOLDING_POLICY, MASKING_POLICY } from './fixtures/crm.ts';
import { findValues } from './fixtures/find-values.ts';

/** As unlike anything else as can be: letters that occur in no message, digits of no clock. */
const CANARIES = {
  email: 'zqxjkvw.pqzxvk',
  ssn: '917-83-6492',
  notes: 'Kwyjibo zxqvjk flumquat',
  pet: 'Vqzxkjw',
  key: 'd9c3a7f1-6b2e-4f85-a0d4-91e7c35b8f26',
  score: '7391846205173',
  balance: '86420975.31',
  birthDate: '1931-07-19',
} as const;

const DATA = `${CRM_DATA}
UPDATE customers SET email = '${CANARIES.email}@berlin.example', ssn = '${CANARIES.ssn}', notes = '${CANARIES.notes}',
  profile = '{"pet": "${CANARIES.pet}"}', key = '${CANARIES.key}', score = ${CANARIES.score},
  balance = ${CANARIES.balance}, birth_date = '${CANARIES.birthDate}' WHERE id = 1;
ANALYZE;
`;

let gateway: TestGateway;
let tap: Tap;
beforeAll(async () => {
  gateway = await startTestGateway({
    policy: MASKING_POLICY,
    data: DATA,
    tls: false,
    account: 'superuser',
    holdMs: 50,
  });
  tap = await startTap(gateway.port);
});
afterAll(async () => {
  await tap.close();
  await gateway.close();
});

async function writtenInClear(): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([
    ['log', Buffer.from(gateway.logText())],
    ['metrics', Buffer.from(await gateway.metrics())],
    ...gateway.files(),
  ]);
}

async function expectNothingIn(places: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [place, bytes] of places) expect(findValues(bytes, Object.values(CANARIES)), place).toEqual([]);
}

test('no attack brings a canary over the wire, into a log, a metric or a file', async () => {
  for (const claims of [EU_AGENT, US_AGENT]) {
    for (const mode of ['simple', 'text', 'binary', 'explain'] as const) {
      const wire = await gateway.wire(claims, { port: tap.port });
      for (const sql of ['SELECT * FROM customers', 'SELECT * FROM contacts', ...ATTACKS]) {
        if (mode === 'simple') await wire.query(sql);
        else if (mode === 'explain') await wire.query(`EXPLAIN (VERBOSE) ${sql}`);
        else wire.send(extendedQuery(sql, [], mode === 'binary' ? [1] : []));
        if (mode === 'text' || mode === 'binary') await wire.replies();
        if (wire.ended) throw new Error(`the session ended at: ${sql}`);
      }
      for (const name of ['stolen', 'leak', 'runs', 'orders', 'customers']) await wire.query(`SELECT * FROM ${name}`);
      wire.destroy();
    }
  }
  expect(tap.received().length).toBeGreaterThan(50_000);
  await expectNothingIn(new Map([['wire', tap.received()], ...(await writtenInClear())]));
}, 240_000);

test('the attacks left nothing behind', async () => {
  const [row] = await gateway.sql(`SELECT count(*)::int AS n FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relname IN ('stolen', 'leak')`);
  expect(row).toEqual({ n: 0 });
  const customers = await gateway.sql(`SELECT ssn, city FROM customers WHERE id = 1`);
  expect(customers).toEqual([{ ssn: CANARIES.ssn, city: 'Berlin' }]);
});

test('the scan finds what an exempt reader receives, which even then is written nowhere in clear', async () => {
  const own = await startTap(gateway.port);
  const wire = await gateway.wire(EU_PERSON, { port: own.port });
  await wire.query('SELECT email FROM customers');
  wire.send(extendedQuery('SELECT email FROM customers', [], [1]));
  await wire.replies();
  expect(findValues(own.received(), [CANARIES.email])).toEqual([CANARIES.email]);
  await own.close();
  await expectNothingIn(await writtenInClear());
});

test('a token is in no file, log or metric', async () => {
  const token = await gateway.token(EU_AGENT);
  const wire = await gateway.wire(EU_AGENT, { password: token });
  await wire.query('SELECT 1');
  const [, payload = '', signature = ''] = token.split('.');
  for (const [place, bytes] of await writtenInClear()) {
    expect(bytes.includes(payload.slice(0, 40)), place).toBe(false);
    expect(bytes.includes(signature.slice(0, 40)), place).toBe(false);
  }
});

test('what a client writes, as text or as a value, is in clear nowhere but in the database', async () => {
  const wire = await gateway.wire(EU_AGENT, { port: tap.port });
  await wire.query(`INSERT INTO runs VALUES ('${CANARIES.notes}')`);
  wire.send(extendedQuery('INSERT INTO runs VALUES ($1)', [CANARIES.ssn]));
  expect(errorsOf(await wire.replies())).toEqual([]);
  await wire.query(`SELECT 1 WHERE '${CANARIES.notes}' = 'x' -- ${CANARIES.ssn}`);
  await wire.query(`SELECT '${CANARIES.notes}'::int`);
  await wire.query(`SELEC ${CANARIES.notes}`);
  wire.send(
    encodeParse({ statement: CANARIES.pet, sql: `SELECT '${CANARIES.email}'`, parameterTypeOids: [] }),
    encodeSync(),
  );
  await wire.replies();
  gateway.usePolicy(HOLDING_POLICY);
  try {
    await wire.query(`UPDATE orders SET memo = '${CANARIES.notes}'`);
    wire.send(extendedQuery('UPDATE orders SET memo = $1', [CANARIES.ssn]));
    expect(errorsOf(await wire.replies())).toMatchObject([{ C: 'ZA001' }]);
  } finally {
    gateway.usePolicy(MASKING_POLICY);
  }
  await expectNothingIn(await writtenInClear());
});

test('what the gateway leaves on disk when it has closed is as silent', async () => {
  const session = (await gateway.audit.sessions({ limit: 100 })).length;
  expect(session).toBeGreaterThan(0);
  await expectNothingIn(await writtenInClear());
});
