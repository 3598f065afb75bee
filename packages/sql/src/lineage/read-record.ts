import type { ColumnPlace, ColumnRef, ColumnUse, FunctionUse, TableRef, TableUse } from '@bailiwick/domain';
import type { Call, Expression } from '../query-form/expression.ts';
import type { WriteQuery } from '../query-form/query.ts';
import { type ComparedConstants, constantsCompared } from './compared-constants.ts';

/** A column compared with constants, and how many. */
export interface ComparedColumn extends ComparedConstants {
  readonly column: Expression;
}

/** Everything that reading a statement has come upon, each thing once. */
export class ReadRecord {
  /** By name, the unsafe reading of a name kept over the safe one. */
  readonly functions: Map<string, FunctionUse> = new Map();
  readonly calls: Call[] = [];
  readonly writes: WriteQuery[] = [];
  /** Columns compared with constants, each comparison once however often its value is asked for. */
  readonly comparisons: Map<Call, ComparedColumn> = new Map();
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

  /** Notes that a column is compared with the other operands, all of them constants. */
  addComparison(call: Call, column: Expression): void {
    if (!this.comparisons.has(call)) this.comparisons.set(call, { column, ...constantsCompared(call, column) });
  }

  /** Notes functions that run. */
  addFunctions(uses: readonly FunctionUse[]): void {
    for (const use of uses) {
      const known = this.functions.get(use.name);
      if (known === undefined || (known.safe && !use.safe)) this.functions.set(use.name, use);
    }
  }
}
