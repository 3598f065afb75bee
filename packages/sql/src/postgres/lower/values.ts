import type { Node } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { Output, ValuesQuery } from '../../query-form/query.ts';
import { expressions, type Lowering } from './lowering.ts';
import type { Scope } from './scope.ts';
import { TYPES } from './type-names.ts';

/** VALUES (…), (…): column1, column2, …, each the value of any row. */
export function lowerValues(lowering: Lowering, lists: readonly Node[], scope: Scope): ValuesQuery {
  const rows = lists.map((node) => ('List' in node ? expressions(lowering, node.List.items, scope) : []));
  const outputs = (rows[0] ?? []).map((_, index): Output => {
    const parts = rows.flatMap((row) => row.slice(index, index + 1));
    const type = parts.find((part) => part.type !== TYPES.unknown)?.type ?? TYPES.text;
    const [only] = parts;
    const expression =
      parts.length === 1 && only !== undefined
        ? only
        : ({ kind: 'merged', rule: 'any', parts, type, offset: -1 } as const);
    return { name: `column${index + 1}`, expression };
  });
  return { ...emptyQuery, kind: 'values', rows, outputs };
}
