import type { AlterPolicyStmt, Node, RangeVar } from '@pgsql/types';
import { definition, type StatementReaders } from './statement-readers.ts';
import { columnParts, expressionParts, joinParts, type Parts, partsOfKeys } from './table-elements.ts';
import { rangesIn, relationsOf } from './tree-nodes.ts';

/**
 * What hangs on a table: indexes, statistics, policies, triggers, rules. Conditions of triggers are not listed: they
 * see rows of later writes, as the functions that they guard do.
 */
export const TABLE_PART_STATEMENTS: StatementReaders<
  | 'IndexStmt'
  | 'CreateStatsStmt'
  | 'AlterStatsStmt'
  | 'CreatePolicyStmt'
  | 'AlterPolicyStmt'
  | 'CreateTrigStmt'
  | 'RuleStmt'
> = {
  IndexStmt: ({ relation, indexParams, whereClause, unique }) =>
    definition(
      'CREATE INDEX',
      joinParts([
        tablePart(relation),
        partsOfKeys('index', indexParams, relation),
        expressionParts('index', whereClause, relation),
        ...(unique === true ? namesOfKeys(indexParams).map((name) => columnParts(name, relation)) : []),
      ]),
    ),
  CreateStatsStmt: ({ relations, exprs }) => {
    const ranges = rangesIn(relations);
    const { expressions } = partsOfKeys('index', exprs, ranges[0]);
    return definition('CREATE STATISTICS', { relations: relationsOf('write', ranges), expressions });
  },
  AlterStatsStmt: () => definition('ALTER STATISTICS'),
  CreatePolicyStmt: (policy) => definition('CREATE POLICY', partsOfPolicy(policy)),
  AlterPolicyStmt: (policy) => definition('ALTER POLICY', partsOfPolicy(policy)),
  CreateTrigStmt: ({ relation, constrrel }) =>
    definition('CREATE TRIGGER', {
      relations: [...relationsOf('write', [relation]), ...relationsOf('read', [constrrel])],
    }),
  RuleStmt: ({ relation }) =>
    definition('CREATE RULE', {
      relations: relationsOf('write', [relation]),
      unproven: ['a rule turns later statements into others'],
    }),
};

const tablePart = (table: RangeVar | undefined): Parts => ({
  relations: relationsOf('write', [table]),
  expressions: [],
});

const partsOfPolicy = ({ table, qual, with_check }: AlterPolicyStmt): Parts =>
  joinParts([tablePart(table), expressionParts('policy', qual, table), expressionParts('policy', with_check, table)]);

/** The columns among the keys of an index. */
const namesOfKeys = (keys: readonly Node[] | undefined): readonly (string | undefined)[] =>
  (keys ?? []).map((key) => ('IndexElem' in key ? key.IndexElem.name : undefined));
