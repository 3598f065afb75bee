import type { WorldSource } from '../twin-worlds.ts';
import { type Choices, choicesFromSeed } from './choices.ts';
import { ORDERED, OWN_TYPES, openValue, secretValue, VALUE_TYPES, type ValueType } from './value-types.ts';

export interface Column {
  readonly name: string;
  readonly type: ValueType;
  /** Marked, or made from what is marked. It only steers what is generated: the gateway is not told. */
  readonly secret: boolean;
}

/** A table, a view, a partition, or anything else that a query can read by name. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly isView?: boolean;
}

/** A schema with rows, as it is in two worlds that differ in the values of secret columns. */
export interface RandomSchema extends WorldSource {
  readonly tables: readonly Table[];
}

const ROWS = 5;
const COLUMN_NAMES = 'city grade note memo amount level mark tone stamp shape'.split(' ');
/** Every table has these; the rest is random. */
const COMMON: readonly Column[] = [
  { name: 'id', type: 'int', secret: false },
  { name: 'k', type: 'int', secret: false },
];

/** The schema of a seed: tables of every type, some of whose columns are secret, and views over them. */
export function randomSchema(seed: number): RandomSchema {
  const choices = choicesFromSeed(seed, 4_000);
  const table = (index: number): Table => ({
    name: `t${index}`,
    columns: [...COMMON, ...randomColumns(choices, index)],
  });
  const [first, second, parted, parent, other] = [table(0), table(1), table(2), table(3), table(4)];
  const stored = [first, second, parted, parent, other];
  const child: Table = { name: 'heir', columns: [...parent.columns, { name: 'bonus', type: 'int', secret: true }] };
  const parts: Table[] = ['part_low', 'part_high'].map((name) => ({ ...parted, name }));
  const views = viewsOver(choices, first, second, parted, other);
  return {
    policy: policyFor([...stored, { ...child, columns: child.columns.slice(-1) }]),
    schema: [
      OWN_TYPES,
      ...stored.map((one) => create(one, one === parted ? ' PARTITION BY RANGE (id)' : '')),
      'CREATE TABLE part_low PARTITION OF t2 FOR VALUES FROM (MINVALUE) TO (2);',
      'CREATE TABLE part_high PARTITION OF t2 FOR VALUES FROM (2) TO (MAXVALUE);',
      'CREATE TABLE heir (bonus int) INHERITS (t3);',
      ...[...stored, child].map((one, index) => insert(one, index, false)),
      'CREATE INDEX t0_k ON t0 (k); CREATE INDEX t1_k ON t1 (k);',
      ...views.map(({ sql }) => sql),
    ].join('\n'),
    // Filled anew: rows that are updated may come to stand in another order.
    otherSecrets: [
      `TRUNCATE ${stored.map(({ name }) => name).join(', ')};`,
      ...[...stored, child].map((one, index) => insert(one, index, true)),
      'REFRESH MATERIALIZED VIEW kept;',
    ].join('\n'),
    tables: [...stored, child, ...parts, ...views.map((view) => ({ ...view, isView: view.name !== 'kept' }))],
  };
}

/** The types of the first tables are dealt out, so that every type is there, open and secret. */
function randomColumns(choices: Choices, table: number): readonly Column[] {
  const names = [...COLUMN_NAMES];
  return choices.several(7, 8, (index) => {
    const name = names.splice(choices.below(names.length), 1)[0] ?? `c${index}`;
    const dealt = VALUE_TYPES[(table * 5 + index) % VALUE_TYPES.length] ?? 'text';
    const type = index < 5 ? dealt : choices.pick(['text', 'int', 'numeric', 'date', 'bool', 'jsonb'] as const);
    return { name, type, secret: choices.chance(45) };
  });
}

const create = ({ name, columns }: Table, more: string): string =>
  `CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})${more};`;

/** A cell's own number; the same cells are NULL in both worlds, which a mask does not hide. */
const cellNumber = (table: number, column: number, row: number): number => table * 1_000 + column * 50 + row * 7 + 3;
const isNull = (column: number, row: number): boolean => column > 1 && (column * 3 + row) % 7 === 0;

function insert({ name, columns }: Table, table: number, other: boolean): string {
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const cells = columns.map(({ type, secret }, column) => {
      if (column === 0) return String(row);
      if (isNull(column, row)) return 'NULL';
      const number = cellNumber(table, column, row);
      return secret ? secretValue(type, number, other) : openValue(type, number);
    });
    return `(${cells.join(', ')})`;
  });
  return `INSERT INTO ${name} VALUES ${rows.join(',\n  ')};`;
}

const policyFor = (tables: readonly Table[]): string => `version: 1
data:
  world:
${tables
  .map(({ name, columns }) => {
    const marked = columns.filter(({ secret }) => secret).map((column) => `${column.name}: [s]`);
    return marked.length === 0 ? '' : `    public.${name}: { columns: { ${marked.join(', ')} } }\n`;
  })
  .join('')}rules:
  - { id: secrets, on: { tags: [s] }, do: { mask: redact }, inference: deny }
  - { id: changes, on: { does: [WRITE, FUNCTION, DDL, ROLE] }, do: block }
`;

interface View extends Table {
  readonly sql: string;
}

/** Views that pass columns on: renamed, computed, joined, nested, in a union, counted, and kept. */
function viewsOver(choices: Choices, first: Table, second: Table, parted: Table, other: Table): readonly View[] {
  const renamed = first.columns.map((column, index) => ({ ...column, name: `r${index}` }));
  const computed = second.columns.map((column, index) => ({ ...column, type: 'text' as const, name: `f${index}` }));
  const counted = parted.columns.find(({ type, name }) => ORDERED.includes(type) && name !== 'id') ?? COMMON[1];
  const joined = [...first.columns, ...other.columns.map((column) => ({ ...column, name: `o_${column.name}` }))];
  const named = (table: Table, alias: string, prefix: string): string =>
    table.columns.map(({ name }) => `${alias}.${name} AS ${prefix}${name}`).join(', ');
  const texts = second.columns.map(({ name }, index) => `coalesce((${name})::text, '-') || '!' AS f${index}`);
  const kept = { name: 'kept', columns: parted.columns };
  const security = choices.chance(50) ? ' WITH (security_barrier)' : '';
  return [
    {
      ...{ name: 'renamed', columns: renamed },
      sql: `CREATE VIEW renamed (${renamed.map(({ name }) => name).join(', ')})${security} AS SELECT * FROM t0;`,
    },
    { name: 'computed', columns: computed, sql: `CREATE VIEW computed AS SELECT ${texts.join(', ')} FROM t1;` },
    {
      ...{ name: 'joined', columns: joined },
      sql: `CREATE VIEW joined AS SELECT ${named(first, 'a', '')}, ${named(other, 'b', 'o_')} FROM t0 a LEFT JOIN t4 b ON a.k = b.k LIMIT 9;`,
    },
    {
      ...{ name: 'nested', columns: computed.slice(0, 4) },
      sql: 'CREATE VIEW nested AS SELECT f0, f1, f2, f3 FROM (SELECT * FROM computed) q WHERE f0 IS NOT NULL;',
    },
    {
      ...{ name: 'united', columns: [{ name: 'f', type: 'text', secret: true }] },
      sql: 'CREATE VIEW united AS SELECT f3 AS f FROM computed UNION ALL SELECT f2 FROM nested;',
    },
    {
      ...{ name: 'counted', columns: [COMMON[1] as Column, { ...counted, name: 'most' } as Column] },
      sql: `CREATE VIEW counted AS SELECT k, (array_agg(${counted?.name} ORDER BY id))[1] AS most FROM t2 GROUP BY k;`,
    },
    { ...kept, sql: 'CREATE MATERIALIZED VIEW kept AS SELECT * FROM t2;' },
  ];
}
