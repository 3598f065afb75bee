import type { Place } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';

/** Everywhere that the rows of a relation, by oid, may belong. */
export type RelationRegions = (oid: number) => readonly Place[];

/**
 * A relation's own region as mapped, else its parents', else the datasource's; and those of everything that inherits
 * from it, because reading a parent reads its children.
 */
export function relationRegions(
  catalog: Catalog,
  explicit: ReadonlyMap<number, readonly Place[]>,
  home: Place,
): RelationRegions {
  if (explicit.size === 0) return () => [home];
  const children = new Map<number, number[]>();
  for (const relation of catalog.relations()) {
    for (const parent of relation.parents) {
      const siblings = children.get(parent) ?? [];
      siblings.push(relation.oid);
      children.set(parent, siblings);
    }
  }
  const above = (oid: number, seen: ReadonlySet<number>): readonly Place[] => {
    const own = explicit.get(oid);
    if (own !== undefined) return own;
    const parents = (catalog.relationByOid(oid)?.parents ?? []).filter((parent) => !seen.has(parent));
    const inherited = parents.flatMap((parent) => above(parent, new Set([...seen, oid])));
    return inherited.length > 0 ? inherited : [home];
  };
  const below = (oid: number, seen: ReadonlySet<number>): readonly Place[] =>
    (children.get(oid) ?? [])
      .filter((child) => !seen.has(child))
      .flatMap((child) => [...(explicit.get(child) ?? []), ...below(child, new Set([...seen, oid]))]);
  return (oid) => [...new Set([...above(oid, new Set()), ...below(oid, new Set())])];
}
