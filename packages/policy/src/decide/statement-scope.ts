import type { StatementClass, StatementFacts } from '@bailiwick/domain';
import type { BoundColumn, BoundDataMap, BoundRelation } from '../bind/bound-data-map.ts';
import { STATEMENT_CLASSES } from '../conditions/condition.ts';
import type { Jurisdictions } from '../regions/jurisdictions.ts';
import type { Defaults, Rule } from '../rules/rule.ts';
import { type ColumnVerdict, judgeColumn } from './column-verdict.ts';
import type { Reader } from './reader.ts';
import { ClassContext } from './rule-voice.ts';
import { factTables, type TouchedData, touchedData } from './touched-data.ts';

/** What a decision is made with: one datasource's part of a policy. */
export interface DecisionGround {
  readonly regions: Jurisdictions;
  /** Rules that apply to the datasource, in the order of the files. */
  readonly rules: readonly Rule[];
  readonly defaults: Defaults;
  /** Null: the catalog is not known. */
  readonly map: BoundDataMap | null;
  readonly hasDataMap: boolean;
  /** The datasource's own region, canonical. */
  readonly home: string;
}

/** One statement while it is judged. */
export class StatementScope {
  readonly facts: StatementFacts;
  readonly ground: DecisionGround;
  readonly reader: Reader;
  readonly touched: TouchedData;
  /** One per class; never empty. */
  readonly contexts: readonly ClassContext[];
  readonly #verdicts = new Map<BoundColumn, ColumnVerdict>();

  constructor(facts: StatementFacts, ground: DecisionGround, reader: Reader) {
    this.facts = facts;
    this.ground = ground;
    this.reader = reader;
    this.touched = touchedData(facts, ground.map);
    const names = { tables: factTables(facts), tags: this.touched.tags };
    this.contexts = classesOf(facts).map((name) => new ClassContext(reader, ground.regions, name, names));
  }

  /** What this statement may do with a column. */
  verdict(column: BoundColumn): ColumnVerdict {
    const known = this.#verdicts.get(column);
    if (known !== undefined) return known;
    const verdict = judgeColumn(column, this.contexts, this.ground);
    this.#verdicts.set(column, verdict);
    return verdict;
  }

  /** The columns behind a reference; empty for what the catalog does not have: `touched.strangers` speaks of those. */
  columns(oid: number, attnum: number): readonly BoundColumn[] {
    return this.ground.map?.resolve(oid, attnum) ?? [];
  }

  /** Whether a relation has a column that this reader sees masked. */
  hides(relation: BoundRelation): boolean {
    const columns = this.ground.map?.columns(relation).values() ?? [];
    return [...columns].some((column) => this.verdict(column).masked);
  }
}

/**
 * The classes to judge: as the facts say, and also FUNCTION wherever something unsafe is called and READ wherever data
 * comes back, so that `UPDATE … RETURNING` is no way around a rule about reading. No class means all.
 */
function classesOf(facts: StatementFacts): readonly StatementClass[] {
  const { classes, functions, outputs, outputsUnknown, unproven } = facts;
  const unsafe = functions.some((called) => !called.safe) || unproven.some(({ kind }) => kind === 'function');
  const returns = (outputs ?? []).some(({ lineage }) => lineage.kind === 'unknown' || lineage.sources.length > 0);
  const all = new Set(classes);
  if (unsafe) all.add('FUNCTION');
  if (returns || outputsUnknown) all.add('READ');
  return classes.length === 0 ? STATEMENT_CLASSES : [...all];
}
