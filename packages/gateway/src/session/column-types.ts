import type { ValueFormat } from '@bailiwick/domain';
import { type TypeLookup, valueFormat } from '@bailiwick/postgres';
import type { Catalog } from '@bailiwick/sql';

/** The types of one database as the value formats ask for them. A catalog that is not known has none. */
export function typesOf(catalog: Catalog | null): TypeLookup {
  return (oid) => {
    const type = catalog?.typeByOid(oid);
    if (type === undefined) return undefined;
    const relation = type.relationOid === 0 ? undefined : catalog?.relationByOid(type.relationOid);
    // A composite type whose attributes are not known cannot be written.
    if (type.kind === 'composite' && relation === undefined) return undefined;
    return { ...type, attributeOids: relation?.columns.map(({ typeOid }) => typeOid) ?? [] };
  };
}

/** Whether a column takes no NULL, by the place that a RowDescription gives it; an expression takes one. */
export function isNotNull(catalog: Catalog | null, tableOid: number, attnum: number): boolean {
  const column = catalog?.relationByOid(tableOid)?.columns.find((one) => one.attnum === attnum);
  return column?.notNull === true;
}

/** What can be put in place of a column's values. */
export type Outcome =
  | { readonly kind: 'format'; readonly format: ValueFormat }
  /** The type is known, and no value of it can be written. */
  | { readonly kind: 'only-null' }
  /** Nothing: NULL is not allowed, or the type is not known. */
  | { readonly kind: 'none'; readonly why: string };

/** How cells of a type are written, or what else becomes of them where a mask applies. */
export function outcomeOf(
  catalog: Catalog | null,
  typeOid: number,
  wireFormat: 0 | 1,
  typeModifier: number,
  notNull: boolean,
): Outcome {
  const types = typesOf(catalog);
  const format = valueFormat(typeOid, wireFormat, { typeModifier, types });
  if (format !== undefined) return { kind: 'format', format };
  const known = types(typeOid);
  if (known === undefined) return { kind: 'none', why: `is of a type that is not known (oid ${typeOid})` };
  if (notNull) return { kind: 'none', why: `is NOT NULL, and no mask has a value of its type ${known.name}` };
  return { kind: 'only-null' };
}
