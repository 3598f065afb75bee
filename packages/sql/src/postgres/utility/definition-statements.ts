import type { CreatedbStmt, CreateFunctionStmt } from '@pgsql/types';
import { commandOn } from './object-words.ts';
import { definition, type StatementReaders } from './statement-readers.ts';
import type { UtilityExpression } from './utility-statement.ts';

/**
 * Definitions that compute nothing when they run and name no relation. What a function's body does is not looked at:
 * a call of a function that was not analysed is judged as such (SEMANTICS 8).
 */
export const DEFINITION_STATEMENTS: StatementReaders<
  | 'AlterCollationStmt'
  | 'AlterDatabaseRefreshCollStmt'
  | 'AlterDatabaseStmt'
  | 'AlterEnumStmt'
  | 'AlterEventTrigStmt'
  | 'AlterFdwStmt'
  | 'AlterForeignServerStmt'
  | 'AlterFunctionStmt'
  | 'AlterOpFamilyStmt'
  | 'AlterOperatorStmt'
  | 'AlterTSConfigurationStmt'
  | 'AlterTSDictionaryStmt'
  | 'AlterTableSpaceOptionsStmt'
  | 'AlterTypeStmt'
  | 'CreateAmStmt'
  | 'CreateCastStmt'
  | 'CreateConversionStmt'
  | 'CreateEnumStmt'
  | 'CreateEventTrigStmt'
  | 'CreateFdwStmt'
  | 'CreateForeignServerStmt'
  | 'CreateFunctionStmt'
  | 'CreateOpClassStmt'
  | 'CreateOpFamilyStmt'
  | 'CreatePLangStmt'
  | 'CreateRangeStmt'
  | 'CreateSchemaStmt'
  | 'CreateTableSpaceStmt'
  | 'CreateTransformStmt'
  | 'CreatedbStmt'
  | 'DefineStmt'
  | 'DropTableSpaceStmt'
  | 'DropdbStmt'
  | 'ImportForeignSchemaStmt'
> = {
  AlterCollationStmt: () => definition('ALTER COLLATION'),
  AlterDatabaseRefreshCollStmt: () => definition('ALTER DATABASE'),
  AlterDatabaseStmt: () => definition('ALTER DATABASE'),
  AlterEnumStmt: () => definition('ALTER TYPE'),
  AlterEventTrigStmt: () => definition('ALTER EVENT TRIGGER'),
  AlterFdwStmt: () => definition('ALTER FOREIGN DATA WRAPPER'),
  AlterForeignServerStmt: () => definition('ALTER SERVER'),
  AlterFunctionStmt: ({ objtype }) => definition(commandOn('ALTER', objtype)),
  AlterOpFamilyStmt: () => definition('ALTER OPERATOR FAMILY'),
  AlterOperatorStmt: () => definition('ALTER OPERATOR'),
  AlterTSConfigurationStmt: () => definition('ALTER TEXT SEARCH CONFIGURATION'),
  AlterTSDictionaryStmt: () => definition('ALTER TEXT SEARCH DICTIONARY'),
  AlterTableSpaceOptionsStmt: () => definition('ALTER TABLESPACE'),
  AlterTypeStmt: () => definition('ALTER TYPE'),
  CreateAmStmt: () => definition('CREATE ACCESS METHOD'),
  CreateCastStmt: () => definition('CREATE CAST'),
  CreateConversionStmt: () => definition('CREATE CONVERSION'),
  CreateEnumStmt: () => definition('CREATE TYPE'),
  CreateEventTrigStmt: () => definition('CREATE EVENT TRIGGER'),
  CreateFdwStmt: () => definition('CREATE FOREIGN DATA WRAPPER'),
  CreateForeignServerStmt: () => definition('CREATE SERVER'),
  CreateFunctionStmt: (create) =>
    definition(create.is_procedure === true ? 'CREATE PROCEDURE' : 'CREATE FUNCTION', {
      expressions: parameterDefaults(create),
    }),
  CreateOpClassStmt: () => definition('CREATE OPERATOR CLASS'),
  CreateOpFamilyStmt: () => definition('CREATE OPERATOR FAMILY'),
  CreatePLangStmt: () => definition('CREATE LANGUAGE'),
  CreateRangeStmt: () => definition('CREATE TYPE'),
  CreateSchemaStmt: ({ schemaElts = [] }) =>
    definition('CREATE SCHEMA', {
      unproven: schemaElts.length === 0 ? [] : ['CREATE SCHEMA with statements inside'],
    }),
  CreateTableSpaceStmt: () => definition('CREATE TABLESPACE'),
  CreateTransformStmt: () => definition('CREATE TRANSFORM'),
  CreatedbStmt: (create) =>
    definition('CREATE DATABASE', { unproven: hasTemplate(create) ? ['CREATE DATABASE copies a whole database'] : [] }),
  DefineStmt: ({ kind }) => definition(commandOn('CREATE', kind)),
  DropTableSpaceStmt: () => definition('DROP TABLESPACE'),
  DropdbStmt: () => definition('DROP DATABASE'),
  ImportForeignSchemaStmt: () => definition('IMPORT FOREIGN SCHEMA'),
};

const hasTemplate = ({ options = [] }: CreatedbStmt): boolean =>
  options.some((option) => 'DefElem' in option && option.DefElem.defname === 'template');

function parameterDefaults({ parameters = [] }: CreateFunctionStmt): readonly UtilityExpression[] {
  return parameters.flatMap((node) => {
    const value = 'FunctionParameter' in node ? node.FunctionParameter.defexpr : undefined;
    return value === undefined ? [] : [{ node: value, place: 'parameter-default' }];
  });
}
