import type { StatementFacts } from '@bailiwick/domain';
import type { SessionFlow } from '@bailiwick/postgres';
import type { SessionNames } from '../datasource/facts-cache.ts';
import type { Request } from './request.ts';
import type { NamedValue } from './statement-plan.ts';
import { UndecidedName } from './undecided-name.ts';

/** A statement that executes another which executes another …: no driver goes deeper, and a circle never ends. */
const EXECUTE_DEPTH_MAX = 4;

/** What the prepared statements and cursors of a session do, for texts that execute and fetch them by name. */
export class NamedFacts implements SessionNames {
  readonly #flow: SessionFlow<Request, NamedValue>;
  readonly #understand: (sql: string) => readonly StatementFacts[];
  #depth = 0;

  /** @param understand what SQL means in the session now. */
  constructor(flow: SessionFlow<Request, NamedValue>, understand: (sql: string) => readonly StatementFacts[]) {
    this.#flow = flow;
    this.#understand = understand;
  }

  /** Throws `UndecidedName`. Undefined: nobody knows. */
  prepared(name: string): StatementFacts | undefined {
    const value = this.#find('statement', name);
    if (value?.kind !== 'statement' || value.uncertain || value.local !== null) return undefined;
    if (this.#depth >= EXECUTE_DEPTH_MAX) return undefined;
    this.#depth++;
    try {
      const facts = this.#understand(value.sql)[0];
      return value.origin === 'sql' ? facts?.names.prepares?.facts : facts;
    } finally {
      this.#depth--;
    }
  }

  /** Throws `UndecidedName`. Undefined: nobody knows. */
  cursor(name: string): StatementFacts | undefined {
    const value = this.#find('portal', name);
    return value?.kind === 'portal' && !value.uncertain ? (value.facts ?? undefined) : undefined;
  }

  #find(what: 'statement' | 'portal', name: string): NamedValue | undefined {
    if (this.#flow.undecided(what, name)) throw new UndecidedName();
    return this.#flow.find(what, name);
  }
}
