import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { ColumnOrigin, TableRelation, ViewDefinition } from '../../query-form/relation.ts';
import { UnparsedError } from '../../understand.ts';
import { parsePostgres } from '../parser.ts';
import { createLowering, type LoweringNotes } from './create-lowering.ts';
import type { Lowering } from './lowering.ts';
import { childScope, EMPTY_SCOPE, scopeItem } from './scope.ts';

/** Views within views before their columns count as unknown. */
const VIEW_DEPTH_MAX = 32;

/** A definition is written under an empty search_path: only pg_catalog is implied. */
const DEFINITION_PATH = ['pg_catalog'] as const;

const definitionLowering = ({ catalog, viewDepth }: Lowering): { lowering: Lowering; notes: LoweringNotes } =>
  createLowering({ catalog, path: DEFINITION_PATH, viewDepth: viewDepth + 1, temporaryRelations: new Set() });

/**
 * The columns of a view or materialized view as outputs of its query. One that cannot be understood, or whose width
 * differs from what the catalog says, has unknown columns. A materialized view holds copies: same lineage.
 */
export function lowerView(
  outer: Lowering,
  relation: CatalogRelation,
  plain: TableRelation['origins'],
): Pick<TableRelation, 'origins' | 'definition'> {
  const definition = lowerDefinition(outer, relation);
  const { query, failure } = definition;
  const origins = relation.columns.map((_, index): ColumnOrigin => {
    const sensitive = plain[index];
    if (sensitive?.kind === 'unknown') return sensitive;
    const output = query?.outputs[index];
    if (failure === null && output !== undefined) return { kind: 'computed', expression: output.expression };
    return { kind: 'unknown', reason: failure ?? `the definition of ${relation.name} has no such column` };
  });
  return { origins, definition };
}

function lowerDefinition(outer: Lowering, relation: CatalogRelation): ViewDefinition {
  const { name, schema, columns, definition } = relation;
  const materialized = relation.kind === 'materialized-view';
  const failed = (why: string): ViewDefinition => ({
    query: null,
    failure: `the definition of ${schema}.${name} is not understood: ${why}`,
    materialized,
  });
  if (outer.viewDepth >= VIEW_DEPTH_MAX) return failed('views nest too deep');
  try {
    const [statement, ...others] = parsePostgres(definition ?? '').stmts ?? [];
    if (statement?.stmt === undefined || others.length > 0) return failed('it is not one query');
    const { lowering, notes } = definitionLowering(outer);
    const query = lowering.query(statement.stmt, EMPTY_SCOPE);
    const problem = notes.unproven[0]?.reason ?? query.open;
    if (problem !== null) return { ...failed(problem), query };
    return query.outputs.length === columns.length
      ? { query, failure: null, materialized }
      : failed('its columns differ');
  } catch (error) {
    if (error instanceof UnparsedError) return failed('it does not parse');
    throw error;
  }
}

/** The expression of a generated column, over the stored columns of its table. */
export function lowerGenerated(outer: Lowering, table: TableRelation, expression: string): ColumnOrigin {
  const failed: ColumnOrigin = {
    kind: 'unknown',
    reason: `a generated column of ${table.table.name} is not understood`,
  };
  try {
    const statement = parsePostgres(`SELECT (${expression})`).stmts?.[0]?.stmt;
    const target =
      statement !== undefined && 'SelectStmt' in statement ? statement.SelectStmt.targetList?.[0] : undefined;
    const node = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (node === undefined) return failed;
    const { lowering, notes } = definitionLowering(outer);
    const lowered = lowering.expression(node, childScope(null, [scopeItem(table, table.table.name)]));
    return notes.unproven.length > 0 ? failed : { kind: 'computed', expression: lowered };
  } catch (error) {
    if (error instanceof UnparsedError) return failed;
    throw error;
  }
}
