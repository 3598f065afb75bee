import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UnparsedError } from '../understand.ts';
import { normalisePostgres } from './normalise.ts';
import { fillInstances, scanToJson } from './wasm-parser.ts';

beforeAll(fillInstances);

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
        // Something between them, so that no string goes on in the next.
        const text = parts.join(' = ');
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
  });
});
