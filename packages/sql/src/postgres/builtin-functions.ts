import { CATALOG_FUNCTIONS, PURE_FUNCTIONS, STATE_FUNCTIONS } from './builtin-functions.generated.ts';

/**
 * How far a function of pg_catalog or information_schema may be trusted (SEMANTICS 8).
 * `pure`: computed from its arguments (and the clock or a random source), nothing else. `catalog`: reads definitions,
 * names, privileges, settings. `state`: anything else: it changes or reveals the state of a session or of the server, sleeps,
 * locks, reads files or large objects, runs SQL text or reads a table by name. Safe are `pure` and `catalog`.
 *
 * `current_setting` is `catalog`: drivers call it when they connect, and SHOW tells any login the same.
 * `pure` functions over values of user-defined types may run what belongs to those types (a cast to json, the CHECK of
 * a domain, the `=` of an element type): whoever judges a call looks at its types too.
 */
export type BuiltinSafety = 'pure' | 'catalog' | 'state';

const SAFETY: ReadonlyMap<string, BuiltinSafety> = new Map([
  ...tagged(PURE_FUNCTIONS, 'pure'),
  ...tagged(CATALOG_FUNCTIONS, 'catalog'),
  ...tagged(STATE_FUNCTIONS, 'state'),
]);

/**
 * The reviewed class of a name, the least safe of all its overloads; undefined: not reviewed (newer than PostgreSQL 18,
 * or not the server's own), so not safe. Says nothing about a function that somebody added under the same name.
 */
export function builtinSafety(name: string): BuiltinSafety | undefined {
  return SAFETY.get(name);
}

function tagged(names: string, safety: BuiltinSafety): readonly (readonly [string, BuiltinSafety])[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, safety] as const);
}
