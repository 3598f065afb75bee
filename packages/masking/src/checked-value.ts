import { type CellValue, standIn, type ValueFormat } from '@bailiwick/domain';
import { simplePattern } from './simple-pattern.ts';

/** CHECK constraints of one column, as pg_get_expr prints them, and what they call it. */
export interface ColumnChecks {
  readonly expressions: readonly string[];
  /** The column's name as it is quoted there; a domain's constraints say VALUE. */
  readonly names: readonly string[];
}

type Test = (value: CellValue) => boolean;

const LITERAL = /'(?:[^']|'')*'|-?\d+(?:\.\d+)?/g;
const CAST =
  /::(?:character varying|double precision|timestamp with(?:out)? time zone|[a-z_."]+)(?:\(\d+(?:,\d+)?\))?(?:\[\])?/g;

/**
 * A value of the type that its CHECK constraints are known to take: the type's constant if they take it, else one made of
 * what they name. Null: none was found, or the constraints say something that is not understood here. Understood are
 * comparisons with constants, lists of them, lengths, simple patterns, and conjunctions of these.
 */
export function checkedValue(format: ValueFormat, { expressions, names }: ColumnChecks): CellValue | null {
  const tests = expressions.flatMap((expression) => conjuncts(plain(expression)).map((part) => testOf(part, names)));
  if (!tests.every((test) => test !== null)) return null;
  const candidates = [standIn(format), ...expressions.flatMap((expression) => namedValues(format, expression))];
  return (
    candidates.find((candidate) => tests.every((test) => test(candidate)) && isWritable(format, candidate)) ?? null
  );
}

function isWritable(format: ValueFormat, value: CellValue): boolean {
  try {
    const tooLong = value.kind === 'text' && format.lengthMax !== null && value.text.length > format.lengthMax;
    return !tooLong && format.encode(value).length >= 0;
  } catch {
    return false;
  }
}

/** What an expression names, and what is next to it. */
function namedValues(format: ValueFormat, expression: string): readonly CellValue[] {
  return (expression.replace(CAST, '').match(LITERAL) ?? []).flatMap((literal): readonly CellValue[] => {
    if (format.kind === 'text' && format.standIn === null) {
      if (literal.startsWith("'")) return textsOf(unquoted(literal)).map((text) => ({ kind: 'text', text }));
      const length = Math.min(Number(literal), 1000);
      return length > 0
        ? [
            { kind: 'text', text: 'x'.repeat(length) },
            { kind: 'text', text: 'x'.repeat(length + 1) },
          ]
        : [];
    }
    const number = Number(unquoted(literal));
    if (!Number.isSafeInteger(Math.trunc(number))) return [];
    return [number, number + 1, number - 1].flatMap((near) => numberOf(format, Math.trunc(near)));
  });
}

/** What a literal may stand for: itself, or what matches it as a pattern. */
function textsOf(literal: string): readonly string[] {
  const sample = simplePattern(literal)?.sample;
  return [literal.replaceAll('%', '').replaceAll('_', 'x'), ...(sample === undefined ? [] : [sample]), literal];
}

function numberOf(format: ValueFormat, number: number): readonly CellValue[] {
  if (format.kind === 'integer') return [{ kind: 'integer', integer: BigInt(number) }];
  if (format.kind === 'decimal') return [{ kind: 'decimal', decimal: String(number) }];
  return format.kind === 'float' ? [{ kind: 'float', float: number }] : [];
}

const unquoted = (literal: string): string =>
  literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal;

/** Without casts, and without the parentheses around single words and numbers. */
function plain(expression: string): string {
  const strings: string[] = [];
  // What is quoted is put aside: it may hold what looks like a cast.
  const aside = expression.replace(/'(?:[^']|'')*'/g, (quoted) => `\u0001${strings.push(quoted) - 1}\u0002`);
  let text = aside.replace(CAST, '');
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/(?<![a-z_])\(([^()\s]+)\)/g, '$1').replace(/\((ARRAY\[[^\]]*\])\)/g, '$1');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they cannot be in an expression.
  return text.replace(/\u0001(\d+)\u0002/g, (_mark, at) => strings[Number(at)] ?? '');
}

/** The parts of a conjunction at the top of an expression. */
function conjuncts(expression: string): readonly string[] {
  const inner = withoutParentheses(expression.trim());
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < inner.length; at += 1) {
    const character = inner[at];
    if (character === "'") quoted = !quoted;
    else if (!quoted && (character === '(' || character === '[')) depth += 1;
    else if (!quoted && (character === ')' || character === ']')) depth -= 1;
    else if (!quoted && depth === 0 && inner.startsWith(' AND ', at)) {
      parts.push(inner.slice(from, at));
      from = at + 5;
    }
  }
  parts.push(inner.slice(from));
  return parts.length === 1 ? parts : parts.flatMap(conjuncts);
}

/** Takes away a pair of parentheses that holds the whole. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length - 1; at += 1) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text[at] === '(') depth += 1;
    else if (!quoted && text[at] === ')') depth -= 1;
    if (depth === 0) return text;
  }
  return withoutParentheses(text.slice(1, -1).trim());
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** What one part asks of a value; null where that is not understood. */
function testOf(part: string, names: readonly string[]): Test | null {
  const text = withoutParentheses(part.trim());
  const subject = names.find((name) => text.startsWith(`${name} `) || text.includes(`(${name})`));
  if (subject === undefined) return null;
  if (text === `${subject} IS NOT NULL`) return () => true;
  const list = /^(\S+) = ANY \(?ARRAY\[(.*)\]\)?$/s.exec(text);
  if (list?.[1] === subject) {
    const members = (list[2]?.match(LITERAL) ?? []).map(unquoted);
    return (value) => members.includes(textOf(value) ?? '');
  }
  const [, matched, how, pattern = ''] = /^(\S+) (~|~~) ('(?:[^']|'')*')$/s.exec(text) ?? [];
  if (matched === subject) return how === '~' ? byPattern(unquoted(pattern)) : byLike(unquoted(pattern));
  const [, left = '', operator = '', literal = ''] =
    /^(.+?) (<>|<=|>=|=|<|>) ('(?:[^']|'')*'|-?\d+(?:\.\d+)?)$/s.exec(text) ?? [];
  const holds = COMPARISONS[operator];
  if (holds === undefined) return null;
  if (/^(?:char_length|character_length|length)\(/.test(left) && left.endsWith(`(${subject})`)) {
    return (value) => value.kind === 'text' && holds(Array.from(value.text).length - Number(literal));
  }
  if (left !== subject) return null;
  return (value) => {
    const shown = textOf(value);
    if (shown === null) return false;
    if (value.kind !== 'text') return holds(Number(shown) - Number(unquoted(literal)));
    // The order of texts depends on the collation.
    return (operator === '=' || operator === '<>') && holds(shown === unquoted(literal) ? 0 : 1);
  };
}

function byPattern(pattern: string): Test | null {
  const simple = simplePattern(pattern);
  return simple === null ? null : (value) => value.kind === 'text' && simple.matches(value.text);
}

/** LIKE. Null where the pattern has escapes. */
function byLike(pattern: string): Test | null {
  if (pattern.includes('\\')) return null;
  const expression = pattern
    .replaceAll(/[.*+?^${}()|[\]]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const whole = new RegExp(`^${expression}$`, 's');
  return (value) => value.kind === 'text' && whole.test(value.text);
}

function textOf(value: CellValue): string | null {
  if (value.kind === 'text') return value.text;
  if (value.kind === 'integer') return value.integer.toString();
  if (value.kind === 'decimal') return value.decimal;
  return value.kind === 'float' ? String(value.float) : null;
}
