import type { Place, RuleVerdict, StatementClass } from '@bailiwick/domain';
import type { BoundColumn, BoundRelation } from '../bind/bound-data-map.ts';
import { type Certainty, every, some } from '../regions/certainty.ts';
import { foldPlace, foldReader, type RegionFolding } from '../regions/folding.ts';
import { type Rule, selectsData } from '../rules/rule.ts';
import { type ClassContext, selectsColumn, selectsTable } from './rule-voice.ts';
import type { StatementScope } from './statement-scope.ts';

/** A rule that matched one class of one statement, with the data that it matched. */
export interface RuleHit {
  readonly rule: Rule;
  readonly class: StatementClass | null;
  readonly certainty: Exclude<Certainty, 'no'>;
  readonly excepted: boolean;
  readonly columns: readonly BoundColumn[];
  readonly relations: readonly BoundRelation[];
}

/** Whether a hit has its rule's effect, and not "allow" or merely a record. */
export const applies = (hit: RuleHit): boolean => !hit.rule.dryRun && !hit.excepted;

/** Every rule that matches a statement, class by class, in the order of the files. */
export function ruleHits(scope: StatementScope): readonly RuleHit[] {
  return scope.contexts.flatMap((context) => scope.ground.rules.flatMap((rule) => hitOf(rule, context, scope) ?? []));
}

function hitOf(rule: Rule, context: ClassContext, scope: StatementScope): RuleHit | null {
  const voice = context.voice(rule);
  const { columns, relations, certainty } = subjects(rule, scope);
  const matched = every([voice.certainty, certainty]);
  if (matched === 'no' || (matched === 'maybe' && rule.action.effect === 'allow')) return null;
  return { rule, class: context.class, certainty: matched, excepted: voice.excepted, columns, relations };
}

/** The data of a statement that a rule selects. */
function subjects(
  rule: Rule,
  scope: StatementScope,
): Pick<RuleHit, 'columns' | 'relations'> & { certainty: Certainty } {
  if (!selectsData(rule)) return { columns: [], relations: [], certainty: 'yes' };
  const { touched, ground } = scope;
  const columns = [...touched.columns.values()].map(
    (column) => [column, selectsColumn(rule, column, ground.regions)] as const,
  );
  const relations = touched.relations.map(
    (relation) => [relation, selectsTable(rule, relation, ground.regions)] as const,
  );
  const found = some([...columns, ...relations].map(([, certainty]) => certainty));
  return {
    columns: columns.filter(([, certainty]) => certainty !== 'no').map(([column]) => column),
    relations: relations.filter(([, certainty]) => certainty !== 'no').map(([relation]) => relation),
    certainty: found === 'no' && mayBeHidden(rule, scope) ? 'maybe' : found,
  };
}

/**
 * Whether a statement may touch tables that a rule names although its facts do not show it. Where there is a data map
 * such a statement is refused anyway; elsewhere a rule about tables takes the stricter reading.
 */
function mayBeHidden(rule: Rule, scope: StatementScope): boolean {
  const { facts, ground, touched } = scope;
  if (ground.hasDataMap || rule.tags !== null) return false;
  return touched.strangers.length > 0 || facts.unproven.some(({ kind }) => kind !== 'column');
}

/** Verdicts for the record, one per rule: the same rule in several classes speaks once, unexcepted if it ever was. */
export function verdictsOf(
  hits: readonly RuleHit[],
  scope: StatementScope,
  folding: RegionFolding,
): readonly RuleVerdict[] {
  const verdicts = new Map<string, RuleVerdict>();
  for (const hit of hits) {
    const known = verdicts.get(hit.rule.id);
    if (known !== undefined && (!known.excepted || hit.excepted)) continue;
    verdicts.set(hit.rule.id, {
      rule: hit.rule.id,
      effect: hit.rule.action.effect,
      excepted: hit.excepted,
      dryRun: hit.rule.dryRun,
      residency: residencyOf(hit, scope, folding),
    });
  }
  return [...verdicts.values()];
}

function residencyOf(hit: RuleHit, scope: StatementScope, folding: RegionFolding): RuleVerdict['residency'] {
  if (hit.rule.reader === null) return null;
  const { ground, reader } = scope;
  return {
    dataRegion: foldPlace(dataRegionOf(hit, scope), folding, ground.regions, hit.rule.data),
    consumerRegion: foldReader(reader.places, hit.rule, folding, ground.regions),
  };
}

/** Where the data of a hit belongs: the first place that the rule selects, else the datasource's. */
export function dataRegionOf(hit: RuleHit, scope: StatementScope): Place {
  const { ground } = scope;
  const regions = [...hit.columns.map((column) => column.relation), ...hit.relations].flatMap((one) => one.regions);
  const { data } = hit.rule;
  const selected = regions.find((region) => data === null || ground.regions.within(region, data) !== 'no');
  return selected ?? regions[0] ?? ground.home;
}
