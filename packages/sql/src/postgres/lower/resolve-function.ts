import type { FunctionUse } from '@bailiwick/domain';
import type { CatalogFunction } from '../../catalog/catalog.ts';
import { builtinSafety } from '../builtin-functions.ts';
import { isPureExtensionFunction } from '../extension-functions.ts';
import { agreed, type Candidate, leastStable, narrow } from './candidates.ts';
import type { Lowering } from './lowering.ts';
import { resultType } from './polymorphic.ts';
import { remembered } from './resolution-cache.ts';

/** What a function name means in a call. */
export interface ResolvedFunction {
  readonly use: FunctionUse;
  /** The functions that may be called; empty where the catalog knows none. */
  readonly candidates: readonly CatalogFunction[];
  /** Result type, 0 where it is not known. */
  readonly type: number;
  readonly returnsSet: boolean;
  readonly aggregate: boolean;
}

type FunctionCandidate = CatalogFunction & Candidate;

/** Functions of that name along the path, or in the named schema, that take so many arguments. */
function reachable(lowering: Lowering, schema: string | null, name: string, count: number): FunctionCandidate[] {
  const schemas = schema === null ? lowering.path.filter((candidate) => candidate !== 'pg_temp') : [schema];
  return schemas
    .flatMap((candidate) => lowering.catalog.functions(candidate, name))
    .filter(({ argumentTypes, defaultsCount, variadic, kind }) => {
      const max = variadic || isOrderedSetHelper(kind, argumentTypes) ? Number.POSITIVE_INFINITY : argumentTypes.length;
      return count <= max && count >= argumentTypes.length - defaultsCount - (variadic ? 1 : 0);
    })
    .map((candidate) => ({ ...candidate, parameters: candidate.argumentTypes }));
}

const ANY = 2276;

/** `count("any")`, `rank("any")`: the polymorphic aggregates take any number where they are VARIADIC "any". */
const isOrderedSetHelper = (kind: CatalogFunction['kind'], types: readonly number[]): boolean =>
  kind === 'aggregate' && types.at(-1) === ANY;

/**
 * What calling `schema.name` with arguments of these types (0: not known) may run. Safe only if every function that it
 * may mean was reviewed as safe: PostgreSQL's own, and those of well-known extensions (SEMANTICS 8). Undefined: the catalog has no such function.
 */
export function resolveFunction(
  lowering: Lowering,
  schema: string | null,
  name: string,
  types: readonly number[],
): ResolvedFunction | undefined {
  const key = JSON.stringify([lowering.path, schema, name, types]);
  return remembered(lowering.catalog, 'function', key, () => resolve(lowering, schema, name, types));
}

function isSafe(candidate: CatalogFunction): boolean {
  if (!candidate.builtin) return isPureExtensionFunction(candidate);
  const safety = builtinSafety(candidate.name);
  return safety === 'pure' || safety === 'catalog';
}

function resolve(
  lowering: Lowering,
  schema: string | null,
  name: string,
  types: readonly number[],
): ResolvedFunction | undefined {
  const candidates = narrow(lowering.catalog, reachable(lowering, schema, name, types.length), types);
  const first = candidates.find((candidate) => !candidate.builtin) ?? candidates[0];
  if (first === undefined) return undefined;
  const builtin = candidates.every((candidate) => candidate.builtin);
  return {
    use: {
      name: `${first.schema}.${name}`,
      builtin,
      safe: candidates.every(isSafe),
      volatility: leastStable(candidates.map((candidate) => candidate.volatility)),
    },
    candidates,
    type: agreed(candidates.map((candidate) => resultType(lowering.catalog, candidate, types))),
    returnsSet: candidates.some((candidate) => candidate.returnsSet),
    aggregate: candidates.some(({ kind }) => kind === 'aggregate' || kind === 'window'),
  };
}
