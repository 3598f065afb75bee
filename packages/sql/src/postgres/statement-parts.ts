import type { Node } from '@pgsql/types';
import type { StatementParts } from './analysis.ts';
import type { Environment } from './environment.ts';
import { isQuery, queryParts } from './query-facts.ts';
import { readUtility } from './utility/read-utility.ts';
import { utilityParts } from './utility-facts.ts';

/** The facts of one statement of the parse tree, but for its place in the text. */
export function statementParts(node: Node, environment: Environment): StatementParts {
  if (isQuery(node)) return queryParts(node, environment);
  const utility = readUtility(node);
  if (utility !== null) return utilityParts(utility, environment);
  return queryParts(node, environment);
}
