import { definition, type StatementReaders, utility } from './statement-readers.ts';
import { rangesIn, relationsOf } from './tree-nodes.ts';

/** Who there is, and who may do what. */
export const ROLE_STATEMENTS: StatementReaders<
  | 'GrantStmt'
  | 'GrantRoleStmt'
  | 'AlterDefaultPrivilegesStmt'
  | 'CreateRoleStmt'
  | 'AlterRoleStmt'
  | 'DropRoleStmt'
  | 'DropOwnedStmt'
  | 'ReassignOwnedStmt'
  | 'CreateUserMappingStmt'
  | 'AlterUserMappingStmt'
  | 'DropUserMappingStmt'
> = {
  // Whole schemas (ALL TABLES IN SCHEMA) are not listed one by one: nothing is read or written.
  GrantStmt: ({ is_grant, objects }) =>
    utility(is_grant === true ? 'GRANT' : 'REVOKE', ['ROLE'], { relations: relationsOf('write', rangesIn(objects)) }),
  GrantRoleStmt: ({ is_grant }) => utility(is_grant === true ? 'GRANT ROLE' : 'REVOKE ROLE', ['ROLE']),
  AlterDefaultPrivilegesStmt: () => utility('ALTER DEFAULT PRIVILEGES', ['ROLE']),
  CreateRoleStmt: () => utility('CREATE ROLE', ['ROLE']),
  AlterRoleStmt: () => utility('ALTER ROLE', ['ROLE']),
  DropRoleStmt: () => utility('DROP ROLE', ['ROLE']),
  DropOwnedStmt: () => definition('DROP OWNED', { classes: ['DDL', 'ROLE'] }),
  ReassignOwnedStmt: () => definition('REASSIGN OWNED', { classes: ['DDL', 'ROLE'] }),
  CreateUserMappingStmt: () => utility('CREATE USER MAPPING', ['DDL', 'ROLE']),
  AlterUserMappingStmt: () => utility('ALTER USER MAPPING', ['DDL', 'ROLE']),
  DropUserMappingStmt: () => utility('DROP USER MAPPING', ['DDL', 'ROLE']),
};
