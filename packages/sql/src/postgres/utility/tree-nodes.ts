import type { Node, RangeVar } from '@pgsql/types';
import type { UtilityRelation } from './utility-statement.ts';

/** The contents of those nodes that are of one kind. */
export function rangesIn(nodes: readonly Node[] | undefined): readonly RangeVar[] {
  return (nodes ?? []).flatMap((node) => ('RangeVar' in node ? [node.RangeVar] : []));
}

/** The texts of String nodes, also inside of one List. */
export function namesIn(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => {
    if ('String' in node) return [node.String.sval ?? ''];
    return 'List' in node ? namesIn(node.List.items) : [];
  });
}

/** A relation as the grammar would have made it of a dotted name; null for a name with none or too many parts. */
export function rangeOf(names: readonly string[]): RangeVar | null {
  const [relname, schemaname, catalogname, tooMany] = names.toReversed();
  if (relname === undefined || tooMany !== undefined) return null;
  return {
    ...(catalogname === undefined ? {} : { catalogname }),
    ...(schemaname === undefined ? {} : { schemaname }),
    relname,
    inh: true,
    relpersistence: 'p',
  };
}

/** Relations that a statement reads or writes; those that the tree does not have are left out. */
export function relationsOf(
  access: UtilityRelation['access'],
  ranges: readonly (RangeVar | null | undefined)[],
  presence: UtilityRelation['presence'] = 'required',
): readonly UtilityRelation[] {
  return ranges.flatMap((range) => (range ? [{ range, access, presence }] : []));
}

/** `optional` for what IF EXISTS, IF NOT EXISTS or OR REPLACE allows to be absent. */
export const presenceIf = (mayBeMissing: boolean | undefined): UtilityRelation['presence'] =>
  mayBeMissing === true ? 'optional' : 'required';
