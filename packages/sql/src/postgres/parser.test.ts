import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UnparsedError } from '../understand.ts';
import { loadPostgresParser, normalisePostgres, parsePostgres, TREE_DEPTH_MAX } from './parser.ts';
import { guardText, PARENTHESES_DEPTH_MAX, STATEMENT_BYTES_MAX } from './text-guard.ts';
import { fillInstances, parserMemoryBytes, parseToJson, scanToJson } from './wasm-parser.ts';

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
    ['a string that goes on as it began', "SELECT E'a' -- x\n '\\'"],
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
    ['a long operator behind a number that hides a quote', `SELECT 1$$'$$ ${'+'.repeat(500_000)} 1'`],
    ['a tree of many megabytes', `SELECT 1 IN (${'a.b,'.repeat(200_000)}1)`],
  ])('%s: refused at once, and the parser works afterwards', async (_, sql) => {
    const started = performance.now();
    expect(faultOf(sql).message).not.toBe('');
    expect(performance.now() - started).toBeLessThan(2_000);
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

  test('the guard cuts text as the scanner does', () => {
    const pieces = [
      "'",
      "''",
      '"',
      '$',
      '$$',
      '$a$',
      'E',
      "E'",
      'a',
      '1',
      '\\',
      '--',
      '/*',
      '*/',
      '\n',
      ' ',
      '(',
      '-',
      '/',
      '+',
    ];
    const isClosed = (sql: string): boolean => {
      try {
        guardText(sql);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
        const sql = `SELECT ${parts.join('')}`;
        const scanned = scanToJson(Buffer.from(sql));
        const open = typeof scanned !== 'string' && scanned.message.startsWith('unterminated');
        // Other faults of the scanner end it before it has seen the rest.
        if (typeof scanned === 'string' || open) expect(isClosed(sql), JSON.stringify(sql)).toBe(!open);
      }),
      { numRuns: 5_000 },
    );
    expect(PARENTHESES_DEPTH_MAX).toBeGreaterThan(14);
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

describe('normalise', () => {
  test.each([
    ["SELECT a FROM t WHERE b = 'x' AND c = 5", 'SELECT a FROM t WHERE b = $1 AND c = $2'],
    ['SELECT $2, 7', 'SELECT $2, $3'],
    ["SELECT'x'AS a", 'SELECT $1 AS a'],
    ['SELECT 1 -- two\n /* three */ + 4', 'SELECT $1 + $2'],
    ["CREATE ROLE r PASSWORD 'x'", 'CREATE ROLE r PASSWORD $1'],
    ["ALTER ROLE r SET a.b = 'x'", 'ALTER ROLE r SET a.b = $1'],
    ["SET x.y TO 'z', 3", 'SET x.y TO $1, $2'],
    [
      "COPY t FROM STDIN (DELIMITER 'x', NULL U&'\\0061' UESCAPE '!')",
      'COPY t FROM STDIN (DELIMITER $1, NULL $2 UESCAPE $3)',
    ],
    ["COPY t FROM PROGRAM 'cat'", 'COPY t FROM PROGRAM $1'],
    ['DO $body$ BEGIN PERFORM 1; END $body$', 'DO $1'],
    ["COMMENT ON TABLE t IS E'\\x41'", 'COMMENT ON TABLE t IS $1'],
    ["ALTER SYSTEM SET a = '1'", 'ALTER SYSTEM SET a = $1'],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $1',
    ],
    ['CREATE FUNCTION f() RETURNS int RETURN 42', 'CREATE FUNCTION f() RETURNS int RETURN $1'],
    ["NOTIFY c, 'payload'", 'NOTIFY c, $1'],
    ["EXECUTE p('a', 0x1F, b'01', x'AB', N'n', 1_000.5e-3)", 'EXECUTE p($1, $2, $3, $4, N $5, $6)'],
    ["SECURITY LABEL ON TABLE t IS 'l'", 'SECURITY LABEL ON TABLE t IS $1'],
    [
      "CREATE USER MAPPING FOR u SERVER s OPTIONS (password 'x')",
      'CREATE USER MAPPING FOR u SERVER s OPTIONS (password $1)',
    ],
    ["PREPARE TRANSACTION 'gid'", 'PREPARE TRANSACTION $1'],
    ["ALTER TYPE e ADD VALUE 'v'", 'ALTER TYPE e ADD VALUE $1'],
    ['SELECT "Name", U&"d\\0061t" FROM "a b"', 'SELECT "Name", U&"d\\0061t" FROM "a b"'],
  ])('%s', (sql, normalised) => {
    expect(normalisePostgres(sql)).toBe(normalised);
    expect(normalisePostgres(normalised)).toBe(normalised);
  });

  test('no literal survives, whatever stands around it', () => {
    const body = fc.string({ unit: fc.constantFrom('c', '4', 'é', ' ', '-', '*', '(', ';'), maxLength: 4 });
    const literal = fc.oneof(
      body.map((text) => `'canary${text}'`),
      body.map((text) => `E'canary\\'${text}'`),
      body.map((text) => `$x$canary${text}$x$`),
      body.map((text) => `u&'canary${text}'`),
      fc.constantFrom("b'0110'", "x'CA9A47'", "N'canary'", "'canary'\n'canary'"),
      fc.constantFrom('976431', '97643.1', '.97643', '0x97643', '97643e1', '0b101', '97_643'),
      body.map((text) => `-- canary${text}\n`),
      body.map((text) => `/* canary${text} */`),
    );
    const word = fc.constantFrom(
      'SELECT',
      'a',
      '"Q ""q"',
      ',',
      '(',
      ')',
      '->>',
      '::int',
      '$3',
      '=',
      ' ',
      '\n',
      ';',
      'é',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(literal, word), { maxLength: 20 }), (parts) => {
        const text = parts.join(' ');
        const normalised = normalisePostgres(text);
        expect(normalised).not.toMatch(/canary|9764|CA9A|011|b101|'/);
        const tokens = scanToJson(Buffer.from(`${normalised} `));
        if (typeof tokens !== 'string') throw new Error(tokens.message);
        expect(tokens).not.toMatch(/"(SCONST|USCONST|ICONST|FCONST|BCONST|XCONST|SQL_COMMENT|C_COMMENT)"/);
      }),
      { numRuns: 200 },
    );
  });

  test('a text that cannot be cut into tokens has no normal form', () => {
    expect(() => normalisePostgres("SELECT 'canary")).toThrow(UnparsedError);
    expect(() => normalisePostgres("SELECT E'\\xff'")).toThrow(UnparsedError);
  });
});

test('the parser itself would read no further than a NUL: the guard is what stops it', () => {
  expect(typeof parseToJson(Buffer.from('SELECT 1;\0 nonsense ('))).toBe('string');
});
