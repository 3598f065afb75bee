import type { StatementFacts } from '@bailiwick/domain';
import type { RawStmt } from '@pgsql/types';
import type { UnderstandingContext } from '../understand.ts';
import { UnparsedError } from '../understand.ts';
import type { StatementParts } from './analysis.ts';
import { environmentOf } from './environment.ts';
import { normalisePostgres, parsePostgres } from './parser.ts';
import { withoutEstimates } from './plan-estimates.ts';
import { SessionOverlay } from './session-overlay.ts';
import { statementParts } from './statement-parts.ts';

/**
 * What each statement in a text does, in order. Synchronous once `loadPostgresParser` has resolved; an empty text
 * gives no statements. Throws `UnparsedError` for text that is not SQL, is too large or nests too deep.
 */
export function understandPostgres(sql: string, context: UnderstandingContext): readonly StatementFacts[] {
  const statements = parsePostgres(sql).stmts ?? [];
  const bytes = Buffer.from(sql);
  const overlay = new SessionOverlay(environmentOf(context));
  return statements.map((statement) => {
    const parts = partsOf(statement, overlay);
    const start = statement.stmt_location ?? 0;
    const end = statement.stmt_len === undefined ? bytes.length : start + statement.stmt_len;
    const text = statements.length === 1 ? sql : bytes.toString('utf8', start, end);
    const facts = placed(parts, start, end, normalisePostgres(text));
    overlay.apply(facts);
    if (statement.stmt === undefined || !('ExplainStmt' in statement.stmt)) return facts;
    const own = bytes.toString('utf8', start, end);
    return { ...facts, withoutEstimates: withoutEstimates(statement.stmt.ExplainStmt, own, start) };
  });
}

function partsOf({ stmt }: RawStmt, overlay: SessionOverlay): StatementParts {
  if (stmt === undefined) throw new UnparsedError('a statement without content', -1);
  try {
    const parts = statementParts(stmt, overlay.environment);
    return { ...parts, unproven: [...parts.unproven, ...overlay.doubts(parts)] };
  } catch (error) {
    // Deep nesting that slipped past the parser's own bounds: refused like any other that is too deep.
    if (error instanceof RangeError) throw new UnparsedError('the statement nests too deep', -1);
    throw error;
  }
}

/** The facts with their place in the text; those of a statement prepared or declared by it share it. */
function placed(parts: StatementParts, start: number, end: number, normalisedSql: string): StatementFacts {
  const place = { dialect: 'postgres', start, end, withoutEstimates: null, normalisedSql } as const;
  const { prepares, declares } = parts.names;
  const names = {
    ...parts.names,
    ...(prepares === undefined ? {} : { prepares: { ...prepares, facts: { ...prepares.facts, ...place } } }),
    ...(declares === undefined ? {} : { declares: { ...declares, facts: { ...declares.facts, ...place } } }),
  };
  return { ...parts, names, ...place };
}
