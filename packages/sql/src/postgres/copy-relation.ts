import type { OutputColumn } from '@bailiwick/domain';
import { emptySelect } from '../query-form/build.ts';
import type { Output } from '../query-form/query.ts';
import type { Analysis } from './analysis.ts';
import { columnNamed, relationNamed } from './lower/table-relation.ts';
import type { UtilityStatement } from './utility/utility-statement.ts';

/**
 * The columns of `COPY table (…) TO` in the order in which they leave: those named, or all but generated ones
 * (CopyGetAttnums). Null where the table or a column is not known.
 */
export function columnsOfRelation(
  { relations, copyColumns }: UtilityStatement,
  analysis: Analysis,
): readonly OutputColumn[] | null {
  const range = relations.find(({ access }) => access === 'read')?.range;
  const relation = range === undefined ? undefined : relationNamed(analysis.lowering, range);
  if (relation?.kind !== 'table') return null;
  const { catalog } = analysis.lowering;
  const stored = catalog
    .relationByOid(relation.table.oid)
    ?.columns.filter(({ generatedFrom }) => generatedFrom === null);
  const names = copyColumns ?? stored?.map(({ name }) => name) ?? [];
  const outputs = names.map((name): Output => ({ name, expression: columnNamed(relation, name) }));
  if (outputs.some(({ expression }) => expression.kind !== 'column')) {
    analysis.lowering.note('column', `a column of ${relation.table.name} is not known`);
    return null;
  }
  const query = { ...emptySelect, relations: [relation], outputs };
  analysis.reader.readQuery(query, 'output');
  return analysis.outputs(query);
}
