import type { StatementFacts, Unproven } from '@bailiwick/domain';
import type { StatementParts } from './analysis.ts';
import type { Environment } from './environment.ts';

/**
 * What the statements of one text have done to the names that those after them use. All of a text is understood before
 * any of it runs, so what cannot be told ahead makes the rest unproven.
 */
export class SessionOverlay {
  readonly environment: Environment;
  readonly #prepared = new Map<string, StatementFacts | null>();
  readonly #cursors = new Map<string, StatementFacts | null>();
  #preparedCleared = false;
  #cursorsCleared = false;
  #path = false;
  #catalog = false;

  constructor(outer: Environment) {
    this.environment = {
      ...outer,
      prepared: (name) => {
        const here = this.#prepared.get(name);
        return here === undefined && !this.#preparedCleared ? outer.prepared(name) : (here ?? undefined);
      },
      cursor: (name) => {
        const here = this.#cursors.get(name);
        return here === undefined && !this.#cursorsCleared ? outer.cursor(name) : (here ?? undefined);
      },
    };
  }

  /** Why this statement's names may mean something else by the time it runs. */
  doubts({ tables, functions, columns, outputs }: StatementParts): readonly Unproven[] {
    const names = tables.length > 0 || columns.length > 0 || functions.length > 0;
    const doubts: Unproven[] = [];
    if (this.#path && (names || outputs === null)) {
      doubts.push(doubt('the search_path changes earlier in the same text: send the statements one by one'));
    }
    if (this.#catalog && (tables.length > 0 || columns.length > 0)) {
      doubts.push(doubt('definitions change earlier in the same text: send the statements one by one'));
    }
    return doubts;
  }

  /** Notes what a statement leaves to those after it. */
  apply({ names, settings, changesCatalog }: StatementFacts): void {
    if (names.prepares !== undefined) this.#prepared.set(names.prepares.name, names.prepares.facts);
    if (names.declares !== undefined) this.#cursors.set(names.declares.name, names.declares.facts);
    if (names.deallocates !== undefined)
      this.#preparedCleared = drop(this.#prepared, names.deallocates.name) || this.#preparedCleared;
    if (names.closes !== undefined)
      this.#cursorsCleared = drop(this.#cursors, names.closes.name) || this.#cursorsCleared;
    if (settings.some(({ name, certain }) => name === 'search_path' || (!certain && name === ''))) this.#path = true;
    if (changesCatalog) this.#catalog = true;
  }
}

const doubt = (reason: string): Unproven => ({ kind: 'construct', reason, offset: -1 });

/** Drops a name, or all of them; true when all are gone. */
function drop(names: Map<string, StatementFacts | null>, name: string | null): boolean {
  if (name !== null) {
    names.set(name, null);
    return false;
  }
  names.clear();
  return true;
}
