import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { UnparsedError } from '../understand.ts';
import { type TokenKind, walkTokens } from './tokens.ts';
import { fillInstances, scanToJson } from './wasm-parser.ts';

beforeAll(fillInstances);

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Null where the text is refused; one refusal is ours alone. */
function ours(sql: string): readonly Token[] | 'comment in a string' | null {
  const tokens: Token[] = [];
  try {
    walkTokens(sql, (kind, start, end) => tokens.push({ kind, text: sql.slice(start, end) }));
  } catch (error) {
    if (error instanceof UnparsedError) return /comment stands/.test(error.message) ? 'comment in a string' : null;
    throw error;
  }
  return tokens;
}

const LITERAL = /^(?:[bBxXeE]?'|[uU]&'|\$[^0-9]|\.?[0-9])/;

test('tokens are cut as PostgreSQL cuts them', () => {
  const pieces = [
    ...[
      "'",
      "''",
      '"',
      '$',
      '$$',
      '$a$',
      '$1',
      'E',
      "E'",
      "U&'",
      'u&"',
      "x'",
      "b'",
      'n',
      'a',
      'é',
      '1',
      '0x1',
      '1.5',
      '.',
    ],
    ...['1e5', '\\', '--', '/*', '*/', '\n', '\r', ' ', '(', ')', '-', '/', '*', '+', ':', ';', '_', '1_0', '..'],
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const sql = parts.join('');
      if (sql === '') return;
      const scanned = scanToJson(Buffer.from(sql));
      if (typeof scanned !== 'string') {
        // Other faults end the scanner before it has seen the rest.
        if (scanned.message.startsWith('unterminated'))
          expect(typeof ours(sql) === 'string' ? null : ours(sql), JSON.stringify(sql)).toBeNull();
        return;
      }
      const { tokens } = JSON.parse(scanned) as { tokens: { text: string }[] };
      const literals = tokens.map(({ text }) => text).filter((text) => LITERAL.test(text));
      const mine = ours(sql);
      if (mine === 'comment in a string') return;
      expect(
        mine?.filter(({ kind }) => kind === 'literal').map(({ text }) => text),
        JSON.stringify(sql),
      ).toEqual(literals);
      const words = tokens.map(({ text }) => text).filter((text) => /^[a-z_é]\w*$/i.test(text));
      expect(mine?.map(({ text }) => text).filter((text) => /^[a-z_é]\w*$/i.test(text))).toEqual(words);
    }),
    { numRuns: 5_000 },
  );
});

test.each(["SELECT E'a' -- b\n '\\'; SELECT 1 --'", "DO LANGUAGE 'x'\n--\n 'y'"])(
  '%j means one thing to the server and another to the parser: refused',
  (sql) => {
    expect(ours(sql)).toBe('comment in a string');
  },
);
