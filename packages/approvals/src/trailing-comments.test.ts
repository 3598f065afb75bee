import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutTrailingComments } from './trailing-comments.ts';

describe('stripped', () => {
  test.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1 ;\n', 'SELECT 1'],
    [
      "UPDATE t SET a = 'x' WHERE b = $1 /*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
      "UPDATE t SET a = 'x' WHERE b = $1",
    ],
    ["SELECT 1 /*a='b'*/; -- c\n /* d */ ;", 'SELECT 1'],
    ['SELECT 1 --', 'SELECT 1'],
    ['SELECT 1 -- it is "quoted', 'SELECT 1'],
    ['SELECT 1 /* a */ + 2 /* b */', 'SELECT 1 /* a */ + 2'],
    ['SELECT 2*/*c*/3', 'SELECT 2*/*c*/3'],
    ["SELECT '/* a', 1 /* x */", "SELECT '/* a', 1"],
    ["SELECT '/* a', 1 -- */'", "SELECT '/* a', 1"],
    ["SELECT 'it''s' /* x */", "SELECT 'it''s'"],
    ['SELECT "a/*b" /* x */', 'SELECT "a/*b"'],
    ['/* only */ -- comments', ''],
    ['', ''],
  ])('%j', (sql, stripped) => {
    expect(withoutTrailingComments(sql)).toBe(stripped);
  });
});

describe('kept, because it carries meaning or could', () => {
  test.each([
    'SELECT 1 /*+ SeqScan(t) */',
    'SELECT 1 /*!, 2 */',
    'SELECT 1 /*!50000, 2 */',
    'SELECT 1 /*M!100100, 2 */',
    'SELECT 1 /*T! , 2 */',
    'SELECT 1 /*! /* x */',
    // Stands in a string, however much it looks like a comment.
    "SELECT '/* a, 1 -- */'",
    "SELECT 'a -- b'",
    'SELECT 1 AS "x /* y */"',
    'SELECT 1 AS "x -- y"',
    // In a string for one dialect and outside it for the other.
    "SELECT '\\' /* ' , 1 /* x */",
    'SELECT "\\" /* " , 1 /* x */',
    'SELECT `a /* x */',
    'SELECT $$ /* x */',
    'SELECT $a$ /* $a$ , 1 /* x */',
    'SELECT $ü$ /* x */',
    // A comment for one dialect and not for the other.
    'SELECT 5--3',
    'SELECT 1 # /* x */',
    "SELECT a #>> '{b}' /* x */",
    'SELECT 1 /* /* x */ */',
    'SELECT 1 /* /* x */',
    'SELECT 1 /* x /*/ , 2 */ */',
    'SELECT 1 -- x\r, 2',
    'SELECT 1 -- /* x\r\n -- y\r, 2 -- */',
    // Not ended: the server refuses it, or reads more than is here.
    'SELECT 1 /* x',
    "SELECT 'x",
  ])('%j', (sql) => {
    expect(withoutTrailingComments(sql)).toBe(sql);
  });

  test('a line comment does not swallow what follows it', () => {
    const sql = 'SELECT 1 -- /* x\n; DELETE FROM t -- */';
    expect(withoutTrailingComments(sql)).toBe('SELECT 1 -- /* x\n; DELETE FROM t');
  });
});

/** Where the text ends, by the rules of one dialect: in code, or in something that more text would have to close. */
function endsInCode(sql: string, dialect: 'postgres' | 'mysql'): boolean {
  let at = 0;
  const skipTo = (found: number, length: number): boolean => {
    at = found === -1 ? sql.length + 1 : found + length;
    return found !== -1;
  };
  while (at < sql.length) {
    const rest = sql.slice(at);
    const dollar = dialect === 'postgres' ? /^\$([A-Za-z_]\w*)?\$/.exec(rest)?.[0] : undefined;
    if (dollar !== undefined) {
      if (!skipTo(sql.indexOf(dollar, at + dollar.length), dollar.length)) return false;
    } else if (dialect === 'postgres' ? rest.startsWith('--') : /^(--([\s]|$)|#)/.test(rest)) {
      const end = rest.search(dialect === 'postgres' ? /[\r\n]/ : /\n/);
      if (end === -1) return false;
      at += end + 1;
    } else if (rest.startsWith('/*')) {
      let depth = 1;
      at += 2;
      while (depth > 0 && at < sql.length) {
        if (sql.startsWith('*/', at)) {
          depth -= 1;
          at += 2;
        } else if (dialect === 'postgres' && sql.startsWith('/*', at)) {
          depth += 1;
          at += 2;
        } else at += 1;
      }
      if (depth > 0) return false;
    } else if (rest[0] === "'" || rest[0] === '"' || (rest[0] === '`' && dialect === 'mysql')) {
      const escapes = dialect === 'mysql' && rest[0] !== '`';
      let close = at + 1;
      while (close < sql.length && sql[close] !== rest[0]) close += escapes && sql[close] === '\\' ? 2 : 1;
      if (close >= sql.length) return false;
      at = close + 1;
    } else at += 1;
  }
  return true;
}

const pieces = fc.constantFrom(
  ...[
    "'",
    '"',
    '`',
    '/*',
    '*/',
    '--',
    '-- ',
    '#',
    '$',
    '$$',
    '$1',
    '$a$',
    '\\',
    '\n',
    '\r',
    ' ',
    ';',
    'a',
    '1',
    '+',
    '/*!',
    '/*+',
    '*',
    '/',
    '-',
  ],
);
const texts = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(''));

test('what is stripped from any text is comments and blanks, and begins in code in both dialects', () => {
  fc.assert(
    fc.property(texts, (sql) => {
      const kept = withoutTrailingComments(sql);
      expect(sql.startsWith(kept)).toBe(true);
      const stripped = sql.slice(kept.length);
      if (stripped === '') return;
      expect(endsInCode(kept, 'postgres') && endsInCode(kept, 'mysql'), JSON.stringify({ kept, stripped })).toBe(true);
      expect(stripped).toMatch(/^(?:[\s;]|--(?:[ \t\n\r][^\n]*)?(?:\n|$)|--$|\/\*(?![+!])(?:(?!\*\/)[\s\S])*\*\/)*$/);
    }),
    { numRuns: 200 },
  );
});

test('whatever is kept is kept again, and a plain comment behind it changes nothing', () => {
  fc.assert(
    fc.property(texts, (sql) => {
      const kept = withoutTrailingComments(sql);
      expect(withoutTrailingComments(kept)).toBe(kept);
      // Only where the text was understood: otherwise nothing at all is stripped.
      if (kept !== sql) expect(withoutTrailingComments(`${kept} /*trace='x'*/`)).toBe(kept);
    }),
    { numRuns: 200 },
  );
});

test('a megabyte of comment openers takes no time to speak of', () => {
  const started = performance.now();
  for (const piece of ["'", '/*', '--', '-- \n', "''", '/**/', '$1', ' ;']) {
    withoutTrailingComments(piece.repeat(1_000_000 / piece.length));
  }
  expect(performance.now() - started).toBeLessThan(5_000);
});
