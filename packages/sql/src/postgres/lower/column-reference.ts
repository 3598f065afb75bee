import type { ColumnRef } from '@pgsql/types';
import { unknown } from '../../query-form/build.ts';
import type { Expression, WholeRow } from '../../query-form/expression.ts';
import type { Output } from '../../query-form/query.ts';
import { callOnRow } from './calls.ts';
import { type Lowering, strings } from './lowering.ts';
import { type Found, findColumn, findInItem, findItem, itemOutputs, type Scope, type ScopeItem } from './scope.ts';

/** Columns that every stored row has beside its own (heap.c, SysAtt). */
const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']);

/** The row of an item as one value. */
export const wholeRow = ({ catalog }: Lowering, { relation }: ScopeItem, offset: number): WholeRow => ({
  kind: 'whole-row',
  relation,
  type: relation.kind === 'table' ? (catalog.type(relation.table.schema, relation.table.name)?.oid ?? 0) : 0,
  offset,
});

/** A system column of an item that has them, where the name is one. */
function systemColumn(item: ScopeItem, name: string, offset: number): Expression | undefined {
  const { relation } = item;
  if (relation.kind !== 'table' || !SYSTEM_COLUMNS.has(name)) return undefined;
  return { kind: 'system-column', relation, name, type: 0, offset };
}

/** A column reference as transformColumnRef resolves it: column, then whole row, then function of the row. */
export function lowerColumnReference(lowering: Lowering, node: ColumnRef, scope: Scope): Expression {
  const fields = node.fields ?? [];
  const offset = node.location ?? -1;
  const names = strings(fields);
  const last = fields.at(-1);
  if (last !== undefined && 'A_Star' in last) {
    const item = starItem(lowering, names, scope);
    return item === undefined ? notFound(lowering, [...names, '*'], offset) : wholeRow(lowering, item, offset);
  }
  if (names.length === 1) return unqualified(lowering, names[0] ?? '', scope, offset);
  return qualified(lowering, names, scope, offset);
}

function unqualified(lowering: Lowering, name: string, scope: Scope, offset: number): Expression {
  const found = findColumn(scope, name, offset);
  if (found.kind === 'found') return found.value;
  if (found.kind === 'none') {
    const system = systemColumnInScope(scope, name, offset);
    if (system !== undefined) return system;
    const item = findItem(scope, null, name);
    if (item.kind === 'found') return wholeRow(lowering, item.value, offset);
  }
  return unresolved(lowering, found, [name], offset);
}

function systemColumnInScope(scope: Scope, name: string, offset: number): Expression | undefined {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    for (const item of level.items) {
      const system = item.columnsVisible ? systemColumn(item, name, offset) : undefined;
      if (system !== undefined) return system;
    }
  }
  return undefined;
}

function qualified(lowering: Lowering, names: readonly string[], scope: Scope, offset: number): Expression {
  const name = names.at(-1) ?? '';
  const item = itemNamed(lowering, names.slice(0, -1), scope);
  if (item === undefined) return notFound(lowering, names, offset);
  const found = findInItem(item, name, offset);
  if (found.kind === 'found') return found.value;
  if (found.kind !== 'none') return unresolved(lowering, found, names, offset);
  return systemColumn(item, name, offset) ?? callOnRow(lowering, name, wholeRow(lowering, item, offset), offset);
}

/** The item that `relation`, `schema.relation` or `database.schema.relation` names. */
function itemNamed(lowering: Lowering, names: readonly string[], scope: Scope): ScopeItem | undefined {
  const [relation, schema, database] = names.toReversed();
  if (relation === undefined || names.length > 3) return undefined;
  if (database !== undefined && database !== lowering.catalog.database) return undefined;
  const found = findItem(scope, schema ?? null, relation);
  return found.kind === 'found' ? found.value : undefined;
}

const starItem = (lowering: Lowering, names: readonly string[], scope: Scope): ScopeItem | undefined =>
  names.length === 0 ? undefined : itemNamed(lowering, names, scope);

/** What `*` or `item.*` stands for in a select list; `open` says why that is not exactly known. */
export interface Star {
  readonly outputs: readonly Output[];
  readonly open: string | null;
}

/** Expands `*` (names empty) or `names.*`. */
export function expandStar(lowering: Lowering, names: readonly string[], scope: Scope, offset: number): Star {
  if (names.length === 0) {
    const items = scope.items.filter((item) => item.columnsVisible);
    return {
      outputs: items.flatMap(itemOutputs),
      open: items.find((item) => item.relation.open !== null)?.relation.open ?? null,
    };
  }
  const item = itemNamed(lowering, names, scope);
  if (item !== undefined) return { outputs: itemOutputs(item), open: item.relation.open };
  notFound(lowering, [...names, '*'], offset);
  return { outputs: [], open: `${names.join('.')}.* is not in scope` };
}

function unresolved(lowering: Lowering, found: Found<unknown>, names: readonly string[], offset: number): Expression {
  if (found.kind === 'open') return unknown(found.reason, [], offset);
  if (found.kind !== 'ambiguous') return notFound(lowering, names, offset);
  const reason = `the name ${names.join('.')} is ambiguous`;
  lowering.note('column', reason, offset);
  return unknown(reason, [], offset);
}

function notFound(lowering: Lowering, names: readonly string[], offset: number): Expression {
  const reason = `no column ${names.join('.')} is known here`;
  lowering.note('column', reason, offset);
  return unknown(reason, [], offset);
}
