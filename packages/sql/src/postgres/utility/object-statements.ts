import type { DropStmt, RenameStmt } from '@pgsql/types';
import { commandOn, isRelation, relationOfObject } from './object-words.ts';
import { definition, type StatementReaders, utility } from './statement-readers.ts';
import { presenceIf, rangesIn, relationsOf } from './tree-nodes.ts';
import type { UtilityStatement } from './utility-statement.ts';

/** What is done to objects of any kind: DROP, RENAME, SET SCHEMA, OWNER TO, COMMENT, TRUNCATE. */
export const OBJECT_STATEMENTS: StatementReaders<
  | 'DropStmt'
  | 'TruncateStmt'
  | 'RenameStmt'
  | 'AlterObjectSchemaStmt'
  | 'AlterObjectDependsStmt'
  | 'AlterOwnerStmt'
  | 'CommentStmt'
  | 'SecLabelStmt'
  | 'AlterExtensionContentsStmt'
> = {
  DropStmt: readDrop,
  TruncateStmt: ({ relations }) =>
    utility('TRUNCATE TABLE', ['WRITE'], { relations: relationsOf('write', rangesIn(relations)) }),
  RenameStmt: readRename,
  AlterObjectSchemaStmt: ({ objectType, relation, newschema = '', missing_ok }) =>
    definition(commandOn('ALTER', objectType), {
      relations: relationsOf('write', [relation], presenceIf(missing_ok)),
      renames:
        relation !== undefined && isRelation(objectType) ? [{ range: relation, column: null, to: newschema }] : [],
    }),
  AlterObjectDependsStmt: ({ objectType, relation }) =>
    definition(commandOn('ALTER', objectType), { relations: relationsOf('write', [relation]) }),
  AlterOwnerStmt: ({ objectType, relation, object }) =>
    definition(commandOn('ALTER', objectType), {
      relations: relationsOf('write', [relation ?? relationOfObject(objectType, object)]),
    }),
  CommentStmt: ({ objtype, object }) =>
    utility('COMMENT', ['DDL'], { relations: relationsOf('write', [relationOfObject(objtype, object)]) }),
  SecLabelStmt: ({ objtype, object }) =>
    utility('SECURITY LABEL', ['DDL'], { relations: relationsOf('write', [relationOfObject(objtype, object)]) }),
  AlterExtensionContentsStmt: ({ objtype, object }) =>
    definition('ALTER EXTENSION', { relations: relationsOf('write', [relationOfObject(objtype, object)]) }),
};

function readDrop({ removeType, objects = [], missing_ok }: DropStmt): UtilityStatement {
  const ranges = objects.map((object) => relationOfObject(removeType, object));
  return definition(commandOn('DROP', removeType), {
    relations: relationsOf('write', ranges, presenceIf(missing_ok)),
  });
}

function readRename(rename: RenameStmt): UtilityStatement {
  const { renameType, relationType, relation, subname, newname = '', missing_ok } = rename;
  const ofColumn = renameType === 'OBJECT_COLUMN';
  const moves = relation !== undefined && (ofColumn || isRelation(renameType));
  return definition(commandOn('ALTER', ofColumn ? relationType : renameType), {
    classes: [renameType === 'OBJECT_ROLE' ? 'ROLE' : 'DDL'],
    relations: relationsOf('write', [relation ?? relationOfObject(renameType, rename.object)], presenceIf(missing_ok)),
    renames: moves ? [{ range: relation, column: ofColumn ? (subname ?? null) : null, to: newname }] : [],
    unproven: renameType === 'OBJECT_SCHEMA' ? ['every relation of a schema gets another name'] : [],
  });
}
