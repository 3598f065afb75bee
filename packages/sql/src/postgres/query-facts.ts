import type { ColumnPlace, StatementClass } from '@bailiwick/domain';
import type { Node, SelectStmt } from '@pgsql/types';
import type { WriteQuery } from '../query-form/query.ts';
import { Analysis, type StatementParts } from './analysis.ts';
import { callsEachOnce, doubtful } from './doubtful-settings.ts';
import type { Environment } from './environment.ts';
import { EMPTY_SCOPE } from './lower/scope.ts';
import { withSettingNamed } from './named-setting.ts';
import { newTableParts } from './new-table.ts';

const COMMANDS: Readonly<Record<string, string>> = {
  SelectStmt: 'SELECT',
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
};

/** Whether a statement is one of those that lower into the query form. */
export const isQuery = (node: Node): boolean => Object.hasOwn(COMMANDS, Object.keys(node)[0] ?? '');

/** The facts of SELECT, VALUES, INSERT, UPDATE, DELETE and MERGE, whose outputs go to `place`. */
export function queryParts(node: Node, environment: Environment, place: ColumnPlace = 'output'): StatementParts {
  const parts = partsOf(node, environment, place);
  return callsEachOnce(node) ? parts : { ...parts, settings: doubtful(parts.settings) };
}

function partsOf(node: Node, environment: Environment, place: ColumnPlace): StatementParts {
  const into = 'SelectStmt' in node ? intoOf(node.SelectStmt) : undefined;
  if (into?.rel !== undefined) return newTableParts(node, into.rel, 'SELECT INTO', environment);
  const analysis = new Analysis(environment);
  const query = withSettingNamed(analysis.lowering.query(node, EMPTY_SCOPE));
  analysis.reader.readQuery(query, place);
  const command = COMMANDS[Object.keys(node)[0] ?? ''] ?? 'SELECT';
  if (query.kind !== 'write') {
    return analysis.parts(command, ['READ'], { outputs: analysis.outputs(query), outputsUnknown: query.open !== null });
  }
  const outputs = query.returning ? analysis.outputs(query) : null;
  return analysis.parts(command, writeClasses(query, analysis), {
    outputs,
    outputsUnknown: query.returning && outputs === null,
  });
}

/** A write that takes values or conditions from other tables reads as well. */
function writeClasses({ targetName }: WriteQuery, { reader }: Analysis): readonly StatementClass[] {
  const own = `${targetName.schema}.${targetName.name}`;
  const readsOthers = reader.tables.some(
    ({ access, table }) => access === 'read' && `${table.schema}.${table.name}` !== own,
  );
  return readsOthers ? ['WRITE', 'READ'] : ['WRITE'];
}

/** INTO stands in the first SELECT of a set operation. */
function intoOf(select: SelectStmt): SelectStmt['intoClause'] {
  let first: SelectStmt | undefined = select;
  while (first !== undefined) {
    if (first.intoClause !== undefined) return first.intoClause;
    first = first.larg;
  }
  return undefined;
}
