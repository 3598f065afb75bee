import type { AlterTableCmd, AlterTableStmt, AlterTableType, RangeVar } from '@pgsql/types';
import { commandOn } from './object-words.ts';
import { definition, type StatementReaders } from './statement-readers.ts';
import {
  columnParts,
  expressionParts,
  joinParts,
  type Parts,
  partsOfBound,
  partsOfColumn,
  partsOfConstraint,
  partsOfParents,
  rowParts,
} from './table-elements.ts';
import { presenceIf, relationsOf } from './tree-nodes.ts';
import type { UtilityStatement } from './utility-statement.ts';

/** ALTER TABLE and what shares its grammar: views, indexes, sequences, foreign tables, composite types. */
export const ALTER_TABLE_STATEMENTS: StatementReaders<'AlterTableStmt' | 'AlterTableMoveAllStmt'> = {
  AlterTableStmt: readAlterTable,
  AlterTableMoveAllStmt: ({ objtype }) => definition(commandOn('ALTER', objtype)),
};

function readAlterTable({ relation, cmds = [], objtype, missing_ok }: AlterTableStmt): UtilityStatement {
  const commands = cmds.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  const strange = commands.filter(({ subtype }) => subtype === undefined || !KNOWN.has(subtype));
  const target = { relations: relationsOf('write', [relation], presenceIf(missing_ok)), expressions: [] };
  return definition(commandOn('ALTER', objtype), {
    ...joinParts([target, ...commands.map((command) => partsOfCommand(command, relation))]),
    unproven: strange.map(({ subtype = 'of no kind' }) => `ALTER TABLE command ${subtype}`),
  });
}

function partsOfCommand({ subtype, name, def }: AlterTableCmd, relation: RangeVar | undefined): Parts {
  if (subtype === 'AT_SetNotNull') return columnParts(name, relation);
  if (def === undefined) return joinParts([]);
  if (subtype === 'AT_ColumnDefault') return expressionParts('default', def, relation, name);
  if (subtype === 'AT_SetExpression') return expressionParts('generated', def, relation, name);
  if ('Constraint' in def) return partsOfConstraint(def.Constraint, relation, name);
  if ('RangeVar' in def)
    return joinParts([partsOfParents([def]), ...(subtype === 'AT_DropInherit' ? [rowParts(relation)] : [])]);
  if ('PartitionCmd' in def) {
    const attached = { relations: relationsOf('write', [def.PartitionCmd.name]), expressions: [] };
    // Attaching checks its rows; once detached, it no longer has what is known of its parent's columns.
    const rows = rowParts(def.PartitionCmd.name);
    return joinParts([attached, rows, partsOfBound(def.PartitionCmd.bound)]);
  }
  if (!('ColumnDef' in def)) return joinParts([]);
  if (subtype !== 'AT_AlterColumnType') return partsOfColumn(def.ColumnDef, relation);
  return joinParts([columnParts(name, relation), expressionParts('using', def.ColumnDef.raw_default, relation, name)]);
}

/** What the grammar makes; the rest of AlterTableType is the server's own. */
const KNOWN: ReadonlySet<AlterTableType> = new Set<AlterTableType>([
  'AT_AddColumn',
  'AT_ColumnDefault',
  'AT_DropNotNull',
  'AT_SetNotNull',
  'AT_SetExpression',
  'AT_DropExpression',
  'AT_SetStatistics',
  'AT_SetOptions',
  'AT_ResetOptions',
  'AT_SetStorage',
  'AT_SetCompression',
  'AT_DropColumn',
  'AT_AddConstraint',
  'AT_AlterConstraint',
  'AT_ValidateConstraint',
  'AT_DropConstraint',
  'AT_AlterColumnType',
  'AT_AlterColumnGenericOptions',
  'AT_ChangeOwner',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_DropOids',
  'AT_SetAccessMethod',
  'AT_SetTableSpace',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_EnableTrig',
  'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig',
  'AT_DisableTrig',
  'AT_EnableTrigAll',
  'AT_DisableTrigAll',
  'AT_EnableTrigUser',
  'AT_DisableTrigUser',
  'AT_EnableRule',
  'AT_EnableAlwaysRule',
  'AT_EnableReplicaRule',
  'AT_DisableRule',
  'AT_AddInherit',
  'AT_DropInherit',
  'AT_AddOf',
  'AT_DropOf',
  'AT_ReplicaIdentity',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
  'AT_GenericOptions',
  'AT_AttachPartition',
  'AT_DetachPartition',
  'AT_DetachPartitionFinalize',
  'AT_AddIdentity',
  'AT_SetIdentity',
  'AT_DropIdentity',
]);
