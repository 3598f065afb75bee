import type { Catalog, CatalogFunction } from '../catalog/catalog.ts';

/**
 * A SELECT that calls the function of this oid with as many parameters as it takes, each cast to its declared type, and
 * every name qualified: what the server's FunctionCall message does, as text. Null: the catalog knows no such function.
 * Functions that FunctionCall cannot call (aggregates, procedures, sets) are given all the same: the server refuses them.
 */
export function selectOfFunction(catalog: Catalog, oid: number): string | null {
  const called = catalog.functionByOid(oid);
  if (called === undefined) return null;
  const parameters = called.argumentTypes.map((_, index) => parameter(catalog, called, index));
  return `SELECT ${quoted(called.schema)}.${quoted(called.name)}(${parameters.join(', ')})`;
}

function parameter(catalog: Catalog, called: CatalogFunction, index: number): string {
  const variadic = called.variadic && index === called.argumentTypes.length - 1 ? 'VARIADIC ' : '';
  const type = catalog.typeByOid(called.argumentTypes[index] ?? 0);
  // A pseudo-type is no type to cast to.
  const cast = type === undefined || type.kind === 'pseudo' ? '' : `::${quoted(type.schema)}.${quoted(type.name)}`;
  return `${variadic}$${index + 1}${cast}`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
