import type { StatementFacts } from '@bailiwick/domain';
import type { Catalog } from './catalog/catalog.ts';

/** What a session knows that changes the meaning of SQL text. */
export interface UnderstandingContext {
  /** Null while the catalog is not known: every name is then unproven. */
  readonly catalog: Catalog | null;
  /** Effective search_path: pg_temp and pg_catalog implied as the server implies them, `$user` replaced. */
  readonly searchPath: readonly string[];
  /** Names of temporary relations that the session made and `catalog` does not show: what they hold is not known. */
  readonly temporaryRelations?: ReadonlySet<string>;
  /** Facts of a statement prepared under this name by SQL or by the wire; undefined: not known here. */
  prepared(name: string): StatementFacts | undefined;
  /** Facts of the query behind a cursor or named portal. */
  cursor(name: string): StatementFacts | undefined;
}

/** SQL that could not be parsed. `message` is the parser's, without text of the statement beyond the token at fault. */
export class UnparsedError extends Error {
  /** Byte offset in the text, -1 where unknown. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'UnparsedError';
    this.offset = offset;
  }
}
