import type { Expression, Query } from '@bailiwick/sql';
import type { Construct } from './constructs.ts';

/** What the analysis of this process forgets at the moment. */
export const forgotten: { construct: Construct | null } = { construct: null };

/** The methods of a lowering that its constructs nest through. */
interface Lowering {
  expression(node: object, scope: unknown): Expression;
  select(node: object, scope: unknown): Query;
  query(node: object, scope: unknown): Query;
}
/** `createLowering` of `packages/sql/src/postgres/lower/create-lowering.ts`, as far as this needs it. */
export type CreateLowering = (names: { readonly viewDepth: number }) => { readonly lowering: Lowering };

/**
 * The lowering of `@bailiwick/sql` with a memory that fails. All families of constructs nest through its three methods,
 * which makes them the one place where every construct passes. Views stay as they are: what is understood of them is kept.
 */
export function forgetfulLowering(create: CreateLowering): CreateLowering {
  return (names) => {
    const made = create(names);
    const { construct } = forgotten;
    if (construct === null || names.viewDepth > 0) return made;
    const { lowering } = made;
    const { expression, select, query } = lowering;
    const forget = construct.expression;
    if (forget !== undefined)
      lowering.expression = (node, scope) => forget(Object.keys(node)[0] ?? '', expression(node, scope));
    const forgetQuery = construct.query;
    if (forgetQuery !== undefined) {
      lowering.select = (node, scope) => forgetQuery(select(node, scope));
      lowering.query = (node, scope) => forgetQuery(query(node, scope));
    }
    return made;
  };
}
