import type { FunctionUse } from '@bailiwick/domain';
import type { CollateClause, TypeCast } from '@pgsql/types';
import type { CatalogType } from '../../catalog/catalog.ts';
import { isConstant } from '../../lineage/condition.ts';
import { call } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import { mayCastFail } from './fallible.ts';
import { type Lowering, strings } from './lowering.ts';
import { isFromSuperuser } from './resolve-operator.ts';
import type { Scope } from './scope.ts';
import { isBuiltinType, lookUpType, TYPES, underDomains } from './type-names.ts';

/** `value::type` and `CAST(value AS type)`. */
export function lowerCast(lowering: Lowering, node: TypeCast, scope: Scope): Expression {
  const operand = node.arg === undefined ? undefined : lowering.expression(node.arg, scope);
  const offset = node.location ?? -1;
  const type = lookUpType(lowering, node.typeName);
  const operands = operand === undefined ? [] : [operand];
  const limited = (node.typeName?.typmods?.length ?? 0) > 0;
  if (operand !== undefined && type !== undefined) return lowerCastTo(lowering, operand, type, offset, limited);
  const name = strings(node.typeName?.names).join('.');
  lowering.note('function', `the type ${name} is not known`, offset);
  return call(operands, { syntax: 'cast', uses: [castUse(name)], offset });
}

/** A cast to a type of the catalog; `limited` by a length or a precision. */
export function lowerCastTo(
  lowering: Lowering,
  operand: Expression,
  type: CatalogType,
  offset: number,
  limited = false,
): Expression {
  const uses = isSafeCast(lowering, operand, type) ? [] : [castUse(`${type.schema}.${type.name}`)];
  // The server reads a literal before anything runs, but checks what a domain demands where it is computed.
  const read = operand.kind === 'constant' && !isDomain(lowering, type);
  const fails = uses.length > 0 || (!read && mayCastFail(lowering.catalog, operand, type.oid, limited));
  return call([operand], { syntax: 'cast', uses, type: type.oid, offset, fallible: fails ? [operand] : [] });
}

const isDomain = ({ catalog }: Lowering, { oid }: CatalogType): boolean =>
  catalog.typeByOid(elementOf(catalog, oid))?.kind === 'domain';

const castUse = (name: string): FunctionUse => ({
  name: `cast to ${name}`,
  builtin: false,
  safe: false,
  volatility: 'unknown',
});

/** Strings, to and from which the server casts by the types' own input and output functions. */
const isString = (oid: number): boolean => STRINGS.has(oid);
const STRINGS: ReadonlySet<number> = new Set([TYPES.text, TYPES.name, TYPES.unknown, 1042, 1043]);

/**
 * Whether a cast runs nothing but PostgreSQL's own code, or C, which only a superuser can bring in. A literal goes through
 * the type's input function, which is C. Between PostgreSQL's own types nobody else can define a cast. What pg_cast does
 * not list goes through output and input, and only to or from strings.
 */
function isSafeCast({ catalog }: Lowering, operand: Expression, target: CatalogType): boolean {
  if (isConstant(operand) || operand.kind === 'whole-row') return true;
  const source = operand.type === TYPES.unknown ? undefined : underDomains(catalog, elementOf(catalog, operand.type));
  const goal = underDomains(catalog, elementOf(catalog, target.oid));
  if (goal === undefined) return false;
  const builtinGoal = isBuiltinType(catalog, goal.oid);
  if (source === undefined) return builtinGoal || goal.kind === 'composite' || goal.kind === 'enum';
  const builtinSource = isBuiltinType(catalog, source.oid);
  if (source.oid === goal.oid || (builtinSource && builtinGoal)) return true;
  if (source.kind === 'composite' && goal.kind === 'composite') return true;
  const cast = catalog.cast(source.oid, goal.oid);
  if (cast === undefined) return isString(goal.oid) || isString(source.oid);
  return cast.functionOid === 0 || isFromSuperuser(catalog.functionByOid(cast.functionOid));
}

const elementOf = (catalog: Lowering['catalog'], oid: number): number => catalog.typeByOid(oid)?.elementOid || oid;

/** `value COLLATE name`: another order, the same characters, but no longer the plain column. */
export function lowerCollate(lowering: Lowering, node: CollateClause, scope: Scope): Expression {
  const operand = node.arg === undefined ? undefined : lowering.expression(node.arg, scope);
  const details = { type: operand?.type ?? 0, offset: node.location ?? -1, fallible: [] };
  return call(operand === undefined ? [] : [operand], details);
}
