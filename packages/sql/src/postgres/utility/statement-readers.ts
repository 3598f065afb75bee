import type { StatementClass } from '@bailiwick/domain';
import type { Node } from '@pgsql/types';
import type { UtilityStatement } from './utility-statement.ts';

type NameOf<N> = N extends unknown ? Extract<keyof N, string> : never;

/** Every node of the parse tree that the grammar calls a statement. */
export type StatementName = Extract<NameOf<Node>, `${string}Stmt`>;

/** Statements that are lowered into the query form. */
export type QueryName = 'SelectStmt' | 'InsertStmt' | 'UpdateStmt' | 'DeleteStmt' | 'MergeStmt';

/** Nodes called statements that only stand inside of others, or that only the server itself makes. */
export type NestedName = 'RawStmt' | 'SetOperationStmt' | 'ReturnStmt' | 'PLAssignStmt' | 'ReplicaIdentityStmt';

export type UtilityName = Exclude<StatementName, QueryName | NestedName>;

type Fields<Name extends StatementName> = Extract<Node, Record<Name, unknown>>[Name &
  keyof Extract<Node, Record<Name, unknown>>];

/** One reader for each of the named nodes: leaving one out, or adding a stranger, does not compile. */
export type StatementReaders<Names extends UtilityName> = {
  readonly [Name in Names]: (statement: Fields<Name>) => UtilityStatement;
};

/** A utility statement that does nothing beyond its command and classes, but for what `more` says. */
export function utility(
  command: string,
  classes: readonly StatementClass[],
  more: Partial<UtilityStatement> = {},
): UtilityStatement {
  return {
    command,
    classes,
    settings: [],
    transaction: null,
    copy: null,
    copyColumns: null,
    changesCatalog: false,
    rows: 'none',
    relations: [],
    renames: [],
    inner: [],
    expressions: [],
    names: {},
    procedure: null,
    runsUnknownCode: false,
    flowTarget: null,
    unproven: [],
    ...more,
  };
}

/** DDL that changes the catalog. */
export function definition(command: string, more: Partial<UtilityStatement> = {}): UtilityStatement {
  return utility(command, ['DDL'], { changesCatalog: true, ...more });
}
