import type { StatementFacts } from '@bailiwick/domain';
import type { UnderstandingContext } from '../understand.ts';
import { UnparsedError } from '../understand.ts';

/**
 * What each statement in a text does, in order. Synchronous once `loadPostgresParser` has resolved; an empty text
 * gives no statements. Throws `UnparsedError` for text that is not SQL, is too large or nests too deep.
 */
export function understandPostgres(_sql: string, _context: UnderstandingContext): readonly StatementFacts[] {
  throw new UnparsedError('statement understanding is not there yet', -1);
}
