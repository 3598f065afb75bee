import type { StatementFacts } from '@bailiwick/domain';
import { type Catalog, understandPostgres } from '@bailiwick/sql';
import { forgotten } from './forgetting.ts';

interface SessionNames {
  prepared(name: string): StatementFacts | undefined;
  cursor(name: string): StatementFacts | undefined;
}

/** In place of the gateway's cache of facts: nothing is kept, and the facts are those of a memory that fails. */
export class ForgetfulFacts {
  understand(
    sql: string,
    catalog: Catalog | null,
    searchPath: readonly string[],
    { prepared, cursor }: SessionNames,
  ): readonly StatementFacts[] {
    const facts = understandPostgres(sql, { catalog, searchPath, prepared, cursor });
    const forget = forgotten.construct?.facts;
    return forget === undefined ? facts : facts.map(forget);
  }
}
