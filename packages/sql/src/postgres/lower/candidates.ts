import type { FunctionUse } from '@bailiwick/domain';
import type { Catalog, CatalogType } from '../../catalog/catalog.ts';
import { FIRST_USER_OID, isBuiltinType, TYPES, underDomains } from './type-names.ts';

/** A function or operator that a call may mean, in the order of the path. */
export interface Candidate {
  readonly parameters: readonly number[];
  readonly variadic: boolean;
  readonly builtin: boolean;
}

/** How the parameter for argument `index` is declared; a VARIADIC one takes all that follow, by its element. */
function parameterType(catalog: Catalog, { parameters, variadic }: Candidate, index: number): number {
  const last = parameters.length - 1;
  if (!variadic || index < last) return parameters[index] ?? 0;
  const array = parameters[last] ?? 0;
  return catalog.typeByOid(array)?.elementOid || array;
}

/** Whether the server could pass these argument types: a value of PostgreSQL's own type is no user-defined one. */
function isApplicable(catalog: Catalog, candidate: Candidate, types: readonly number[]): boolean {
  return types.every((type, index) => {
    if (type === 0 || type === TYPES.unknown) return true;
    const parameter = parameterType(catalog, candidate, index);
    const kind = catalog.typeByOid(parameter)?.kind;
    if (!fits(catalog, parameter, type)) return false;
    if (parameter < FIRST_USER_OID || kind === 'pseudo' || kind === 'domain' || kind === undefined) return true;
    return !isBuiltinType(catalog, type);
  });
}

/** Polymorphic parameters that take only arrays, ranges, multiranges or enums (pg_type.dat). */
const ANYARRAYS = new Set([2277, 5078]);
const ONLY_KIND: ReadonlyMap<number, CatalogType['kind']> = new Map([
  [3500, 'enum'],
  [3831, 'range'],
  [5080, 'range'],
  [4537, 'multirange'],
  [4538, 'multirange'],
]);

/**
 * Families of PostgreSQL's own types between which it has no implicit cast (pg_cast.dat). Types not listed, such as
 * `oid` and `regclass`, may be cast to and from anything as far as this goes.
 */
const FAMILIES: readonly (readonly number[])[] = [
  [18, 19, 25, 1042, 1043], // "char", name, text, char, varchar
  [20, 21, 23, 700, 701, 1700], // int8, int2, int4, float4, float8, numeric
  [16], // bool
  [17], // bytea
  [114, 3802], // json, jsonb
  [1082, 1083, 1114, 1184, 1186, 1266], // date, time, timestamp, timestamptz, interval, timetz
  [2950], // uuid
];
const familyOf: ReadonlyMap<number, number> = new Map(
  FAMILIES.flatMap((family, index) => family.map((type) => [type, index] as const)),
);

/** Whether an argument has the make that a parameter asks for: arrays, ranges, and families of types keep apart. */
function fits(catalog: Catalog, parameter: number, type: number): boolean {
  const argument = underDomains(catalog, type);
  const expected = catalog.typeByOid(parameter);
  if (argument === undefined || expected === undefined) return true;
  const isArray = argument.elementOid !== 0;
  if (ANYARRAYS.has(parameter)) return isArray;
  const only = ONLY_KIND.get(parameter);
  if (only !== undefined) return argument.kind === only;
  const [from, to] = [familyOf.get(argument.oid), familyOf.get(parameter)];
  if (from !== undefined && to !== undefined) return from === to;
  return expected.kind !== 'base' || argument.kind !== 'base' || isArray === (expected.elementOid !== 0);
}

/** Literals count as the type of the other operand, as oper() takes them. */
function isExact(candidate: Candidate, types: readonly number[]): boolean {
  return (
    !candidate.variadic &&
    candidate.parameters.length === types.length &&
    types.every((type, index) => type !== 0 && type === candidate.parameters[index])
  );
}

/**
 * The candidates that may be meant: the first exact one where every type is known, else all that are applicable
 * (func_get_detail, oper). More than the server would choose among is safe, fewer would not be.
 */
export function narrow<T extends Candidate>(
  catalog: Catalog,
  candidates: readonly T[],
  types: readonly number[],
): readonly T[] {
  const bases = types.map((type) => underDomains(catalog, type)?.oid ?? type);
  const exact =
    candidates.find((candidate) => isExact(candidate, types)) ??
    candidates.find((candidate) => isExact(candidate, bases));
  if (exact !== undefined) return [exact];
  return candidates.filter((candidate) => isApplicable(catalog, candidate, types));
}

/** The least stable of some volatilities. */
export function leastStable(volatilities: readonly FunctionUse['volatility'][]): FunctionUse['volatility'] {
  for (const volatility of ['unknown', 'volatile', 'stable'] as const) {
    if (volatilities.includes(volatility)) return volatility;
  }
  return volatilities.length === 0 ? 'unknown' : 'immutable';
}

/** The type of a result, where all candidates agree on it. */
export function agreed(types: readonly number[]): number {
  const first = types[0] ?? 0;
  return types.every((type) => type === first) ? first : 0;
}
