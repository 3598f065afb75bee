import type { CreateTableAsStmt, Node } from '@pgsql/types';
import { definition, type StatementReaders, utility } from './statement-readers.ts';
import { namesIn, relationsOf } from './tree-nodes.ts';
import type { UtilityInner, UtilityStatement } from './utility-statement.ts';

/** Relations made of a query. SELECT … INTO is a query, and not here. */
export const VIEW_STATEMENTS: StatementReaders<'CreateTableAsStmt' | 'ViewStmt' | 'RefreshMatViewStmt'> = {
  CreateTableAsStmt: readCreateTableAs,
  ViewStmt: ({ view, query, aliases }) =>
    definition('CREATE VIEW', {
      relations: relationsOf('write', [view], 'optional'),
      inner:
        query === undefined
          ? []
          : [{ node: query, as: 'create-view', ...(view && { target: view }), ...columns(aliases) }],
    }),
  // Its query runs again, as its owner; what it reads was judged when it was made, and its tags are joined to it.
  RefreshMatViewStmt: ({ relation }) =>
    utility('REFRESH MATERIALIZED VIEW', ['DDL', 'WRITE'], { relations: relationsOf('write', [relation]) }),
};

function readCreateTableAs({ query, into, objtype }: CreateTableAsStmt): UtilityStatement {
  const materialized = objtype === 'OBJECT_MATVIEW';
  const target = into?.rel;
  return definition(materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS', {
    classes: ['DDL', 'WRITE'],
    relations: relationsOf('write', [target], 'optional'),
    inner:
      query === undefined
        ? []
        : [
            {
              node: query,
              as: materialized ? 'create-materialized-view' : 'create-table-as',
              ...(target && { target }),
              ...columns(into?.colNames),
            },
          ],
  });
}

const columns = (names: readonly Node[] | undefined): Pick<UtilityInner, 'columns'> =>
  names === undefined || names.length === 0 ? {} : { columns: namesIn(names) };
