import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutStatement } from './statement-end.ts';

test.each([
  ['SELECT 1; SELECT 2;', 'SELECT 1;'],
  ["SELECT ';'; x", "SELECT ';';"],
  ["SELECT 'a''; b'; x", "SELECT 'a''; b';"],
  ["SELECT E'a\\'; b'; x", "SELECT E'a\\'; b';"],
  ["SELECT 'a\\'; x", "SELECT 'a\\';"],
  ['SELECT "a;b"; x', 'SELECT "a;b";'],
  ['SELECT $$a;b$$; x', 'SELECT $$a;b$$;'],
  ['SELECT $t$a;$$;b$t$; x', 'SELECT $t$a;$$;b$t$;'],
  ['SELECT a$b$; x', 'SELECT a$b$;'],
  ['SELECT $1; x', 'SELECT $1;'],
  ['SELECT 1 -- a;\n; x', 'SELECT 1 -- a;\n;'],
  ['SELECT /* a; /* b; */ c; */ 1; x', 'SELECT /* a; /* b; */ c; */ 1;'],
])('%s', (text, statement) => {
  expect(cutStatement(text)).toEqual({ statement, rest: text.slice(statement.length) });
});

test.each(['SELECT 1', "SELECT ';", 'SELECT $$;', 'SELECT 1 -- ;', '/* ; ', '/*/;', "SELECT E'\\';", '"a;'])(
  '%s has no end',
  (text) => {
    expect(cutStatement(text)).toBeNull();
  },
);

test('nothing is lost, whatever the text', () => {
  const pieces = fc.constantFrom(';', "'", '"', '$$', '$a$', '--', '\n', '/*', '*/', '\\', 'E', 'a', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      const cut = cutStatement(text);
      if (cut !== null) expect(cut.statement + cut.rest).toBe(text);
    }),
    { numRuns: 200 },
  );
});
