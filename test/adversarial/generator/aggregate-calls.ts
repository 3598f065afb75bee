import { read, type Templates } from './templates.ts';

/** Aggregates; each may get FILTER, and OVER. */
const AGGREGATE = `
bigint: count(*)
bigint: count(<text>)
bigint: count(DISTINCT <int>)
bigint: sum(<int>)
int: max(<int>)
int: min(<int>)
int: bit_or(<int>)
int: sum(<int>)::int
text: max(<text>)
text: min(<text>)
text: string_agg(<text>, ',')
text: string_agg(<text>, ',' ORDER BY <int>)
text: string_agg(DISTINCT <text>, ';')
numeric: avg(<numeric>)
numeric: sum(<numeric>)
numeric: stddev(<numeric>)
numeric: var_pop(<int>)
numeric: max(<numeric>)
float8: corr(<float8>, <float8>)
float8: regr_slope(<float8>, <float8>)
date: max(<date>)
date: min(<date>)
timestamptz: max(<timestamptz>)
bool: bool_and(<bool>)
bool: every(<bool>)
bool: bool_or(<bool>)
jsonb: jsonb_agg(<text>)
jsonb: jsonb_agg(<pair> ORDER BY <int>)
jsonb: jsonb_object_agg(COALESCE(<text>, 'none'), <int>)
jsonb: json_agg(<date>)::jsonb
text[]: array_agg(<text>)
text[]: array_agg(<text> ORDER BY <text> DESC)
int[]: array_agg(<int>)
int[]: array_agg(DISTINCT <int>)
mood: max(<mood>)
inet: max(<inet>)
interval: avg(<interval>)
bytea: string_agg(<bytea>, '\\x00'::bytea)
xml: xmlagg(<xml>)
text: JSON_ARRAYAGG(<text>)::text
text: JSON_OBJECTAGG(COALESCE(<text>, 'x'): <int>)::text
`;

/** Ordered-set aggregates: they take FILTER and no OVER. */
const ORDERED_SET = `
int: percentile_disc(0.5) WITHIN GROUP (ORDER BY <int>)
float8: percentile_cont(0.5) WITHIN GROUP (ORDER BY <float8>)
text: mode() WITHIN GROUP (ORDER BY <text>)
bigint: rank(2) WITHIN GROUP (ORDER BY <int>)
`;

/** Functions that need OVER. */
const WINDOW = `
bigint: row_number()
bigint: rank()
bigint: dense_rank()
int: ntile(2)
float8: cume_dist()
float8: percent_rank()
text: lag(<text>)
text: lead(<text>, 1, 'none')
text: first_value(<text>)
text: last_value(<text>)
text: nth_value(<text>, 2)
int: lag(<int>, 1)
int: first_value(<int>)
date: lead(<date>)
numeric: last_value(<numeric>)
`;

/** Functions that give rows, with one column. */
const SETS = `
int: generate_series(1, 3)
int: generate_series(<int>, 4)
int: unnest(<int[]>)
text: unnest(<text[]>)
text: regexp_split_to_table(<text>, '-')
text: jsonb_object_keys(<jsonb>)
text: jsonb_array_elements_text(<jsonb> -> 'a')
text: string_to_table(<text>, '-')
jsonb: jsonb_array_elements(<jsonb> -> 'a')
jsonb: jsonb_path_query(<jsonb>, '$.*')
date: generate_series(<date>, date '2024-03-01', interval '1 month')::date
`;

export const AGGREGATES: Templates = read(AGGREGATE);
export const ORDERED_SETS: Templates = read(ORDERED_SET);
export const WINDOW_CALLS: Templates = read(WINDOW);
export const SET_CALLS: Templates = read(SETS);
