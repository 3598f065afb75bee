/**
 * How far a function of pg_catalog may be trusted. `pure`: computed from its arguments (and the clock or a random
 * source), nothing else. `catalog`: reads definitions only. `state`: anything else. Safe are `pure` and `catalog`.
 */
export type BuiltinSafety = 'pure' | 'catalog' | 'state';

/** The reviewed class of all overloads of a name in pg_catalog; undefined: not reviewed, so not safe. */
export function builtinSafety(_name: string): BuiltinSafety | undefined {
  return undefined;
}
