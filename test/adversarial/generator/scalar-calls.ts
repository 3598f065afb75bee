import { read, type Templates } from './templates.ts';

/** Functions and operators by the type of their result, one a line: `result: text with <type> for each operand`. */
const SCALAR = `
text: lower(<text>)
text: upper(<text>)
text: <text> || <text>
text: <text> || <int>
text: initcap(<text>)
text: reverse(<text>)
text: btrim(<text>, 'w')
text: left(<text>, 3)
text: right(<text>, 2)
text: substr(<text>, 2, 3)
text: substring(<text> FROM 2 FOR 4)
text: substring(<text> FROM '[a-z]+')
text: trim(BOTH 'w' FROM <text>)
text: overlay(<text> PLACING 'zz' FROM 2 FOR 1)
text: replace(<text>, 'w', <text>)
text: translate(<text>, 'wv', 'ab')
text: lpad(<text>, 6, '*')
text: rpad(<text>, 6, <text>)
text: repeat(<text>, 2)
text: split_part(<text>, '-', 1)
text: concat(<text>, <int>, <date>)
text: concat_ws('/', <text>, <bool>, <numeric>)
text: format('%s and %s', <text>, <int>)
text: quote_literal(<text>)
text: quote_nullable(<date>)
text: md5(<text>)
text: to_char(<timestamptz>, 'YYYY-MM')
text: to_char(<numeric>, '9999999999.99')
text: to_char(<int>, 'FM0000000000')
text: encode(<bytea>, 'hex')
text: encode(<bytea>, 'base64')
text: array_to_string(<text[]>, ',')
text: array_to_string(<int[]>, '-')
text: <jsonb> ->> 'k'
text: <jsonb> #>> '{a,1}'
text: jsonb_typeof(<jsonb>)
text: jsonb_pretty(<jsonb>)
text: jsonb_extract_path_text(<jsonb>, 'k')
text: host(<inet>)
text: to_hex(<int>)
text: regexp_replace(<text>, '[aeiou]', 'o', 'g')
text: regexp_substr(<text>, '[a-z]+')
text: (regexp_match(<text>, '([a-z]+)'))[1]
text: (string_to_array(<text>, '-'))[1]
text: (<text[]>)[1]
text: (<pair>).b
text: pg_typeof(<jsonb>)::text
text: (<mood>)::text
text: (<int>)::text
text: (<date>)::text
text: (<jsonb>)::text
text: (<numeric>)::text
text: (<uuid>)::text
text: (<inet>)::text
text: (<bool>)::text
text: (<pair>)::text
text: (<daterange>)::text
text: (<int[]>)::text
text: (<code>)::text
text: (<xml>)::text
text: CAST(<bytea> AS text)
text: CAST(<interval> AS text)
text: json_build_object('x', <text>)::text
text: xmlserialize(CONTENT <xml> AS text)
text: chr(64 + length(<text>))
text: normalize(<text>)
text: quote_ident(<varchar>)
text: (<text> COLLATE "C")
text: convert_from(<bytea>, 'LATIN1')
int: length(<text>)
int: char_length(<text>)
int: octet_length(<bytea>)
int: bit_length(<text>)
int: position('w' IN <text>)
int: strpos(<text>, <text>)
int: ascii(<text>)
int: <int> + <int>
int: <int> - 1
int: <int> * 2
int: <int> / 2
int: <int> % 5
int: - <int>
int: <int> & 3
int: <int> << 1
int: abs(<int>)
int: sign(<numeric>)::int
int: array_length(<text[]>, 1)
int: cardinality(<int[]>)
int: array_position(<int[]>, <int>)
int: jsonb_array_length(<jsonb> -> 'a')
int: (<int[]>)[1]
int: (<pair>).a
int: (<bool>)::int
int: (<date> - date '2024-01-01')
int: extract(year FROM <date>)::int
int: date_part('day', <timestamptz>)::int
int: masklen(<inet>)
int: width_bucket(<numeric>, 0, 10, 4)
int: (<jsonb> ->> 'n')::int
int: (<jsonb> -> 'n')::int
int: num_nulls(<text>, <int>)
int: hashtext(<text>)
int: get_byte(<bytea>, 0)
int: mod(<int>, 3)
int: regexp_count(<text>, 'w')
int: COALESCE(<int>, <int>)
int: bit_count(<bytea>)::int
bigint: (<int>)::bigint
bigint: <bigint> + <int>
bigint: hashtextextended(<text>, 0)
bigint: gcd(<bigint>, <int>)
bigint: factorial(3)::bigint
numeric: <numeric> + <int>
numeric: <numeric> * 1.5
numeric: <numeric> / 4
numeric: round(<numeric>, 1)
numeric: trunc(<numeric>)
numeric: ceil(<numeric>)
numeric: floor(<numeric>)
numeric: abs(<numeric>)
numeric: sqrt(<numeric>)
numeric: power(<numeric>, 2)
numeric: ln(<numeric> + 1)
numeric: mod(<numeric>, 3)
numeric: (<int>)::numeric
numeric: (<bigint>)::numeric
numeric: extract(epoch FROM <timestamptz>)
numeric: (<jsonb> -> 'n')::numeric
numeric: (<text>)::numeric
float8: (<numeric>)::float8
float8: <float8> * 0.5
float8: exp(<float8> / 10)
float8: sin(<float8>)
float8: log(<float8> + 1)
float8: pi() * <float8>
date: <date> + 3
date: (<timestamptz>)::date
date: make_date(2024, 1 + <int>, 3)
date: lower(<daterange>)
date: upper(<daterange>)
date: to_date('2024-05-05', 'YYYY-MM-DD')
date: greatest(<date>, <date>)
timestamptz: (<date>)::timestamptz
timestamptz: <timestamptz> + <interval>
timestamptz: date_trunc('month', <timestamptz>)
timestamptz: <date> + <interval>
timestamptz: to_timestamp(<int>)
interval: <timestamptz> - <timestamptz>
interval: age(<timestamptz>, timestamptz '2024-01-01 00:00:00+00')
interval: make_interval(days => <int>)
interval: <interval> * 2
interval: justify_hours(<interval>)
jsonb: to_jsonb(<text>)
jsonb: to_jsonb(<pair>)
jsonb: to_jsonb(<int[]>)
jsonb: jsonb_build_object('x', <text>, 'y', <int>)
jsonb: jsonb_build_array(<text>, <date>, <bool>)
jsonb: <jsonb> -> 'a'
jsonb: <jsonb> #> '{a,0}'
jsonb: <jsonb> || <jsonb>
jsonb: <jsonb> - 'k'
jsonb: jsonb_set(<jsonb>, '{k}', to_jsonb(<text>))
jsonb: jsonb_strip_nulls(<jsonb>)
jsonb: jsonb_path_query_first(<jsonb>, '$.a[*]')
jsonb: (<jsonb>)['k']
jsonb: jsonb_path_query_array(<jsonb>, '$.a[*] ? (@ > $x)', jsonb_build_object('x', <int>))
jsonb: json_build_object('r', ROW(<int>, <text>))::jsonb
jsonb: jsonb_object(<text[]>)
jsonb: array_to_json(<text[]>)::jsonb
text[]: ARRAY[<text>, <text>]
text[]: <text[]> || <text>
text[]: array_append(<text[]>, <text>)
text[]: array_remove(<text[]>, <text>)
text[]: string_to_array(<text>, '-')
text[]: regexp_split_to_array(<text>, '-')
text[]: (<text[]>)[1:1]
text[]: array_cat(<text[]>, <text[]>)
text[]: (<int[]>)::text[]
text[]: regexp_match(<text>, '([a-z])(.)')
text[]: array_fill(<text>, ARRAY[2])
int[]: ARRAY[<int>, <int>]
int[]: <int[]> || <int>
int[]: array_prepend(<int>, <int[]>)
int[]: (<int[]>)[2:]
int[]: array_replace(<int[]>, 2, <int>)
int[]: array_positions(<text[]>, <text>)
uuid: COALESCE(<uuid>, <uuid>)
uuid: md5(<text>)::uuid
bytea: convert_to(<text>, 'UTF8')
bytea: decode(md5(<text>), 'hex')
bytea: <bytea> || <bytea>
bytea: sha256(<bytea>)
bytea: substring(<bytea> FROM 1 FOR 1)
inet: set_masklen(<inet>, 24)
inet: <inet> + <int>
inet: network(<inet>)::inet
mood: enum_first(<mood>)
mood: greatest(<mood>, <mood>)
pair: ROW(<int>, <text>)::pair
pair: COALESCE(<pair>, <pair>)
code: (<text>)::code
daterange: daterange(<date>, NULL)
daterange: <daterange> * <daterange>
daterange: <daterange> + <daterange>
varchar: (<text>)::varchar(8)
varchar: (<int>)::varchar
xml: xmlelement(name m, <text>)
xml: xmlforest(<text> AS a, <int> AS b)
xml: xmlconcat(<xml>, <xml>)
xml: xmlelement(name m, xmlattributes(<text> AS t), <date>)
bool: <int> = <int>
bool: <text> = <text>
bool: <text> <> <text>
bool: <int> < <int>
bool: <numeric> >= <numeric>
bool: <date> <= <date>
bool: <timestamptz> > <timestamptz>
bool: <mood> = <mood>
bool: <uuid> = <uuid>
bool: <text> LIKE 'w%'
bool: <text> ILIKE <text>
bool: <text> ~ '^[a-z]'
bool: <text> SIMILAR TO 'w_'
bool: starts_with(<text>, <text>)
bool: <jsonb> ? 'k'
bool: <jsonb> @> '{"n": 1}'
bool: <jsonb> @? '$.a[*]'
bool: jsonb_path_exists(<jsonb>, '$.k')
bool: <text[]> @> ARRAY[<text>]
bool: <int[]> && <int[]>
bool: <int> = ANY (<int[]>)
bool: <text> <> ALL (<text[]>)
bool: <daterange> @> <date>
bool: <inet> << inet '10.0.0.0/8'
bool: <int> IN (1, 2, <int>)
bool: <text> NOT IN ('w1', 'w2')
bool: <int> BETWEEN 1 AND <int>
bool: <numeric> BETWEEN SYMMETRIC 5 AND <numeric>
bool: <text> IS NULL
bool: <int> IS NOT NULL
bool: <pair> IS NULL
bool: <bool> IS TRUE
bool: <bool> IS NOT UNKNOWN
bool: <text> IS DISTINCT FROM <text>
bool: ROW(<int>, <text>) = ROW(<int>, <text>)
bool: (<int>, <int>) < (<int>, 4)
bool: <bool> AND <bool>
bool: <bool> OR <bool>
bool: NOT <bool>
bool: (<date>, <date>) OVERLAPS (date '2024-01-01', date '2024-06-01')
bool: isfinite(<date>)
bool: <jsonb> IS JSON OBJECT
bool: (<text>)::bool
bool: JSON_EXISTS(<jsonb>, '$.k')
bool: <text> IS NORMALIZED
bool: <int> OPERATOR(pg_catalog.>) <int>
bool: <text> = ANY (VALUES ('w1'), (<text>))
bool: <text> IS JSON
bool: <timestamptz> AT TIME ZONE 'UTC' > timestamp '2024-03-02 00:00:00'
bool: <text> COLLATE "C" < <text>
text: JSON_VALUE(<jsonb>, '$.k')
text: JSON_VALUE(<jsonb>, '$.n' DEFAULT 'none' ON EMPTY)
text: JSON_SERIALIZE(<jsonb>::json)
text: JSON_SCALAR(<text>)::text
text: JSON_OBJECT('x': <text>, 'y': <int>)::text
text: JSON_ARRAY(<text>, <date> NULL ON NULL)::text
text: JSON(<text>)::text
text: to_char(<interval>, 'HH24:MI')
text: (<timestamptz> AT TIME ZONE 'UTC')::text
text: regexp_replace(string => <text>, pattern => 'w', replacement => 'u')
text: xpath('/m/text()', <xml>)::text
text: tsvector_to_array(to_tsvector('simple', <text>))::text
text: ts_headline('simple', <text>, 'w1'::tsquery)
jsonb: JSON_QUERY(<jsonb>, '$.a')
jsonb: JSON_OBJECT('r': <jsonb>, 't': <timestamptz>)::jsonb
`;

/** By the type of their result. */
export const SCALAR_CALLS: Templates = read(SCALAR);
