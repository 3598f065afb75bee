// FunctionCall, by which libpq reads and writes large objects: next to the database itself, and where policy says no.
import { encodeFunctionCall, encodeQuery, encodeSync, type FunctionCall } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedStatement,
  openTcp,
  rowsOf,
  type ServerFrame,
  startPostgres,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
  WireClient,
} from '../servers/index.ts';
import { ALLOW_ALL_POLICY, CRM_DATA, HOLDING_POLICY, MASKING_POLICY } from './fixtures/crm.ts';

const FUNCTIONS = `${CRM_DATA}
CREATE FUNCTION ssn_of(int) RETURNS text STABLE LANGUAGE sql AS 'SELECT ssn FROM public.customers WHERE id = $1';
CREATE FUNCTION mark(text) RETURNS void LANGUAGE sql AS 'INSERT INTO public.runs VALUES ($1)';
CREATE FUNCTION joined(VARIADIC text[]) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT array_to_string($1, ''-'')';
CREATE PROCEDURE proceed() LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA "Odd ""name";
CREATE FUNCTION "Odd ""name"."Fn"("char") RETURNS int LANGUAGE sql AS 'SELECT 5';
`;

type Server = Awaited<ReturnType<typeof startPostgres>>;
let server: Server;
let open: TestGateway;
let masking: TestGateway;
let holding: TestGateway;
beforeAll(async () => {
  // The comparison logs in as the superuser without a word.
  server = await startPostgres({
    hba: ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'],
  });
  open = await startTestGateway({ policy: ALLOW_ALL_POLICY, data: FUNCTIONS, server });
  masking = await startTestGateway({ policy: MASKING_POLICY, data: FUNCTIONS, server });
  holding = await startTestGateway({ policy: HOLDING_POLICY, data: FUNCTIONS, server });
});
afterAll(async () => {
  for (const gateway of [open, masking, holding]) await gateway.close();
  await server.stop();
});

const int4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(value);

async function oidOf(gateway: TestGateway, signature: string): Promise<number> {
  const [row] = await gateway.sql('SELECT $1::regprocedure::oid::int8 AS oid', [signature]);
  return Number(row?.oid);
}

async function call(
  gateway: TestGateway,
  signature: string,
  values: readonly (Buffer | null)[],
  formats: Partial<Pick<FunctionCall, 'argumentFormats' | 'resultFormat'>> = {},
): Promise<Buffer> {
  const functionOid = await oidOf(gateway, signature);
  return encodeFunctionCall({ functionOid, arguments: values, argumentFormats: [], resultFormat: 0, ...formats });
}

const BINARY = { argumentFormats: [1], resultFormat: 1 } as const;

describe('under a policy that allows everything the answers are those of the database, byte for byte', () => {
  async function both(requests: readonly Buffer[]): Promise<[theirs: ServerFrame[], ours: ServerFrame[]]> {
    const direct = new WireClient(await openTcp({ host: server.host, port: server.port }));
    await direct.logIn({ user: server.user, database: open.database.name }, '');
    await direct.replies();
    const ours = await open.wire(EU_AGENT);
    const answers = await Promise.all(
      [direct, ours].map(async (wire) => {
        const frames: ServerFrame[] = [];
        for (const request of requests) {
          wire.send(request);
          frames.push(...(await wire.replies()));
        }
        wire.destroy();
        return frames;
      }),
    );
    return [answers[0] ?? [], answers[1] ?? []];
  }

  const query = (sql: string): Buffer => encodeQuery({ sql });

  test('a large object, written and read as libpq does it', async () => {
    const [theirs, ours] = await both([
      query('BEGIN'),
      await call(open, 'lo_create(oid)', [int4(987_654)], BINARY),
      await call(open, 'lo_open(oid, integer)', [int4(987_654), int4(0x60000)], BINARY),
      await call(open, 'lowrite(integer, bytea)', [int4(0), text('the content\0with a zero')], BINARY),
      await call(open, 'lo_lseek(integer, integer, integer)', [int4(0), int4(4), int4(0)], BINARY),
      await call(open, 'loread(integer, integer)', [int4(0), int4(100)], BINARY),
      await call(open, 'lo_close(integer)', [int4(0)], BINARY),
      await call(open, 'lo_unlink(oid)', [int4(987_654)], BINARY),
      query('ROLLBACK'),
    ]);
    expect(ours).toEqual(theirs);
    expect(typesOf(ours)).toBe(`CZ${'VZ'.repeat(7)}CZ`);
    expect(
      ours
        .filter(({ type }) => type === 'V')[4]
        ?.body.subarray(4)
        .toString(),
    ).toBe('content\0with a zero');
  });

  test.each([
    ['text in and out', 'reverse(text)', [text('abc')], {}],
    ['a missing collation', 'lower(text)', [text('LOUD')], {}],
    ['NULL in and out', 'reverse(text)', [null], {}],
    ['mixed formats', 'repeat(text, integer)', [text('ab'), int4(3)], { argumentFormats: [0, 1] as const }],
    ['a function of one’s own', 'ssn_of(integer)', [text('1')], {}],
    ['a variadic one', 'joined(text[])', [text('{a,b,c}')], {}],
    ['one with odd names', '"Odd ""name"."Fn"("char")', [text('x')], {}],
    ['a bad argument', 'ssn_of(integer)', [text('one')], {}],
    ['bad binary', 'ssn_of(integer)', [text('one')], { argumentFormats: [1] as const }],
    ['too few arguments', 'repeat(text, integer)', [text('ab')], {}],
    ['too many arguments', 'reverse(text)', [text('ab'), text('ab')], {}],
    ['an aggregate', 'max(integer)', [text('1')], {}],
    ['a set', 'generate_series(integer, integer)', [text('1'), text('3')], {}],
    ['a procedure', 'proceed()', [], {}],
    ['a polymorphic one', 'array_append(anycompatiblearray, anycompatible)', [text('{1}'), text('1')], {}],
    ['an error of the function', 'lo_unlink(oid)', [text('4')], {}],
  ] as const)('%s', async (_what, signature, values, formats) => {
    const request = await call(open, signature, values, formats);
    const [theirs, ours] = await both([request, query('BEGIN'), request, query('SELECT 1'), request, query('COMMIT')]);
    expect(ours).toEqual(theirs);
  });

  test('inside a pipeline it does what a Query there does', async () => {
    const marked = await call(open, 'mark(text)', [text('called')]);
    const [theirs, ours] = await both([
      Buffer.concat([extendedStatement(`INSERT INTO runs VALUES ('before')`), marked, encodeSync()]),
      Buffer.concat([extendedStatement('SELECT 1/0'), marked, encodeSync()]),
      query('SELECT marker FROM runs ORDER BY 1'),
      query('TRUNCATE runs'),
    ]);
    expect(typesOf(ours)).toBe(typesOf(theirs));
  });
});

test('a function that nobody knows is refused, and costs the statement', async () => {
  const wire = await open.wire(EU_AGENT);
  wire.send(encodeFunctionCall({ functionOid: 4_000_000_000, argumentFormats: [], arguments: [], resultFormat: 0 }));
  const frames = await wire.replies();
  expect(typesOf(frames)).toBe('EZ');
  expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '42501' }]);
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
});

test('one that was made after the catalog was read is found', async () => {
  await open.sql(`CREATE FUNCTION made_later() RETURNS int LANGUAGE sql AS 'SELECT 77'`);
  const wire = await open.wire(EU_AGENT);
  await expect
    .poll(async () => {
      wire.send(await call(open, 'made_later()', []));
      return typesOf(await wire.replies());
    })
    .toBe('VZ');
});

describe('where data is regulated', () => {
  test('what is computed from its arguments is called', async () => {
    const wire = await masking.wire(EU_AGENT);
    wire.send(await call(masking, 'repeat(text, integer)', [text('ab'), text('2')]));
    const frames = await wire.replies();
    expect(frames[0]?.body.subarray(4).toString()).toBe('abab');
  });

  test.each([
    ['reads a table', 'ssn_of(integer)', [text('1')]],
    ['writes a table', 'mark(text)', [text('smuggled')]],
    [
      'runs a text',
      'query_to_xml(text, boolean, boolean, text)',
      [text('SELECT ssn FROM customers'), text('t'), text('t'), text('')],
    ],
    [
      'reads a table by name',
      'table_to_xml(regclass, boolean, boolean, text)',
      [text('customers'), text('t'), text('t'), text('')],
    ],
    ['reads a file', 'pg_read_file(text)', [text('PG_VERSION')]],
    ['changes a setting', 'set_config(text, text, boolean)', [text('role'), text('postgres'), text('f')]],
    ['changes what names mean', 'set_config(text, text, boolean)', [text('search_path'), text('evil'), text('f')]],
    ['ends other sessions', 'pg_terminate_backend(integer, bigint)', [text('1'), text('0')]],
    ['reads a large object', 'lo_get(oid)', [text('1')]],
  ] as const)('what %s is refused, with the effect of an error', async (_what, signature, values) => {
    const wire = await masking.wire(EU_AGENT);
    await wire.query('BEGIN');
    wire.send(await call(masking, signature, values));
    const frames = await wire.replies();
    expect(typesOf(frames)).toBe('EZ');
    expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR' }]);
    expect(errorsOf(frames)[0]?.M).toMatch(/^\[/);
    expect(statusOf(frames)).toBe('E');
    expect(tagsOf(await wire.query('COMMIT'))).toEqual(['ROLLBACK']);
    expect(await masking.sql('SELECT * FROM runs')).toEqual([]);
    expect(frames.some(({ body }) => body.includes('111-22'))).toBe(false);
  });

  test('a refused one inside a pipeline costs what a refused Query costs', async () => {
    const wire = await masking.wire(EU_AGENT);
    wire.send(await call(masking, 'mark(text)', [text('x')]), encodeQuery({ sql: 'SELECT 2' }));
    expect(typesOf(await wire.replies())).toBe('EZ');
    expect(rowsOf(await wire.replies())).toEqual([['2']]);
  });
});

test('what needs approval is refused, with the way to get one', async () => {
  const wire = await holding.wire(EU_AGENT);
  wire.send(await call(holding, 'mark(text)', [text('held')]));
  const frames = await wire.replies();
  expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '42501', H: expect.stringMatching(/SELECT/) }]);
  expect(await holding.approvals.list({ limit: 10 })).toEqual([]);
  expect(await holding.sql('SELECT * FROM runs')).toEqual([]);
});

test('it is in the transcript, as what it was judged as', async () => {
  const wire = await open.wire(EU_AGENT);
  const [row] = rowsOf(await wire.query('SHOW bailiwick.session'));
  const id = row?.[1] ?? '';
  wire.send(await call(open, 'reverse(text)', [text('abc')]));
  await wire.replies();
  wire.destroy();
  await expect.poll(async () => (await open.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const recorded: string[] = [];
  for await (const entry of open.audit.transcript(id)) recorded.push(JSON.stringify(entry));
  const statement = recorded.find((entry) => entry.includes('pg_catalog') && entry.includes('reverse'));
  expect(statement).toContain('$1');
  expect(recorded.join('\n')).toContain('FunctionCallResponse');
});
