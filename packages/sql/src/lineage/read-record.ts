import type { ColumnPlace, ColumnRef, ColumnUse, FunctionUse, TableRef, TableUse } from '@bailiwick/domain';
import type { Call } from '../query-form/expression.ts';
import type { WriteQuery } from '../query-form/query.ts';

/** Everything that reading a statement has come upon, each thing once. */
export class ReadRecord {
  /** By name, the unsafe reading of a name kept over the safe one. */
  readonly functions: Map<string, FunctionUse> = new Map();
  readonly calls: Call[] = [];
  readonly writes: WriteQuery[] = [];
  /** Rows are locked. */
  locks: boolean = false;
  /** Why columns that are not traced may hold other data, where such a column decides something. */
  readonly hidden: Set<string> = new Set();
  readonly #uses = new Map<string, ColumnUse>();
  readonly #tables = new Map<string, TableUse>();

  get columns(): readonly ColumnUse[] {
    return [...this.#uses.values()];
  }

  get tables(): readonly TableUse[] {
    return [...this.#tables.values()];
  }

  /** Notes a table that is read or written. */
  addTable(table: TableRef, access: TableUse['access']): void {
    this.#tables.set(`${access} ${table.schema}.${table.name}`, { table, access });
  }

  /** Notes a column in a place; the form counts for predicates and joins only. */
  addUse(column: ColumnRef, place: ColumnPlace, form: ColumnUse['form']): void {
    const effective = place === 'predicate' || place === 'join' ? form : 'other';
    const { schema, name } = column.table;
    const key = `${schema}.${name}.${column.name}.${place}.${effective}`;
    if (!this.#uses.has(key)) this.#uses.set(key, { column, place, form: effective });
  }

  /** Notes functions that run. */
  addFunctions(uses: readonly FunctionUse[]): void {
    for (const use of uses) {
      const known = this.functions.get(use.name);
      if (known === undefined || (known.safe && !use.safe)) this.functions.set(use.name, use);
    }
  }
}
