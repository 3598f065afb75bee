import { beforeAll, describe, expect, test } from 'vitest';
import { UnparsedError } from '../understand.ts';
import { loadPostgresParser, parsePostgres, TREE_DEPTH_MAX } from './parser.ts';
import { STATEMENT_BYTES_MAX } from './text-guard.ts';
import { fillInstances, parserMemoryBytes, parseToJson } from './wasm-parser.ts';

beforeAll(loadPostgresParser);

function faultOf(sql: string): UnparsedError {
  try {
    parsePostgres(sql);
  } catch (error) {
    if (error instanceof UnparsedError) return error;
    throw error;
  }
  throw new Error(`parsed: ${sql.slice(0, 100)}`);
}

describe('parse', () => {
  test('gives one tree a statement, with byte spans', () => {
    const { stmts = [] } = parsePostgres("SELECT 'é'; SELECT 2");
    expect(stmts.map(({ stmt_location = 0, stmt_len = 0 }) => [stmt_location, stmt_len])).toEqual([
      [0, 11],
      [13, 0],
    ]);
  });

  test.each(['', '  ', '-- nothing', ';', '/* /* */ */'])('%j has no statements', (sql) => {
    expect(parsePostgres(sql).stmts).toEqual([]);
  });

  test('a fault has its byte offset', () => {
    expect(faultOf("SELECT 'éé', 1 2").offset).toBe(17);
    expect(faultOf("SELECT 'é' \"abc").offset).toBe(12);
  });

  test.each([
    ['a parser stops at NUL, a server need not', 'SELECT 1;\0 DROP TABLE t'],
    ['half of a surrogate pair', "SELECT '\ud800'"],
    ['more than a statement may have', `SELECT '${'x'.repeat(STATEMENT_BYTES_MAX)}'`],
    ['more in bytes than in characters', `SELECT '${'é'.repeat(STATEMENT_BYTES_MAX / 2)}'`],
    ['a comment without end', 'SELECT 1 /* /* */'],
    ['a string without end', "SELECT 'a''"],
    ['an escaped quote', "SELECT E'\\'"],
    ['a string that goes on as it began', "SELECT E'a' \n '\\'"],
    ['a dollar-quoted string without end', 'SELECT $a$ $b$'],
    ['walsender commands', 'IDENTIFY_SYSTEM'],
  ])('refuses %s', (_, sql) => {
    expect(faultOf(sql)).toBeInstanceOf(UnparsedError);
  });
});

describe('exhaustion', () => {
  const repeat = (before: string, unit: string, after = ''): string => before + unit.repeat(60_000) + after;
  test.each([
    ['100,000 parentheses', `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['60,000 UNION arms', repeat('SELECT 1', ' UNION SELECT 1')],
    ['a long sum', repeat('SELECT 1', '+1')],
    ['casts of casts', repeat('SELECT 1', '::int')],
    ['negations', repeat('SELECT ', 'NOT ', 'true')],
    ['joins', repeat('SELECT 1 FROM a', ' CROSS JOIN a')],
    ['CASE in CASE', repeat('SELECT ', 'CASE WHEN ')],
    ['subqueries', `SELECT ${'(SELECT '.repeat(3_000)}1${')'.repeat(3_000)}`],
    ['nested comments', repeat('', '/*')],
    ['nested comments that end', `${'/*'.repeat(200_000)}${'*/'.repeat(200_000)} SELECT 1`],
    ['one long operator', `SELECT 1 ${'+'.repeat(1_000_000)} 1`],
    ['comments without space between them', `SELECT ${'**/'.repeat(300_000)}`],
    ['comments that overlap operators', `SELECT ${'*/*'.repeat(300_000)}`],
    ['a long operator behind a number that hides a quote', `SELECT 1$$'$$ ${'+'.repeat(500_000)} 1'`],
    ['a tree of many megabytes', `SELECT 1 IN (${'a.b,'.repeat(200_000)}1)`],
  ])('%s: refused at once, and the parser works afterwards', async (_, sql) => {
    const started = performance.now();
    expect(faultOf(sql).message).not.toBe('');
    // The server's own scanner takes 14 seconds and more for some of these: this tells linear from quadratic, no more.
    expect(performance.now() - started).toBeLessThan(10_000);
    await fillInstances();
    expect(parsePostgres('SELECT 1').stmts).toHaveLength(1);
  });

  test('a deep tree that the parser can make is refused all the same, a wide one is not', () => {
    expect(faultOf(`SELECT 1${'+1'.repeat(TREE_DEPTH_MAX)}`).message).toMatch(/nests too deep/);
    expect(parsePostgres(`SELECT 1${'+1'.repeat(TREE_DEPTH_MAX / 3)}`).stmts).toHaveLength(1);
    expect(parsePostgres(`SELECT 1 IN (1${',1'.repeat(50_000)})`).stmts).toHaveLength(1);
    expect(parsePostgres(`SELECT true${' AND a = 1'.repeat(5_000)}`).stmts).toHaveLength(1);
  });

  test('two traps in one turn leave no damaged instance in use', async () => {
    const trap = `SELECT 1${'+1'.repeat(50_000)}`;
    for (let n = 0; n < 5; n++) faultOf(trap);
    await fillInstances();
    expect(parsePostgres('SELECT a FROM t').stmts).toHaveLength(1);
  });

  test('20,000 parses leave the memory as it was', () => {
    const before = parserMemoryBytes();
    for (let n = 0; n < 20_000; n++) {
      if (n % 10 === 0) faultOf(`SELECT ${n} ${n}`);
      else parsePostgres(`SELECT a, '${n}' FROM t JOIN u USING (id) WHERE x IN (${n}, 2)`);
    }
    expect(parserMemoryBytes()).toBe(before);
  });
});

describe('messages', () => {
  test.each([
    "SELECT 1 'canary'",
    "SELECT 'canary",
    'SELECT $$canary',
    "SELECT 1 E'canary'",
    'SELECT 1 "canary" "canary"',
    '/* canary',
    "SELECT U&'\\zzcanary'",
    "SELECT canary12345678901234567890123456789012345'x' 'canary'",
    "SELECT INTERVAL '1' YEAR 'canary'",
    "SET x TO 'a' 'canary'",
    'SELECT 5canary',
  ])('%s: no value is quoted', (sql) => {
    expect(faultOf(sql).message).not.toContain('canary');
  });

  test('the word at fault is', () => {
    expect(faultOf('SELECT * FRM t WHERE').message).toBe('syntax error at or near "FRM"');
  });
});

test('the parser itself would read no further than a NUL: the guard is what stops it', () => {
  expect(typeof parseToJson(Buffer.from('SELECT 1;\0 nonsense ('))).toBe('string');
});
