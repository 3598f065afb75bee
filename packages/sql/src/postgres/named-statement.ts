import type { StatementFacts, Unproven } from '@bailiwick/domain';
import type { Node } from '@pgsql/types';
import { countElements } from '../lineage/compared-constants.ts';
import type { StatementParts } from './analysis.ts';
import { doubtful } from './doubtful-settings.ts';
import type { Environment } from './environment.ts';
import { lowerConstant } from './lower/constants.ts';
import { merge } from './merge-parts.ts';
import type { UtilityStatement } from './utility/utility-statement.ts';

/** EXECUTE is what was prepared; FETCH and MOVE give what the cursor's query reads. */
export function namedParts(
  parts: StatementParts,
  { names, rows, expressions }: UtilityStatement,
  environment: Environment,
): StatementParts {
  if (names.executes !== undefined) {
    const facts = environment.prepared(names.executes);
    const texts = expressions.map(({ node }) => literalText(node));
    return executed(parts, names.executes, facts === undefined ? undefined : withArguments(facts, texts));
  }
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

/** Facts in which literal arguments have taken their parameters' place; others are computed when EXECUTE runs. */
function withArguments(facts: StatementFacts, texts: readonly (string | null)[]): StatementFacts {
  const textOf = (number: number): string | null => texts[number - 1] ?? null;
  return {
    ...facts,
    comparisons: facts.comparisons.map(({ columns, constants, arrays }) => ({
      columns,
      constants: arrays.reduce((sum, number) => sum + lengthOf(textOf(number)), constants),
      arrays: arrays.filter((number) => textOf(number) === null),
    })),
    given: facts.given.map(({ columns, literals, parameters }) => ({
      columns,
      literals: [...literals, ...parameters.map(textOf).filter((text) => text !== null)],
      parameters: [],
    })),
  };
}

const lengthOf = (array: string | null): number => (array === null ? 0 : countElements(array));

/** A literal, cast or not; null: something else. */
function literalText(node: Node): string | null {
  if ('TypeCast' in node) return node.TypeCast.arg === undefined ? null : literalText(node.TypeCast.arg);
  if (!('A_Const' in node)) return null;
  const constant = lowerConstant(node.A_Const);
  return constant.kind === 'constant' ? constant.value : null;
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
