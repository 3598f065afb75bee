import type { Refusal, StatementFacts } from '@bailiwick/domain';
import { UNPROVEN_RULE } from './output-treatments.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

/** Where there is a data map, a statement whose tables cannot be told is refused; so is everything without a catalog. */
export function refuseUnproven(scope: StatementScope): Refusal | null {
  const { facts, ground, touched } = scope;
  if (!ground.hasDataMap) return null;
  if (ground.map === null) return isFreeOfTables(facts) ? null : catalogUnavailable(scope);
  // A column that a known table does not have is the client's mistake, which the server explains better than we could.
  // Should the table have got it a moment ago, its value is of unknown origin and becomes a constant.
  const reasons = facts.unproven.filter(({ kind }) => kind !== 'function' && kind !== 'column');
  if (reasons.length > 0) {
    return refusal(
      'unproven',
      UNPROVEN_RULE,
      `${verb(scope)} was not run because what it reads is not proven: ${listed(reasons.map(({ reason }) => reason))}`,
      hintFor(facts),
    );
  }
  if (touched.strangers.length > 0) {
    return refusal(
      'unproven',
      UNPROVEN_RULE,
      `${verb(scope)} was not run because the catalog does not know ${listed(touched.strangers)}`,
      'check the name; a table made a moment ago is known once its transaction has committed and the catalog is read again',
    );
  }
  const foreign = touched.relations.filter((relation) => relation.foreign);
  if (foreign.length === 0) return null;
  return refusal(
    'unproven',
    UNPROVEN_RULE,
    `${verb(scope)} was not run because the rows of ${listed(foreign.map(({ label }) => label))} come from another server, and the policy does not say what they hold`,
    'rephrasing will not help; where they may be read, the policy lists the table under data, with the tags that it has',
  );
}

function hintFor(facts: StatementFacts): string {
  const names = facts.unproven.some(({ kind }) => kind === 'relation' || kind === 'column' || kind === 'name');
  return names
    ? 'check the name; a table made a moment ago is known once its transaction has committed and the catalog is read again'
    : 'name the tables and columns directly, in a plain SELECT, INSERT, UPDATE or DELETE';
}

const catalogUnavailable = (scope: StatementScope): Refusal =>
  refusal(
    'catalog-unavailable',
    'defaults.catalog',
    `${verb(scope)} was not run because the catalog of the database is not known, and tables here hold regulated data`,
    'try again in a moment; rephrasing will not help',
  );

/** Whether a statement provably reads and writes no table, without a catalog to ask. */
function isFreeOfTables(facts: StatementFacts): boolean {
  const outputsFree = facts.outputs?.every(({ lineage }) => lineage.kind === 'derived' && lineage.sources.length === 0);
  return (
    facts.tables.length === 0 &&
    facts.columns.length === 0 &&
    facts.flows.length === 0 &&
    facts.unproven.length === 0 &&
    !facts.outputsUnknown &&
    (outputsFree ?? true) &&
    facts.functions.every((called) => called.builtin && called.safe) &&
    facts.classes.every((name) => name === 'READ' || name === 'MISC') &&
    facts.names.fetches === undefined
  );
}
