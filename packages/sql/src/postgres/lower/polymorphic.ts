import type { Catalog, CatalogFunction } from '../../catalog/catalog.ts';
import { TYPES } from './type-names.ts';

const ANYELEMENTS = new Set([2283, 3500, 2776, 5077]); // anyelement, anyenum, anynonarray, anycompatible
const ANYARRAYS = new Set([2277, 5078]); // anyarray, anycompatiblearray
const ANYNONARRAY_COMPATIBLE = 5079;

const isElement = (type: number): boolean => ANYELEMENTS.has(type) || type === ANYNONARRAY_COMPATIBLE;

/** The result type of a function for these argument types, 0 where it cannot be told. */
export function resultType(
  catalog: Catalog,
  { returnType, argumentTypes }: CatalogFunction,
  types: readonly number[],
): number {
  if (!isElement(returnType) && !ANYARRAYS.has(returnType)) {
    return catalog.typeByOid(returnType)?.kind === 'pseudo' ? 0 : returnType;
  }
  for (const [index, parameter] of argumentTypes.entries()) {
    const type = types[index] ?? 0;
    if (type === 0 || type === TYPES.unknown) continue;
    const element = ANYARRAYS.has(parameter)
      ? (catalog.typeByOid(type)?.elementOid ?? 0)
      : isElement(parameter)
        ? type
        : 0;
    if (element === 0) continue;
    if (isElement(returnType)) return element;
    if (ANYARRAYS.has(parameter)) return type;
  }
  return 0;
}
