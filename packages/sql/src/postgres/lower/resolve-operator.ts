import type { FunctionUse } from '@bailiwick/domain';
import type { Node } from '@pgsql/types';
import type { CatalogFunction, CatalogOperator } from '../../catalog/catalog.ts';
import { agreed, type Candidate, leastStable, narrow } from './candidates.ts';
import { type Lowering, strings } from './lowering.ts';
import { remembered } from './resolution-cache.ts';
import { TYPES } from './type-names.ts';

/** What an operator symbol means. */
export interface ResolvedOperator {
  /** Empty for a safe one; what may run otherwise. */
  readonly uses: readonly FunctionUse[];
  /** Only PostgreSQL's own, hstore's and citext's: those of which fallible.ts knows when they fail. */
  readonly reviewed: boolean;
  readonly type: number;
}

type OperatorCandidate = CatalogOperator & Candidate;

/**
 * What an operator may run for operands of these types (0: not known; `left` null for a prefix operator). PostgreSQL's own are
 * safe. So are operators whose function is written in C or is PostgreSQL's own: only a superuser can make one, and those of extensions (hstore,
 * citext, pg_trgm …) compute from their operands alone. Anything else that the symbol may mean makes it unsafe.
 */
export function resolveOperator(
  lowering: Lowering,
  name: readonly Node[] | string,
  left: number | null,
  right: number,
): ResolvedOperator {
  const parts = typeof name === 'string' ? [name] : strings(name);
  const key = JSON.stringify([lowering.path, parts, left, right]);
  const resolved = remembered(lowering.catalog, 'operator', key, () => resolve(lowering, parts, left, right));
  if (resolved !== undefined) return resolved;
  lowering.note('function', `the catalog has no operator ${parts.join('.')} for these operands`);
  return {
    uses: [{ name: parts.join('.'), builtin: false, safe: false, volatility: 'unknown' }],
    reviewed: false,
    type: 0,
  };
}

function resolve(
  lowering: Lowering,
  parts: readonly string[],
  left: number | null,
  right: number,
): ResolvedOperator | undefined {
  const symbol = parts.at(-1) ?? '';
  const schema = parts.length > 1 ? (parts.at(-2) ?? null) : null;
  const { catalog } = lowering;
  const schemas = schema === null ? lowering.path.filter((candidate) => candidate !== 'pg_temp') : [schema];
  const reachable = schemas
    .flatMap((candidate) => catalog.operators(candidate, symbol))
    .filter((operator) => (operator.left === 0) === (left === null))
    .map((operator): OperatorCandidate => {
      const parameters = left === null ? [operator.right] : [operator.left, operator.right];
      return { ...operator, parameters, variadic: false };
    });
  const candidates = narrow(catalog, reachable, left === null ? [right] : sameAsOther(left, right));
  const chosen =
    candidates.length > 0 ? candidates : narrow(catalog, reachable, left === null ? [right] : [left, right]);
  if (chosen.length === 0) return undefined;
  const types = chosen.map(({ functionOid }) => catalog.functionByOid(functionOid)?.returnType ?? 0);
  const unsafe = chosen.filter((candidate) => !isSafe(lowering, candidate));
  const reviewed = chosen.every((candidate) => candidate.builtin || isReviewed(lowering, candidate));
  return { uses: unsafe.map((candidate) => unsafeUse(lowering, candidate)), reviewed, type: agreed(types) };
}

/** A literal takes the type of the other operand. */
function sameAsOther(left: number, right: number): readonly number[] {
  if (left === TYPES.unknown && right !== 0) return [right, right];
  return right === TYPES.unknown && left !== 0 ? [left, left] : [left, right];
}

const isReviewed = ({ catalog }: Lowering, { functionOid }: OperatorCandidate): boolean =>
  ['hstore', 'citext'].includes(catalog.functionByOid(functionOid)?.extension ?? '');

const isSafe = ({ catalog }: Lowering, { builtin, functionOid }: OperatorCandidate): boolean =>
  builtin || isFromSuperuser(catalog.functionByOid(functionOid));

/** PostgreSQL's own code, or C: nobody but a superuser can make a function of it. */
export const isFromSuperuser = (definition: CatalogFunction | undefined): boolean =>
  definition?.builtin === true || definition?.language === 'c' || definition?.language === 'internal';

function unsafeUse({ catalog }: Lowering, { schema, name, functionOid }: OperatorCandidate): FunctionUse {
  const volatility = leastStable([catalog.functionByOid(functionOid)?.volatility ?? 'unknown']);
  return { name: `${schema}.${name}`, builtin: false, safe: false, volatility };
}
