import { type StatementReaders, utility } from './statement-readers.ts';
import { relationsOf } from './tree-nodes.ts';

/** What keeps a database in shape: DDL, although the catalog stays as it is (SEMANTICS 7). */
export const MAINTENANCE_STATEMENTS: StatementReaders<'VacuumStmt' | 'ClusterStmt' | 'ReindexStmt' | 'CheckPointStmt'> =
  {
    VacuumStmt: ({ is_vacuumcmd, rels = [] }) => {
      const ranges = rels.map((node) => ('VacuumRelation' in node ? node.VacuumRelation.relation : null));
      return utility(is_vacuumcmd === true ? 'VACUUM' : 'ANALYZE', ['DDL'], {
        relations: relationsOf('write', ranges),
      });
    },
    ClusterStmt: ({ relation }) => utility('CLUSTER', ['DDL'], { relations: relationsOf('write', [relation]) }),
    ReindexStmt: ({ relation }) => utility('REINDEX', ['DDL'], { relations: relationsOf('write', [relation]) }),
    CheckPointStmt: () => utility('CHECKPOINT', ['DDL']),
  };
