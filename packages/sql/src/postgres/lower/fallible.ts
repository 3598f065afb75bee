/**
 * Which operands decide whether a computation fails. Failing or not is seen by the client, one bit a row, so a value that may
 * make an expression fail is probed by it, wherever it stands (SEMANTICS 16). The tables below are the review: what they do
 * not name may fail for some value of any operand.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Expression } from '../../query-form/expression.ts';
import { isPlainValue, isSmallNumber } from './plain-value.ts';
import type { ResolvedOperator } from './resolve-operator.ts';
import { FIRST_USER_OID, TYPES, underDomains } from './type-names.ts';

/** Never fail, whatever their arguments are. */
const TOTAL_FUNCTIONS = words(`
  akeys any_value array_agg array_dims array_length array_lower array_ndims array_to_json array_to_string array_upper ascii
  avals bit_count bit_length bool_and bool_or broadcast btrim cardinality ceil ceiling
  char_length character_length concat concat_ws count cume_dist dense_rank every family
  first_value floor hashtext host hostmask hstore_to_json initcap isempty isfinite json_agg
  json_build_array json_extract_path json_extract_path_text json_typeof jsonb_agg jsonb_build_array
  jsonb_extract_path jsonb_extract_path_text jsonb_pretty jsonb_strip_nulls jsonb_typeof lag last_value lead left
  lower lower_inc lower_inf ltrim masklen max md5 min mode netmask network num_nonnulls num_nulls octet_length
  percent_rank pg_column_size pg_typeof position quote_ident quote_literal
  quote_nullable range_agg rank replace reverse right round row_number row_to_json rtrim sha224 sha256 sha384 sha512 show_trgm sign
  similarity soundex starts_with string_agg strpos text to_bin to_hex to_json to_jsonb
  to_oct translate trunc unaccent upper upper_inc upper_inf xmlagg`);

/** Fail for numbers near the limits of their type, or for strings of bits of other lengths. */
const TOTAL_FOR_PLAIN_VALUES = words(`
  avg corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
  stddev stddev_pop stddev_samp sum var_pop var_samp variance`);
const INTEGERS: ReadonlySet<number> = new Set([21, TYPES.integer, TYPES.bigint]);

/** Fail, if at all, for their other arguments only: patterns, positions, formats, units. */
const TOTAL_IN_FIRST = words(`
  digest encode hmac lpad nth_value overlay regexp_count regexp_instr regexp_like regexp_match regexp_replace
  regexp_split_to_array regexp_substr rpad split_part string_to_array substr substring`);

/** Never fail with literals like these behind the value. */
const HARMLESS_LITERALS: ReadonlyMap<string, readonly RegExp[]> = new Map<string, readonly RegExp[]>([
  ...['substr', 'substring'].map((name) => [name, [/^\d{1,6}$/, /^\d{1,6}$/]] as const),
  ...['lpad', 'rpad'].map((name) => [name, [/^\d{1,4}$/, /^/]] as const),
  ['split_part', [/^/, /^-?[1-9]\d{0,5}$/]],
  ['string_to_array', [/^/, /^/]],
  ['nth_value', [/^[1-9]\d{0,5}$/]],
]);

/** As above, with the value in the last place: a unit or a configuration comes first. */
const TOTAL_IN_LAST = words('age date_part date_trunc extract percentile_cont percentile_disc to_tsvector');

/** Never fail between values of PostgreSQL's own types. */
const TOTAL_OPERATORS = new Set(
  '= <> != < > <= >= -> ->> #> #>> @> <@ && ? ?| ?& @@ ^@ << >> -|- &< &> <-> <<= >>='.split(' '),
);
/** Fail for the pattern on their right only. */
const PATTERN_OPERATORS = new Set(['~', '~*', '!~', '!~*']);
const LIKE_OPERATORS = new Set(['~~', '~~*', '!~~', '!~~*']);
const ARITHMETIC = new Set(['+', '-', '*']);

/** Casts that keep every value: from one type to others, by oid (pg_cast.dat). */
const WIDENING: ReadonlyMap<number, readonly number[]> = new Map([
  [16, [23]], // bool
  [20, [700, 701, 1700]], // int8 to float4, float8, numeric
  [21, [20, 23, 700, 701, 1700]], // int2
  [23, [20, 700, 701, 1700]], // int4
  [700, [701, 1700]], // float4
  [701, [1700]], // float8
  [869, [650]], // inet to cidr
  [650, [869]],
  [1082, [1114, 1184]], // date to timestamp, timestamptz
  [1114, [1082, 1083]], // timestamp to date, time
  [1184, [1082, 1083, 1114, 1266]], // timestamptz
  [3802, [114]], // jsonb to json
]);
const STRINGS: ReadonlySet<number> = new Set([TYPES.text, TYPES.name, 1042, 1043]);

/** Those arguments of a function of PostgreSQL's own, or of a reviewed extension, for which it may fail. */
export function fallibleArguments(
  catalog: Catalog,
  name: string,
  operands: readonly Expression[],
): readonly Expression[] {
  // Arrays of different sizes do not make an array.
  if (name === 'array_agg') return operands.filter(({ type }) => elementOf(catalog, type) !== type);
  if (TOTAL_FUNCTIONS.has(name)) return [];
  if (name === 'pg_options_to_table') return operands.filter((operand) => !isSystemColumn(operand));
  // Length in another encoding.
  if (name === 'length') return operands.length === 1 ? [] : operands;
  if (TOTAL_FOR_PLAIN_VALUES.has(name)) return operands.every((one) => isModest(catalog, one)) ? [] : operands;
  if (/^bit_(?:and|or|xor)$/.test(name)) return operands.every((one) => isInteger(catalog, one)) ? [] : operands;
  const [first, ...others] = operands;
  // What is NULL makes a strict function not run: whether it does tells of a value that is NULL for some reason of its own.
  if (TOTAL_IN_FIRST.has(name) && first !== undefined) {
    if (isHarmless(name, others)) return [];
    return isPlainValue(catalog, first) ? others : operands;
  }
  if (name === 'to_char' && first !== undefined) return failsToChar(catalog, operands) ? operands : [];
  const last = operands.at(-1);
  // The last of three is a time zone.
  const only = TOTAL_IN_LAST.has(name) && operands.length < 3 && last !== undefined && isPlainValue(catalog, last);
  return only ? operands.slice(0, -1) : operands;
}

/** A sum of integers is a wider one; other sums may leave their type where a huge literal takes a value's place. */
const isModest = (catalog: Catalog, operand: Expression): boolean =>
  isInteger(catalog, operand) || isPlainValue(catalog, operand);

const isInteger = (catalog: Catalog, { type }: Expression): boolean =>
  INTEGERS.has(underDomains(catalog, type)?.oid ?? 0);

function isHarmless(name: string, others: readonly Expression[]): boolean {
  const literals = HARMLESS_LITERALS.get(name);
  if (literals === undefined) return false;
  return others.every(
    (one, index) => one.kind === 'constant' && one.value !== null && literals[index]?.test(one.value),
  );
}

/** V multiplies; dates become timestamps, which end earlier. */
function failsToChar(catalog: Catalog, [value, format]: readonly Expression[]): boolean {
  if (value === undefined || format?.kind !== 'constant' || /[vV]/.test(format.value ?? '')) return true;
  return !isPlainValue(catalog, value);
}

/** A stored list of options has no NULL in it, for which reading it would fail. */
const isSystemColumn = (operand: Expression): boolean =>
  operand.kind === 'column' && operand.relation.kind === 'table' && operand.relation.table.schema === 'pg_catalog';

/** Those operands of a safe operator for which it may fail. */
export function fallibleOperands(
  catalog: Catalog,
  symbol: string,
  operands: readonly Expression[],
  { reviewed, type }: ResolvedOperator,
): readonly Expression[] {
  const [left, right] = operands;
  if (!reviewed || left === undefined) return operands;
  // jsonpath may compare times, for which it has no way to be silent.
  if (symbol === '@@' && operands.some((one) => [0, TYPES.jsonb].includes(underDomains(catalog, one.type)?.oid ?? 0)))
    return operands;
  if (TOTAL_OPERATORS.has(symbol)) return [];
  if (LIKE_OPERATORS.has(symbol)) return isHarmlessPattern(right) ? [] : operands;
  if (PATTERN_OPERATORS.has(symbol)) return isPlainValue(catalog, left) ? operands.slice(1) : operands;
  if (symbol === '||' && STRINGS.has(underDomains(catalog, type)?.oid ?? 0)) return [];
  return ARITHMETIC.has(symbol) && isNumericByLiteral(catalog, operands) ? [] : operands;
}

/** LIKE fails where matching reaches an escape character at the end. */
export function isHarmlessPattern(pattern: Expression | undefined): boolean {
  if (pattern?.kind === 'composite') return pattern.elements.every(isHarmlessPattern);
  if (pattern?.kind === 'constant') return pattern.value === null || !pattern.value.endsWith('\\');
  if (pattern?.kind !== 'call' || pattern.uses[0]?.name !== 'pg_catalog.like_escape') return false;
  const [text, mark] = pattern.operands;
  if (text?.kind !== 'constant' || mark?.kind !== 'constant' || text.value === null || mark.value === null)
    return false;
  const last = [...text.value].at(-1);
  return [...mark.value].length < 2 && last !== '\\' && last !== mark.value;
}

/** A numeric that is stored, or little more, and a literal: the literal becomes a numeric, too. */
const isNumericByLiteral = (catalog: Catalog, operands: readonly Expression[]): boolean =>
  operands.length === 2 &&
  operands.some(isSmallNumber) &&
  operands.some(({ type }) => underDomains(catalog, type)?.oid === TYPES.numeric) &&
  operands.every((operand) => isPlainValue(catalog, operand));

/** Whether a symbol is a comparison that never fails for any type; none stands for `=`. */
export const isTotalComparison = (symbol = '='): boolean => COMPARISONS.has(symbol);
const COMPARISONS = new Set(['=', '<>', '!=', '<', '>', '<=', '>=']);

/** Whether a cast may fail for some value: every one that is not known to keep them all. */
export function mayCastFail(catalog: Catalog, operand: Expression, target: number, limited: boolean): boolean {
  const [from, to] = [elementOf(catalog, operand.type), elementOf(catalog, target)];
  if (catalog.typeByOid(to)?.kind === 'domain') return from !== to;
  if (STRINGS.has(to) || to === citext(catalog)) return false;
  if (limited) return true;
  const base = underDomains(catalog, from)?.oid ?? 0;
  if (base === to && base !== 0) return false;
  // Timestamps end earlier than dates.
  if (base === TYPES.date && !isPlainValue(catalog, operand)) return true;
  return base === 0 || WIDENING.get(base)?.includes(to) !== true;
}

const elementOf = (catalog: Catalog, oid: number): number => catalog.typeByOid(oid)?.elementOid || oid;

/** The extension's case-insensitive text: input and output are those of text. */
function citext(catalog: Catalog): number {
  for (const schema of ['public', 'extensions']) {
    const type = catalog.type(schema, 'citext');
    if (type?.kind === 'base' && type.oid >= FIRST_USER_OID) return type.oid;
  }
  return -1;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
