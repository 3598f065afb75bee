import type { CopyDoubt, CopyLayout } from '@bailiwick/domain';
import { beforeAll, expect, test } from 'vitest';
import { loadPostgresParser, parsePostgres } from '../parser.ts';
import { readUtility } from './read-utility.ts';

beforeAll(loadPostgresParser);

/** Of `COPY t TO STDOUT` with these words behind it. */
function layoutOf(words: string): CopyLayout | CopyDoubt {
  const node = parsePostgres(`COPY t TO STDOUT ${words}`).stmts?.[0]?.stmt;
  const copy = node && readUtility(node)?.copy;
  if (copy?.direction !== 'out') throw new Error('no COPY TO STDOUT');
  return copy.layout;
}

const TEXT = { delimiter: '\t', nullText: '\\N', header: false, quote: '"', escape: '"', forceQuote: [] };
const CSV = { ...TEXT, delimiter: ',', nullText: '' };

test.each<readonly [string, CopyLayout]>([
  ['', TEXT],
  ['(FORMAT text)', TEXT],
  [`(DELIMITER '|', NULL 'nil', HEADER)`, { ...TEXT, delimiter: '|', nullText: 'nil', header: true }],
  [`DELIMITER AS '|' NULL AS ''`, { ...TEXT, delimiter: '|', nullText: '' }],
  [`(DELIMITER 'Q')`, { ...TEXT, delimiter: 'Q' }],
  ['(FORMAT csv)', CSV],
  ['CSV', CSV],
  [`CSV HEADER QUOTE AS '''' ESCAPE AS '\\'`, { ...CSV, header: true, quote: "'", escape: '\\' }],
  [`(FORMAT csv, QUOTE '''')`, { ...CSV, quote: "'", escape: "'" }],
  [`(FORMAT csv, ESCAPE '\\', DELIMITER 1)`, { ...CSV, escape: '\\', delimiter: '1' }],
  ['(FORMAT csv, FORCE_QUOTE *)', { ...CSV, forceQuote: 'all' }],
  ['(FORMAT csv, FORCE_QUOTE (a, "B"))', { ...CSV, forceQuote: ['a', 'B'] }],
  ['CSV FORCE QUOTE a, "B"', { ...CSV, forceQuote: ['a', 'B'] }],
  ['CSV FORCE QUOTE *', { ...CSV, forceQuote: 'all' }],
  ['(FORMAT csv, HEADER true)', { ...CSV, header: true }],
  ['(FORMAT csv, HEADER ON)', { ...CSV, header: true }],
  ['(FORMAT csv, HEADER 1)', { ...CSV, header: true }],
  [`(FORMAT csv, HEADER 'FALSE')`, CSV],
  ['(FORMAT csv, HEADER 0)', CSV],
  ['(FORMAT csv, HEADER off)', CSV],
  [`(ENCODING 'utf8')`, TEXT],
  [`ENCODING 'UTF-8'`, TEXT],
  [`(ENCODING 'Unicode')`, TEXT],
])('%s', (words, layout) => {
  expect(layoutOf(words)).toEqual(layout);
});

test.each([
  [`(ENCODING 'LATIN1')`, 'an option ENCODING'],
  [`(ENCODING 'SJIS')`, 'an option ENCODING'],
  [`(DELIMITER 'ab')`, 'an option DELIMITER'],
  [`(DELIMITER '')`, 'an option DELIMITER'],
  [`(DELIMITER E'\\n')`, 'an option DELIMITER'],
  [`(DELIMITER 'é')`, 'an option DELIMITER'],
  [`(DELIMITER 'a')`, 'an option DELIMITER'],
  [`(DELIMITER '.')`, 'an option DELIMITER'],
  [`(DELIMITER '\\')`, 'an option DELIMITER'],
  [`(DELIMITER '|', DELIMITER ',')`, 'an option DELIMITER'],
  [`(NULL E'a\\nb')`, 'an option NULL'],
  [`(DELIMITER 'N')`, 'an option NULL'],
  [`(NULL E'a\\tb')`, 'an option NULL'],
  [`(QUOTE '"')`, 'an option QUOTE'],
  [`(FORMAT csv, QUOTE 'ab')`, 'an option QUOTE'],
  [`(FORMAT csv, QUOTE ',')`, 'an option QUOTE'],
  [`(FORMAT csv, NULL 'a"b')`, 'an option QUOTE'],
  [`(FORMAT csv, ESCAPE '')`, 'an option ESCAPE'],
  [`(FORMAT csv, ESCAPE ',')`, 'an option ESCAPE'],
  ['(FORMAT csv, HEADER match)', 'an option HEADER'],
  ['(FORMAT csv, HEADER 2)', 'an option HEADER'],
  ['(FORMAT csv, HEADER, HEADER off)', 'an option HEADER'],
  ['(FORMAT csv, FORCE_QUOTE)', 'an option FORCE_QUOTE'],
  ['(FORMAT csv, FORCE_QUOTE a)', 'an option FORCE_QUOTE'],
  ['(FORMAT binary, HEADER)', 'an option HEADER'],
  [`(FORMAT binary, DELIMITER ',')`, 'an option DELIMITER'],
  ['(FORMAT csv, FORCE_NULL *)', 'an option that is not known'],
  ['(toString 1)', 'an option that is not known'],
])('%s is in doubt for %s', (words, doubt) => {
  expect(layoutOf(words)).toEqual({ doubt: expect.stringContaining(doubt) });
});
