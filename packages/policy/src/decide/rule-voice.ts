import type { StatementClass } from '@bailiwick/domain';
import type { BoundColumn, BoundRelation } from '../bind/bound-data-map.ts';
import { type ConditionContext, conditionContext } from '../conditions/condition-context.ts';
import { type Certainty, every, some } from '../regions/certainty.ts';
import type { Jurisdictions } from '../regions/jurisdictions.ts';
import { type Rule, selectsData } from '../rules/rule.ts';
import { type Reader, selectsReader } from './reader.ts';

/** Whether a rule speaks, leaving aside which data it is about. */
export interface Voice {
  readonly certainty: Certainty;
  /** Its own `except` held: it says "allow". */
  readonly excepted: boolean;
}

/** One class of one statement: the unit in which rules are evaluated (SEMANTICS 26). */
export class ClassContext {
  readonly class: StatementClass | null;
  readonly #reader: Reader;
  readonly #regions: Jurisdictions;
  readonly #conditions: ConditionContext;
  readonly #voices = new Map<Rule, Voice>();

  /** @param statementClass null while connecting. */
  constructor(
    reader: Reader,
    regions: Jurisdictions,
    statementClass: StatementClass | null,
    names: { readonly tables: readonly string[]; readonly tags: readonly string[] },
  ) {
    this.class = statementClass;
    this.#reader = reader;
    this.#regions = regions;
    this.#conditions = conditionContext(reader, { class: statementClass, ...names });
  }

  voice(rule: Rule): Voice {
    const known = this.#voices.get(rule);
    if (known !== undefined) return known;
    const voice = this.#evaluate(rule);
    this.#voices.set(rule, voice);
    return voice;
  }

  #evaluate(rule: Rule): Voice {
    const covered = rule.does === null || (this.class !== null && rule.does.has(this.class));
    const selected = every([covered ? 'yes' : 'no', selectsReader(rule, this.#reader, this.#regions)]);
    if (selected === 'no') return { certainty: 'no', excepted: false };
    const when = rule.when === null ? true : rule.when.evaluate(this.#conditions);
    const certainty = every([selected, when === null ? 'maybe' : when ? 'yes' : 'no']);
    return { certainty, excepted: certainty !== 'no' && rule.except?.evaluate(this.#conditions) === true };
  }
}

/** Whether a rule that selects data selects this column. */
export function selectsColumn(rule: Rule, column: BoundColumn, regions: Jurisdictions): Certainty {
  if (!selectsData(rule)) return 'no';
  const tagged = rule.tags === null || rule.tags.some((pattern) => column.tags.some((tag) => pattern.matches(tag)));
  return tagged ? placed(rule, column.relation, regions) : 'no';
}

/** Whether a rule that selects tables, rather than tagged columns of them, selects this one. */
export function selectsTable(rule: Rule, relation: BoundRelation, regions: Jurisdictions): Certainty {
  return rule.tags === null && selectsData(rule) ? placed(rule, relation, regions) : 'no';
}

function placed(rule: Rule, relation: BoundRelation, regions: Jurisdictions): Certainty {
  const { tables, data } = rule;
  if (relation.system && tables === null && rule.tags === null) return 'no';
  const named = tables === null || tables.some((pattern) => relation.names.some((name) => pattern.matches(name)));
  if (!named) return 'no';
  return data === null ? 'yes' : some(relation.regions.map((region) => regions.within(region, data)));
}
