import type { HoldTerms, MaskSpec, StatementClass } from '@bailiwick/domain';
import type { Condition } from '../conditions/condition.ts';
import type { RegionSet } from '../regions/jurisdictions.ts';
import type { NamePattern } from './pattern.ts';

/** What a rule does when it speaks. */
export type RuleAction =
  | { readonly effect: 'block' }
  | { readonly effect: 'hold'; readonly by: readonly string[]; readonly min: number; readonly mode: HoldTerms['mode'] }
  | { readonly effect: 'mask'; readonly mask: MaskSpec }
  /** What is found in text is masked, and the rest of it shown. */
  | { readonly effect: 'detect'; readonly mask: MaskSpec }
  | { readonly effect: 'allow' };

/** How masked columns may be used where their values could be guessed; strictest first. */
export const INFERENCE_LEVELS = ['deny', 'equality', 'allow'] as const;
export type InferenceLevel = (typeof INFERENCE_LEVELS)[number];

/** One rule of a policy, compiled. Null selectors select everything. */
export interface Rule {
  readonly id: string;
  readonly tags: readonly NamePattern[] | null;
  readonly data: RegionSet | null;
  readonly does: ReadonlySet<StatementClass> | null;
  readonly tables: readonly NamePattern[] | null;
  readonly datasources: ReadonlySet<string> | null;
  readonly reader: { readonly outside: RegionSet | null; readonly inside: RegionSet | null } | null;
  readonly when: Condition | null;
  readonly except: Condition | null;
  readonly action: RuleAction;
  readonly inference: InferenceLevel | null;
  readonly dryRun: boolean;
}

/** What speaks where no rule did. */
export interface Defaults {
  readonly unparsed: 'block' | 'allow';
  readonly unknownReader: 'block' | 'allow';
  readonly writes: 'block' | 'hold' | 'allow';
  readonly inference: InferenceLevel;
  readonly launder: 'block' | 'allow';
  /** Columns of tables that the data map does not name: new ones, mostly. */
  readonly untagged: 'block' | 'mask' | 'allow';
}

/** The stricter of every default. */
export const DEFAULTS: Defaults = {
  unparsed: 'block',
  unknownReader: 'block',
  writes: 'hold',
  inference: 'equality',
  launder: 'block',
  untagged: 'allow',
};

/** Whether a rule can match in this datasource at all. */
export function appliesTo(rule: Rule, datasource: string): boolean {
  return rule.datasources === null || rule.datasources.has(datasource);
}

/** Whether a rule selects tables or columns, and not merely statements. */
export function selectsData(rule: Rule): boolean {
  return rule.tags !== null || rule.data !== null || rule.tables !== null;
}

/** Whether an action is about how cells are shown. */
export const hides = (action: RuleAction): action is Extract<RuleAction, { readonly mask: MaskSpec }> =>
  action.effect === 'mask' || action.effect === 'detect';

/** Whether a rule masks columns that need no tag: all columns of the tables that it selects. */
export function masksWholeTables(rule: Rule): boolean {
  return hides(rule.action) && rule.tags === null && selectsData(rule);
}
