import { standIn, type ValueFormat } from '@bailiwick/domain';
import { BUILTIN_ARRAYS } from './array-oids.ts';
import { arrayFormats } from './arrays.ts';
import { bitFormats, varbitFormats } from './bits.ts';
import { boolFormats } from './boolean.ts';
import { byteaFormats } from './bytea.ts';
import { compositeFormats } from './composite.ts';
import { dateFormats } from './date.ts';
import { enumFormats } from './enums.ts';
import { float4Formats, float8Formats } from './floats.ts';
import type { FormatPair } from './format-pair.ts';
import { int2Formats, int4Formats, int8Formats, oidFormats } from './integers.ts';
import { intervalFormats } from './interval.ts';
import { jsonbFormats, jsonFormats } from './json.ts';
import { macaddr8Formats, macaddrFormats } from './macaddr.ts';
import { modified } from './modified.ts';
import { cidrFormats, inetFormats } from './network.ts';
import { numericFormats } from './numeric.ts';
import { hstoreFormats, multirangeFormats, OPAQUE_FORMATS, rangeFormats } from './opaque-types.ts';
import { bpcharFormats, charFormats, citextFormats, nameFormats, textFormats, varcharFormats } from './text.ts';
import { timeFormats, timetzFormats } from './times.ts';
import { timestampFormats, timestamptzFormats } from './timestamps.ts';
import type { TypeDefinition, TypeLookup } from './type-definition.ts';
import { uuidFormats } from './uuid.ts';
import { xmlFormats } from './xml.ts';

/** By oid of pg_type.dat. */
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
  [1790, textFormats],
  [2950, uuidFormats],
  [3802, jsonbFormats],
  ...OPAQUE_FORMATS,
]);

/** Types within types (arrays of composites of arrays …) are followed this far. */
const DEPTH_MAX = 8;

export interface ValueFormatOptions {
  /** atttypmod of the column; -1 or absent: none. */
  readonly typeModifier?: number;
  /** The database's own types; absent: the built-in ones only. */
  readonly types?: TypeLookup;
}

/**
 * How a type is written on the wire, by its oid; undefined where no value of it can be written: types of extensions
 * other than citext and hstore, pseudo-types, types that only the server writes. Domains are their base types.
 * @param wireFormat 0 text, 1 binary.
 */
export function valueFormat(
  typeOid: number,
  wireFormat: 0 | 1,
  { typeModifier = -1, types = () => undefined }: ValueFormatOptions = {},
): ValueFormat | undefined {
  const pair = formatsOf(typeOid, typeModifier, types, 0);
  return wireFormat === 0 ? pair?.text : pair?.binary;
}

function formatsOf(oid: number, modifier: number, types: TypeLookup, depth: number): FormatPair | undefined {
  const builtin = FORMATS.get(oid);
  if (builtin !== undefined) return modified(builtin, modifier);
  if (depth > DEPTH_MAX) return undefined;
  const definition = types(oid);
  const elementOid = BUILTIN_ARRAYS.get(oid) ?? definition?.elementOid ?? 0;
  if (elementOid !== 0) {
    const element = formatsOf(elementOid, modifier, types, depth + 1);
    return element && arrayFormats(element, elementOid);
  }
  return definition && userFormats(definition, modifier, types, depth);
}

function userFormats(
  definition: TypeDefinition,
  modifier: number,
  types: TypeLookup,
  depth: number,
): FormatPair | undefined {
  const { name, kind } = definition;
  switch (kind) {
    case 'domain':
      return formatsOf(definition.baseOid, modifier, types, depth + 1);
    case 'enum': {
      const [first, ...others] = definition.enumLabels;
      return first === undefined ? undefined : enumFormats(name, [first, ...others]);
    }
    case 'composite': {
      const attributes = definition.attributeOids.map((typeOid) => ({
        typeOid,
        formats: formatsOf(typeOid, -1, types, depth + 1) ?? null,
      }));
      return compositeFormats(name, attributes, standIn);
    }
    case 'range':
      return rangeFormats(name);
    case 'multirange':
      return multirangeFormats(name);
    case 'base':
      // Only superusers make base types, so a name is proof enough of the extension.
      return name === 'citext' ? citextFormats : name === 'hstore' ? hstoreFormats : undefined;
    case 'pseudo':
      return undefined;
    default:
      return kind satisfies never;
  }
}
