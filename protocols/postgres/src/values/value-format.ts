import type { ValueFormat } from '@bailiwick/domain';
import { bitFormats, varbitFormats } from './bits.ts';
import { boolFormats } from './boolean.ts';
import { byteaFormats } from './bytea.ts';
import { dateFormats } from './date.ts';
import { float4Formats, float8Formats } from './floats.ts';
import type { FormatPair } from './format-pair.ts';
import { int2Formats, int4Formats, int8Formats, oidFormats } from './integers.ts';
import { intervalFormats } from './interval.ts';
import { jsonbFormats, jsonFormats } from './json.ts';
import { macaddr8Formats, macaddrFormats } from './macaddr.ts';
import { cidrFormats, inetFormats } from './network.ts';
import { numericFormats } from './numeric.ts';
import { bpcharFormats, charFormats, nameFormats, textFormats, varcharFormats } from './text.ts';
import { timeFormats, timetzFormats } from './times.ts';
import { timestampFormats, timestamptzFormats } from './timestamps.ts';
import { uuidFormats } from './uuid.ts';
import { xmlFormats } from './xml.ts';

/** By oid of pg_type.dat. Left out on purpose: money, whose text depends on lc_monetary. */
const FORMATS: ReadonlyMap<number, FormatPair> = new Map([
  [16, boolFormats],
  [17, byteaFormats],
  [18, charFormats],
  [19, nameFormats],
  [20, int8Formats],
  [21, int2Formats],
  [23, int4Formats],
  [25, textFormats],
  [26, oidFormats],
  [114, jsonFormats],
  [142, xmlFormats],
  [650, cidrFormats],
  [700, float4Formats],
  [701, float8Formats],
  [774, macaddr8Formats],
  [829, macaddrFormats],
  [869, inetFormats],
  [1042, bpcharFormats],
  [1043, varcharFormats],
  [1082, dateFormats],
  [1083, timeFormats],
  [1114, timestampFormats],
  [1184, timestamptzFormats],
  [1186, intervalFormats],
  [1266, timetzFormats],
  [1560, bitFormats],
  [1562, varbitFormats],
  [1700, numericFormats],
  [2950, uuidFormats],
  [3802, jsonbFormats],
]);

/**
 * How a type is written on the wire, by its oid; undefined where a cell of it cannot be read (it is then nulled, never
 * passed): arrays, composites, enums, ranges, money, types of extensions. RowDescription reports a domain's base type,
 * so domains do not appear here. The same object is returned for the same arguments.
 * @param wireFormat 0 text, 1 binary.
 */
export function valueFormat(typeOid: number, wireFormat: 0 | 1): ValueFormat | undefined {
  const pair = FORMATS.get(typeOid);
  return wireFormat === 0 ? pair?.text : pair?.binary;
}
