import {
  encodeBind,
  encodeClose,
  encodeCopyData,
  encodeCopyDone,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '@bailiwick/postgres';
import fc from 'fast-check';

/** One message, or several that only make sense together, with a name for reports. */
export interface Step {
  readonly label: string;
  readonly bytes: Buffer;
}

/** What the client sends before it looks at an answer, cut into the pieces that it is written in. */
export interface Pipeline {
  readonly steps: readonly Step[];
  /** After which steps the client writes what it has so far. */
  readonly cuts: readonly boolean[];
}

/** Everything that the statements below refer to, run by the owner of a fresh database. */
export const PIPELINE_DATA = `
CREATE TABLE t (id int PRIMARY KEY, v text, n numeric);
CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE SCHEMA other;
CREATE TABLE other.t (id int PRIMARY KEY, w text);
CREATE TABLE denied (id int, v text);
INSERT INTO t SELECT i, 'v' || i, i * 1.5 FROM generate_series(1, 9) i;
INSERT INTO d VALUES (1);
INSERT INTO other.t VALUES (1, 'other');
`;

/** Undoes what a run has written. */
export const PIPELINE_RESET = `DELETE FROM public.t; DELETE FROM public.d; DELETE FROM other.t;
INSERT INTO public.t SELECT i, 'v' || i, i * 1.5 FROM generate_series(1, 9) i;
INSERT INTO public.d VALUES (1); INSERT INTO other.t VALUES (1, 'other');`;

const TRANSACTIONS = [
  'BEGIN',
  'BEGIN ISOLATION LEVEL REPEATABLE READ',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT a',
  'ROLLBACK TO a',
  'RELEASE a',
  'COMMIT AND CHAIN',
];

/** Each fits one Parse. `$1` is an int where it is there at all. */
const STATEMENTS = [
  'SELECT id, v FROM t ORDER BY id',
  'SELECT * FROM t WHERE id = $1',
  'SELECT $1::int + 1 AS more',
  'SELECT id, n, v IS NULL FROM t WHERE id < $1 ORDER BY id',
  'INSERT INTO t VALUES ($1, NULL, 2.5) RETURNING *',
  "INSERT INTO t (id, v) VALUES (100, 'x'), (101, 'y')",
  "UPDATE t SET v = v || 'x' WHERE id = $1",
  'DELETE FROM t WHERE id = $1 RETURNING id',
  'INSERT INTO d VALUES ($1)',
  'SELECT 1 / ($1::int - 1)',
  'SELECT 1 / (id - 5) FROM t ORDER BY id',
  'SELECT nothing FROM t',
  'SELECT * FROM missing',
  'SELEC nonsense',
  'VALUES (1, true), (2, NULL)',
  '',
  '-- nothing',
  'SHOW search_path',
  'SET search_path = other, public',
  'SET LOCAL search_path = other',
  'RESET search_path',
  "SELECT set_config('search_path', 'other', true)",
  "SELECT set_config('search_path', 'public', false)",
  'RESET ALL',
  'SET statement_timeout = 60000',
  'PREPARE a AS SELECT v FROM t WHERE id < $1 ORDER BY id',
  'PREPARE b AS SELECT * FROM t ORDER BY id LIMIT 2',
  'EXECUTE a(3)',
  'EXECUTE b',
  'DEALLOCATE a',
  'DEALLOCATE ALL',
  'DECLARE p CURSOR FOR SELECT id FROM t ORDER BY id',
  'DECLARE h CURSOR WITH HOLD FOR SELECT id, v FROM t ORDER BY id',
  'FETCH 2 FROM p',
  'FETCH 3 FROM h',
  'MOVE 1 FROM h',
  'CLOSE p',
  'CLOSE h',
  'CLOSE ALL',
  // No statement gives rows in the order of the heap: two databases need not clean theirs up at the same time.
  'COPY (SELECT * FROM t ORDER BY id) TO STDOUT',
  'COPY (SELECT id FROM t ORDER BY id) TO STDOUT WITH (FORMAT csv)',
  'LOCK TABLE t IN SHARE MODE',
  'DISCARD PLANS',
  ...TRANSACTIONS,
];

/** What the policy of the run with denials refuses, and the database of the direct run does not have. */
export const DENIED: readonly string[] = [
  'SELECT * FROM denied',
  'INSERT INTO denied VALUES ($1)',
  'DELETE FROM denied',
];

const NAMES = ['', 'a', 'b'];
const PORTALS = ['', 'p', 'h'];
/**
 * Portals that may be used without a Bind before. A Query that fails in a block leaves its own portal behind under the empty
 * name, failed and of no use but to be described; the gateway closes what it has not judged.
 */
const LONE_PORTALS = ['p', 'h'];
const LONG_FORMATS = [0, 1, 0, 1, 0] as const;

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const step = (label: string, ...bytes: readonly Buffer[]): Step => ({ label, bytes: Buffer.concat(bytes) });

const parse = (statement: string, sql: string): Step =>
  step(
    `Parse ${statement}: ${sql}`,
    encodeParse({ statement, sql, parameterTypeOids: sql.includes('$1') ? [23] : [] }),
  );

/** A value for `$1` where there should be one, and sometimes where there should not. */
const bindOf = (portal: string, statement: string, value: string | null, format: 0 | 1, results: number): Step => {
  const parameters = value === null ? [] : [binaryOr(format, value)];
  return step(
    `Bind ${portal} to ${statement} (${value}, ${format}, ${results})`,
    encodeBind({
      portal,
      statement,
      parameterFormats: parameters.length === 0 ? [] : [format],
      parameters,
      resultFormats: results < 0 ? [...LONG_FORMATS].slice(0, -results) : results === 2 ? [] : [results === 1 ? 1 : 0],
    }),
  );
};

const binaryOr = (format: 0 | 1, value: string): Buffer => {
  if (format === 0) return Buffer.from(value);
  const binary = Buffer.alloc(4);
  binary.writeInt32BE(Number.parseInt(value, 10) | 0);
  return binary;
};

const describe = (kind: 'statement' | 'portal', name: string): Step =>
  step(`Describe ${kind} ${name}`, encodeDescribe({ kind, name }));
const execute = (portal: string, rowsMax: number): Step =>
  step(`Execute ${portal} (${rowsMax})`, encodeExecute({ portal, rowsMax }));
const close = (kind: 'statement' | 'portal', name: string): Step =>
  step(`Close ${kind} ${name}`, encodeClose({ kind, name }));
const SYNC = step('Sync', encodeSync());
const FLUSH = step('Flush', encodeFlush());
const query = (sql: string): Step => step(`Query: ${sql}`, encodeQuery({ sql }));

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('x', '99999999999') },
);
const rowsMax = fc.constantFrom(0, 0, 0, 1, 2, 5);
const format = fc.constantFrom<0 | 1>(0, 0, 1);
/** A Bind that fails over its result formats leaves its portal behind in a block that has failed: of no use, but there. */
const formatsFor = (portal: string, results: number): number => (portal === '' ? results : Math.max(results, 0));

const results = fc.constantFrom(0, 0, 1, 2, -1, -2, -3);

/** Messages in an order in which they can succeed: single random ones hardly ever do. */
const flightOf = (statements: readonly string[]): fc.Arbitrary<Step[]> =>
  fc
    .record({ sql: oneOf(statements), name: oneOf(NAMES), portal: oneOf(PORTALS), value, format, results, rowsMax })
    .chain(({ sql, name, portal, value: bound, ...rest }) =>
      fc
        .record({ closeFirst: fc.boolean(), describes: fc.boolean(), again: fc.nat(2), end: fc.nat(3) })
        .map(({ closeFirst, describes, again, end }) => [
          ...(closeFirst ? [close('statement', name), close('portal', portal)] : []),
          parse(name, sql),
          ...(describes ? [describe('statement', name)] : []),
          bindOf(portal, name, sql.includes('$1') ? bound : null, rest.format, formatsFor(portal, rest.results)),
          ...(describes ? [describe('portal', portal)] : []),
          ...Array.from({ length: 1 + again }, () => execute(portal, rest.rowsMax)),
          ...(end > 1 ? [SYNC] : end === 1 ? [FLUSH] : []),
        ]),
    );

const singles = (statements: readonly string[]): fc.Arbitrary<Step[]> =>
  fc
    .oneof(
      fc.tuple(oneOf(NAMES), oneOf(statements)).map(([name, sql]) => parse(name, sql)),
      fc
        .tuple(oneOf(PORTALS), oneOf(NAMES), fc.option(value), format, results)
        .map(([portal, name, bound, wire, kind]) => bindOf(portal, name, bound, wire, formatsFor(portal, kind))),
      fc.tuple(oneOf(LONE_PORTALS), rowsMax).map(([portal, rows]) => execute(portal, rows)),
      oneOf(NAMES).map((name) => describe('statement', name)),
      oneOf(LONE_PORTALS).map((name) => describe('portal', name)),
      oneOf(NAMES).map((name) => close('statement', name)),
      oneOf(PORTALS).map((name) => close('portal', name)),
      fc.constantFrom(SYNC, FLUSH),
    )
    .map((one) => [one]);

/** @param together what a text of several statements is made of: one that is refused keeps the others from running. */
const queries = (statements: readonly string[], together: readonly string[]): fc.Arbitrary<Step[]> =>
  fc
    .oneof(
      { weight: 4, arbitrary: oneOf(statements) },
      { weight: 2, arbitrary: oneOf(TRANSACTIONS) },
      {
        weight: 2,
        arbitrary: fc.array(oneOf(together), { minLength: 2, maxLength: 4 }).map((all) => all.join('; ')),
      },
    )
    .map((sql) => [query(sql)]);

/** The data goes in either way: it is skipped where the statement was. */
const copies: fc.Arbitrary<Step[]> = fc
  .record({ extended: fc.boolean(), fails: fc.boolean(), rows: fc.constantFrom('20\tx\t1\n', '1\tx\t1\n', 'no row\n') })
  .map(({ extended, fails, rows }) => {
    const sql = 'COPY public.t FROM STDIN';
    const data = [encodeCopyData({ data: Buffer.from(rows) }), encodeCopyData({ data: Buffer.from('21\t\\N\t\\N\n') })];
    const end = fails ? encodeCopyFail({ reason: 'no more' }) : encodeCopyDone();
    const start = extended ? [parse('', sql), bindOf('', '', null, 0, 2), execute('', 0)] : [query(sql)];
    const flight = [...start.map(({ bytes }) => bytes), ...data, end, ...(extended ? [encodeSync()] : [])];
    return [step(`${extended ? 'extended' : 'simple'} COPY of ${JSON.stringify(rows)}, ${fails}`, ...flight)];
  });

/** Statements of which nothing can be proven are refused before the server can find the fault in them. */
const PROVABLE = STATEMENTS.filter((sql) => !/^(EXECUTE|FETCH|MOVE|SELEC )|missing|nothing FROM/.test(sql));

/** In one text nothing may be in doubt by the time a statement in it comes: it would be refused with all the others. */
const TOGETHER = PROVABLE.filter((sql) => !/search_path|RESET ALL|DISCARD/.test(sql));

/** @param more refused statements beside those that both sides run alike; null: the gateway refuses nothing at all. */
export const pipelines = (more: readonly string[] | null): fc.Arbitrary<Pipeline> => {
  const statements = more === null ? STATEMENTS : [...PROVABLE, ...more, ...more, ...more];
  const part = fc.oneof(
    { weight: 5, arbitrary: flightOf(statements) },
    { weight: 4, arbitrary: singles(statements) },
    { weight: 4, arbitrary: queries(statements, more === null ? STATEMENTS : TOGETHER) },
    { weight: 1, arbitrary: copies },
  );
  return fc
    .array(fc.tuple(part, fc.constantFrom(false, false, false, true)), { minLength: 1, maxLength: 8 })
    .map((parts) => ({
      steps: parts.flatMap(([steps]) => steps),
      cuts: parts.flatMap(([steps, cut]) => steps.map((_step, index) => cut && index === steps.length - 1)),
    }));
};
