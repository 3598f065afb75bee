import type { ReturningClause } from '@pgsql/types';
import type { WriteQuery } from '../../query-form/query.ts';
import type { Lowering } from './lowering.ts';
import { childScope, findItem, type Scope, type ScopeItem } from './scope.ts';
import { lowerTargets } from './targets.ts';

/** The rows that RETURNING may name: before and after the write, and what else is in scope in the order of `*`. */
export interface ReturningRows {
  readonly before: ScopeItem;
  readonly after: ScopeItem;
  readonly items: readonly ScopeItem[];
}

/** RETURNING, with `old` and `new` (or the names that WITH gives them) unless the statement uses those names already. */
export function lowerReturning(
  lowering: Lowering,
  node: ReturningClause | undefined,
  { before, after, items }: ReturningRows,
  scope: Scope,
): Pick<WriteQuery, 'outputs' | 'open' | 'returning'> {
  if (node === undefined) return { outputs: [], open: null, returning: false };
  const plain = childScope(scope.parent, items, scope.ctes);
  const names = { RETURNING_OPTION_OLD: 'old', RETURNING_OPTION_NEW: 'new' };
  for (const option of node.options ?? []) {
    if ('ReturningOption' in option && option.ReturningOption.option !== undefined) {
      names[option.ReturningOption.option] = option.ReturningOption.value ?? '';
    }
  }
  const extra = [
    { ...before, name: names.RETURNING_OPTION_OLD },
    { ...after, name: names.RETURNING_OPTION_NEW },
  ].filter(({ name }) => findItem({ ...plain, parent: null }, null, name).kind === 'none');
  const hidden = extra.map(
    (item): ScopeItem => ({ ...item, schema: null, columnsVisible: false, relationVisible: true }),
  );
  const { outputs, open } = lowerTargets(lowering, node.exprs, { ...plain, items: [...items, ...hidden] });
  return { outputs, open, returning: true };
}
