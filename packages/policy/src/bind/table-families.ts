import type { Catalog } from '@bailiwick/sql';

/** Groups the oids of relations that are joined by inheritance or partitioning. Relations without kin are in none. */
export function tableFamilies(catalog: Catalog): readonly (readonly number[])[] {
  const leader = new Map<number, number>();
  const find = (oid: number): number => {
    const above = leader.get(oid) ?? oid;
    if (above === oid) return oid;
    const root = find(above);
    leader.set(oid, root);
    return root;
  };
  for (const relation of catalog.relations()) {
    for (const parent of relation.parents) {
      for (const oid of [relation.oid, parent]) if (!leader.has(oid)) leader.set(oid, oid);
      leader.set(find(relation.oid), find(parent));
    }
  }
  const families = new Map<number, number[]>();
  for (const oid of leader.keys()) {
    const family = families.get(find(oid)) ?? [];
    family.push(oid);
    families.set(find(oid), family);
  }
  return [...families.values()];
}
