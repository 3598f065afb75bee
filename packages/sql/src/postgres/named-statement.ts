import type { StatementFacts, Unproven } from '@bailiwick/domain';
import type { StatementParts } from './analysis.ts';
import { doubtful } from './doubtful-settings.ts';
import type { Environment } from './environment.ts';
import { merge } from './merge-parts.ts';
import type { UtilityStatement } from './utility/utility-statement.ts';

/** EXECUTE is what was prepared; FETCH and MOVE give what the cursor's query reads. */
export function namedParts(
  parts: StatementParts,
  { names, rows }: UtilityStatement,
  environment: Environment,
): StatementParts {
  if (names.executes !== undefined) return executed(parts, names.executes, environment.prepared(names.executes));
  if (names.fetches !== undefined) {
    const known = fetched(parts, names.fetches, environment.cursor(names.fetches));
    return rows === 'cursor' ? known : { ...known, outputs: null, outputsUnknown: false };
  }
  return parts;
}

const notKnown = (what: string): Unproven => ({ kind: 'name', reason: `${what} is not known here`, offset: -1 });

function executed(parts: StatementParts, name: string, facts: StatementFacts | undefined): StatementParts {
  if (facts === undefined) {
    return {
      ...parts,
      classes: ['FUNCTION'],
      outputsUnknown: true,
      unproven: [...parts.unproven, notKnown(`the prepared statement ${name}`)],
    };
  }
  const { outputs, outputsUnknown, copy, transaction } = facts;
  return { ...merge(parts, facts), outputs, outputsUnknown, copy, transaction };
}

/** Functions of the query run as rows are fetched; its writes and settings were judged where it was declared, but are made here. */
function fetched(parts: StatementParts, name: string, facts: StatementFacts | undefined): StatementParts {
  if (facts === undefined) {
    return { ...parts, outputsUnknown: true, unproven: [...parts.unproven, notKnown(`the cursor ${name}`)] };
  }
  const classes = facts.classes.includes('FUNCTION') ? (['FUNCTION'] as const) : [];
  const { outputs, outputsUnknown } = facts;
  const settings = doubtful(facts.settings.filter(({ name }) => name === 'search_path'));
  const unknown = outputsUnknown || outputs === null;
  return { ...merge(parts, { ...facts, classes, flows: [], settings }), outputs, outputsUnknown: unknown };
}
