import type { Node, RangeVar } from '@pgsql/types';
import { definition, type StatementReaders } from './statement-readers.ts';
import { expressionParts, joinParts, type Parts } from './table-elements.ts';
import { relationsOf } from './tree-nodes.ts';

const LEAVES = 'a publication lets rows leave by replication';

/** Publications and subscriptions: rows come and go where no statement is judged. */
export const REPLICATION_STATEMENTS: StatementReaders<
  | 'CreatePublicationStmt'
  | 'AlterPublicationStmt'
  | 'CreateSubscriptionStmt'
  | 'AlterSubscriptionStmt'
  | 'DropSubscriptionStmt'
> = {
  CreatePublicationStmt: ({ pubobjects }) =>
    definition('CREATE PUBLICATION', { ...partsOfObjects(pubobjects), unproven: [LEAVES] }),
  AlterPublicationStmt: ({ pubobjects }) =>
    definition('ALTER PUBLICATION', { ...partsOfObjects(pubobjects), unproven: [LEAVES] }),
  CreateSubscriptionStmt: () => definition('CREATE SUBSCRIPTION', { classes: ['DDL', 'WRITE'] }),
  AlterSubscriptionStmt: () => definition('ALTER SUBSCRIPTION', { classes: ['DDL', 'WRITE'] }),
  DropSubscriptionStmt: () => definition('DROP SUBSCRIPTION'),
};

function partsOfObjects(objects: readonly Node[] | undefined): Parts {
  return joinParts(
    (objects ?? []).map((object) => {
      const table = 'PublicationObjSpec' in object ? object.PublicationObjSpec.pubtable : undefined;
      const range: RangeVar | undefined = table?.relation;
      return joinParts([
        { relations: relationsOf('read', [range]), expressions: [] },
        expressionParts('filter', table?.whereClause, range),
      ]);
    }),
  );
}
