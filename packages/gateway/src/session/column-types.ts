import { type CellValue, standIn, type ValueFormat } from '@bailiwick/domain';
import { checkedValue } from '@bailiwick/masking';
import { type TypeLookup, valueFormat } from '@bailiwick/postgres';
import type { Catalog, CatalogType } from '@bailiwick/sql';

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

/** What a column takes, by the place that a RowDescription gives it. */
export interface ColumnRules {
  readonly notNull: boolean;
  /** CHECK constraints of its table and of its domains. */
  readonly checks: readonly string[];
  /** What they call it. */
  readonly names: readonly string[];
}

/** An expression: it takes anything. */
export const NO_RULES: ColumnRules = { notNull: false, checks: [], names: [] };

/** The rules of a column; none where the catalog knows no such column. */
export function rulesOf(catalog: Catalog | null, tableOid: number, attnum: number): ColumnRules {
  const column = catalog?.relationByOid(tableOid)?.columns.find((one) => one.attnum === attnum);
  if (column === undefined) return NO_RULES;
  const domains = domainsOf(catalog, column.typeOid);
  return {
    notNull: column.notNull || domains.some(({ notNull }) => notNull === true),
    checks: [...(column.checks ?? []), ...domains.flatMap(({ checks }) => checks ?? [])],
    names: [column.name, `"${column.name.replaceAll('"', '""')}"`, 'VALUE'],
  };
}

/** How many domains may be made of each other before one is taken for a circle. */
const DOMAINS_MAX = 64;

function domainsOf(catalog: Catalog | null, typeOid: number): readonly CatalogType[] {
  const domains: CatalogType[] = [];
  let type = catalog?.typeByOid(typeOid);
  while (type?.kind === 'domain' && domains.length < DOMAINS_MAX) {
    domains.push(type);
    type = catalog?.typeByOid(type.baseOid);
  }
  return domains;
}

/** What can be put in place of a column's values. */
export type Outcome =
  | {
      readonly kind: 'value';
      readonly format: ValueFormat;
      /** What stands for any other value: it passes the column's CHECK constraints. Null: only NULL is known to. */
      readonly constant: CellValue | null;
    }
  /** The type is known, and no value of it can be written. */
  | { readonly kind: 'only-null' }
  /** Nothing: NULL is not allowed, or the type is not known. */
  | { readonly kind: 'none'; readonly why: string };

/**
 * How cells of a type are written where a mask applies, or what else becomes of them.
 * @param needsConstant the mask gives nothing but the constant, so that a column without a legal one has none.
 */
export function outcomeOf(
  catalog: Catalog | null,
  column: { readonly typeOid: number; readonly format: 0 | 1; readonly typeModifier: number },
  { notNull, checks, names }: ColumnRules,
  needsConstant: boolean,
): Outcome {
  const types = typesOf(catalog);
  const format = valueFormat(column.typeOid, column.format, { typeModifier: column.typeModifier, types });
  if (format !== undefined) {
    const constant = checks.length === 0 ? standIn(format) : checkedValue(format, { expressions: checks, names });
    if (constant !== null || !notNull) return { kind: 'value', format, constant };
    if (needsConstant)
      return { kind: 'none', why: 'is NOT NULL, and no value is known that its CHECK constraints take' };
    return { kind: 'value', format, constant: standIn(format) };
  }
  const known = types(column.typeOid);
  if (known === undefined) return { kind: 'none', why: `is of a type that is not known (oid ${column.typeOid})` };
  if (notNull) return { kind: 'none', why: `is NOT NULL, and no mask has a value of its type ${known.name}` };
  return { kind: 'only-null' };
}
