import type { Catalog, CatalogColumn, CatalogRelation } from '@bailiwick/sql';

/** A relation as tests write it. Columns are names, or `name = expression` for generated ones; `-` is a dropped column. */
export interface RelationSketch {
  readonly oid: number;
  readonly columns: readonly string[];
  readonly kind?: CatalogRelation['kind'];
  readonly parents?: readonly number[];
  readonly system?: boolean;
  readonly triggers?: boolean;
}

/** A catalog of these relations, by `schema.table`. It knows no functions, operators or types. */
export function buildCatalog(relations: Readonly<Record<string, RelationSketch>>, version = 'c1'): Catalog {
  const all = Object.entries(relations).map(([label, sketch]) => relation(label, sketch));
  return {
    version,
    readAt: 0,
    serverVersion: 180000,
    database: 'crm',
    user: 'svc',
    defaultSearchPath: ['public'],
    hasSchema: (schema) => all.some((one) => one.schema === schema),
    relation: (schema, name) => all.find((one) => one.schema === schema && one.name === name),
    relationByOid: (oid) => all.find((one) => one.oid === oid),
    relations: () => all.values(),
    functions: () => [],
    functionByOid: () => undefined,
    operators: () => [],
    type: () => undefined,
    typeByOid: () => undefined,
    cast: () => undefined,
  };
}

function relation(label: string, sketch: RelationSketch): CatalogRelation {
  const [schema = '', name = ''] = label.split('.');
  const columns = sketch.columns.flatMap((text, index): CatalogColumn[] => {
    if (text === '-') return [];
    const [column = '', generatedFrom = null] = text.split(' = ');
    return [{ name: column, attnum: index + 1, typeOid: 25, notNull: false, generatedFrom }];
  });
  return {
    oid: sketch.oid,
    schema,
    name,
    kind: sketch.kind ?? 'table',
    columns,
    definition: null,
    parents: sketch.parents ?? [],
    hasTriggersOrRules: sketch.triggers ?? false,
    system: sketch.system ?? false,
  };
}

/** The catalog that most tests use. */
export const CRM: Readonly<Record<string, RelationSketch>> = {
  'public.customers': { oid: 100, columns: ['id', 'email', 'ssn', 'notes', 'city'] },
  'public.orders': { oid: 200, columns: ['id', 'customer_id', 'total'] },
  'public.log': { oid: 300, columns: ['id', 'line'] },
  'public.patients': { oid: 400, columns: ['id', 'aadhaar'] },
  'public.contacts': { oid: 500, columns: ['email', 'ssn'], kind: 'view' },
  'public.far': { oid: 660, columns: ['id', 'x'], kind: 'foreign-table' },
  'pg_catalog.pg_class': { oid: 1259, columns: ['oid', 'relname'], system: true },
};
