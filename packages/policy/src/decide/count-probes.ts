import type { ConstantComparison, Probes } from '@bailiwick/domain';
import { columnLabel } from '../bind/bound-data-map.ts';
import type { StatementScope } from './statement-scope.ts';

/**
 * Counts the constants that columns are compared with which this reader sees masked and may guess at one by one. Where
 * rules allow any inference guesses are free, and where they deny it there are none.
 */
export function countProbes(scopes: readonly StatementScope[]): Probes {
  const running = scopes.filter(({ facts: { names } }) => names.prepares === undefined && names.fetches === undefined);
  const guesses = running.flatMap((scope) =>
    scope.facts.comparisons.flatMap((comparison) => {
      const columns = guessedAt(comparison, scope);
      return columns === null ? [] : [{ comparison, columns, executes: scope.facts.names.executes !== undefined }];
    }),
  );
  return {
    constants: guesses.reduce((sum, { comparison }) => sum + comparison.constants, 0),
    arrays: guesses.flatMap(({ comparison, executes }) => (executes ? [] : comparison.arrays)),
    // The parameters of a statement that SQL prepared are whatever expressions EXECUTE gives.
    unseen: guesses.some(({ comparison, executes }) => executes && comparison.arrays.length > 0),
    columns: [...new Set(guesses.flatMap(({ columns }) => columns))].sort(),
  };
}

/** The columns whose masked values a comparison guesses at; null: none. One that was not traced may be any. */
function guessedAt({ columns }: ConstantComparison, scope: StatementScope): readonly string[] | null {
  if (columns === null) return scope.ground.hasDataMap ? [] : null;
  const masked = columns
    .flatMap(({ table, attnum }) => scope.columns(table.oid, attnum))
    .filter((column) => {
      const verdict = scope.verdict(column);
      return verdict.masked && verdict.inference === 'equality';
    });
  return masked.length === 0 ? null : masked.map(columnLabel);
}
