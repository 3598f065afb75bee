import type { CopyDoubt, CopyFormatName, CopyLayout } from '@bailiwick/domain';
import type { DefElem, Node } from '@pgsql/types';
import { namesIn } from './tree-nodes.ts';

/** What COPY … TO STDOUT has in each format where its options do not say otherwise (ProcessCopyOptions in copy.c). */
const DEFAULTS: Readonly<Record<CopyFormatName, CopyLayout>> = {
  text: { delimiter: '\t', nullText: '\\N', header: false, quote: '"', escape: '"', forceQuote: [] },
  csv: { delimiter: ',', nullText: '', header: false, quote: '"', escape: '"', forceQuote: [] },
  binary: { delimiter: '', nullText: '', header: false, quote: '', escape: '', forceQuote: [] },
};

/** What an option says; null where that is not certain. */
type OptionReader = (arg: Node | undefined) => Partial<CopyLayout> | null;

const OPTIONS: Readonly<Record<string, OptionReader>> = {
  format: () => ({}),
  freeze: () => ({}),
  delimiter: (arg) => withText(arg, (delimiter) => ({ delimiter })),
  null: (arg) => withText(arg, (nullText) => ({ nullText })),
  quote: (arg) => withText(arg, (quote) => ({ quote })),
  escape: (arg) => withText(arg, (text) => ({ escape: text })),
  encoding: (arg) => withText(arg, (name) => (isUtf8(name) ? {} : null)),
  header: headerOf,
  force_quote: forceQuoteOf,
};

/** The options that belong to a format beyond those of all. */
const ALLOWED: Readonly<Record<CopyFormatName, ReadonlySet<string>>> = {
  text: new Set(['delimiter', 'null', 'header']),
  csv: new Set(['delimiter', 'null', 'header', 'quote', 'escape', 'force_quote']),
  binary: new Set(),
};
const OF_ALL: ReadonlySet<string> = new Set(['format', 'freeze', 'encoding']);

/**
 * How the rows of COPY … TO STDOUT are written. Whatever the server would refuse, or another version might read in
 * another way, is a doubt. The text is as under client_encoding UTF8, which the gateway pins.
 */
export function copyLayout(format: CopyFormatName, options: readonly Node[]): CopyLayout | CopyDoubt {
  const defaults = DEFAULTS[format];
  const said: Partial<CopyLayout>[] = [];
  const seen = new Set<string>();
  for (const option of options) {
    const { defname: name = '', arg }: DefElem = 'DefElem' in option ? option.DefElem : {};
    const read = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (read === undefined || seen.has(name) || !(OF_ALL.has(name) || ALLOWED[format].has(name))) return doubtOf(name);
    seen.add(name);
    const value = read(arg);
    if (value === null) return doubtOf(name);
    said.push(value);
  }
  const layout: CopyLayout = Object.assign({}, defaults, ...said);
  const whole = seen.has('quote') && !seen.has('escape') ? { ...layout, escape: layout.quote } : layout;
  return format === 'binary' ? whole : checked(format, whole);
}

const doubtOf = (name: string): CopyDoubt => ({
  doubt:
    OF_ALL.has(name) || Object.hasOwn(OPTIONS, name)
      ? `an option ${name.toUpperCase()} that it cannot be read with`
      : 'an option that is not known',
});

/** One byte that is neither a line end nor NUL. */
const isCharacter = (text: string): boolean =>
  text.length === 1 && text > '\0' && text < '\u0080' && !/[\r\n]/.test(text);
/** What text format takes for something else. */
const TEXT_DELIMITER = /^[^\\.a-z0-9]$/;

/** The server's own conditions; without them there would be two ways to read a row. */
function checked(format: 'text' | 'csv', layout: CopyLayout): CopyLayout | CopyDoubt {
  const { delimiter, nullText, quote, escape: escaper } = layout;
  if (!isCharacter(delimiter) || (format === 'text' && !TEXT_DELIMITER.test(delimiter))) return doubtOf('delimiter');
  if (/[\r\n\0]/.test(nullText) || nullText.includes(delimiter)) return doubtOf('null');
  if (format === 'text') return layout;
  if (!isCharacter(quote) || quote === delimiter || nullText.includes(quote)) return doubtOf('quote');
  if (!isCharacter(escaper) || escaper === delimiter) return doubtOf('escape');
  return layout;
}

/** As defGetString reads an argument; null where there is none. */
function textOf(arg: Node | undefined): string | null {
  if (arg === undefined) return null;
  if ('String' in arg) return arg.String.sval ?? '';
  if ('Integer' in arg) return String(arg.Integer.ival ?? 0);
  if ('Float' in arg) return arg.Float.fval ?? null;
  if ('Boolean' in arg) return arg.Boolean.boolval === true ? 'true' : 'false';
  return null;
}

function withText(arg: Node | undefined, of: (text: string) => Partial<CopyLayout> | null): Partial<CopyLayout> | null {
  const text = textOf(arg);
  return text === null ? null : of(text);
}

/** pg_char_to_encoding looks at letters and digits only. */
const isUtf8 = (name: string): boolean => /^(utf8|unicode)$/.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));

/** As defGetCopyHeaderChoice: no argument is true. MATCH is of COPY FROM only. */
function headerOf(arg: Node | undefined): Partial<CopyLayout> | null {
  if (arg === undefined) return { header: true };
  const text = textOf(arg)?.toLowerCase();
  if (text === 'true' || text === 'on' || text === '1') return { header: true };
  return text === 'false' || text === 'off' || text === '0' ? { header: false } : null;
}

function forceQuoteOf(arg: Node | undefined): Partial<CopyLayout> | null {
  if (arg === undefined) return null;
  if ('A_Star' in arg) return { forceQuote: 'all' };
  return 'List' in arg ? { forceQuote: namesIn([arg]) } : null;
}
