/**
 * Which operands decide whether a computation fails. Failing or not is seen by the client, one bit a row, so a value that may
 * make an expression fail is probed by it, wherever it stands (SEMANTICS 16). The tables below are the review: what they do
 * not name may fail for some value of any operand.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Expression } from '../../query-form/expression.ts';
import { FIRST_USER_OID, TYPES, underDomains } from './type-names.ts';

/** Never fail, whatever their arguments are. */
const TOTAL_FUNCTIONS = words(`
  akeys any_value array_agg array_dims array_length array_lower array_ndims array_to_json array_to_string array_upper ascii
  avals avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or broadcast btrim cardinality ceil ceiling
  char_length character_length concat concat_ws corr count covar_pop covar_samp cume_dist dense_rank every family
  first_value floor hashtext host hostmask hstore_to_json initcap isempty isfinite json_agg json_array_length
  json_build_array json_extract_path json_extract_path_text json_typeof jsonb_agg jsonb_build_array
  jsonb_extract_path jsonb_extract_path_text jsonb_pretty jsonb_strip_nulls jsonb_typeof lag last_value lead left length
  lower lower_inc lower_inf ltrim masklen max md5 min mode netmask network num_nonnulls num_nulls octet_length
  percent_rank percentile_cont percentile_disc pg_column_size pg_typeof position quote_ident quote_literal
  quote_nullable range_agg rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
  regr_syy replace reverse right round row_number row_to_json rtrim sha224 sha256 sha384 sha512 show_trgm sign
  similarity soundex starts_with stddev stddev_pop stddev_samp string_agg strpos sum text to_bin to_hex to_json to_jsonb
  to_oct translate trunc unaccent upper upper_inc upper_inf var_pop var_samp variance xmlagg`);

/** Fail, if at all, for their other arguments only: patterns, positions, formats, units. */
const TOTAL_IN_FIRST = words(`
  digest encode hmac lpad metaphone nth_value overlay regexp_count regexp_instr regexp_like regexp_match regexp_replace
  regexp_split_to_array regexp_substr rpad split_part string_to_array substr substring to_char`);

/** As above, with the value in the last place: a unit or a configuration comes first. */
const TOTAL_IN_LAST = words('age date_part date_trunc extract to_tsvector');

/** Never fail between values of PostgreSQL's own types. */
const TOTAL_OPERATORS = new Set(
  '= <> != < > <= >= -> ->> #> #>> @> <@ && ? ?| ?& @? @@ ^@ << >> -|- &< &> <-> <<= >>='.split(' '),
);
/** Fail for the pattern on their right only. */
const PATTERN_OPERATORS = new Set(['~~', '~~*', '!~~', '!~~*', '~', '~*', '!~', '!~*']);
const ARITHMETIC = new Set(['+', '-', '*']);
/** A literal that cannot bring a numeric anywhere near its limit of 131,072 digits, however often it is applied. */
const SMALL_NUMBER = /^[+-]?[0-9.]{1,20}$/;

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
  if (TOTAL_IN_FIRST.has(name)) return operands.slice(1);
  return TOTAL_IN_LAST.has(name) ? operands.slice(0, -1) : operands;
}

/** Those operands of a safe operator for which it may fail. `type` is its result's. */
export function fallibleOperands(
  catalog: Catalog,
  symbol: string,
  operands: readonly Expression[],
  type: number,
): readonly Expression[] {
  if (TOTAL_OPERATORS.has(symbol)) return [];
  if (PATTERN_OPERATORS.has(symbol)) return operands.slice(1);
  if (symbol === '||' && STRINGS.has(underDomains(catalog, type)?.oid ?? 0)) return [];
  return ARITHMETIC.has(symbol) && isNumericByLiteral(catalog, operands) ? [] : operands;
}

/** A numeric and a literal: the literal becomes a numeric, too. */
const isNumericByLiteral = (catalog: Catalog, operands: readonly Expression[]): boolean =>
  operands.length === 2 &&
  operands.some(isSmallNumber) &&
  operands.some(({ type }) => underDomains(catalog, type)?.oid === TYPES.numeric);

const isSmallNumber = (operand: Expression): boolean =>
  operand.kind === 'constant' && operand.value !== null && SMALL_NUMBER.test(operand.value);

/** Whether a cast may fail for some value: every one that is not known to keep them all. */
export function mayCastFail(catalog: Catalog, source: number, target: number, limited: boolean): boolean {
  const [from, to] = [elementOf(catalog, source), elementOf(catalog, target)];
  if (catalog.typeByOid(to)?.kind === 'domain') return from !== to;
  if (STRINGS.has(to) || to === citext(catalog)) return false;
  if (limited) return true;
  const base = underDomains(catalog, from)?.oid ?? 0;
  return base === 0 || (base !== to && WIDENING.get(base)?.includes(to) !== true);
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
