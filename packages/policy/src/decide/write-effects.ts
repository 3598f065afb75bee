import type { HoldTerms, Refusal, RuleVerdict } from '@bailiwick/domain';
import { hides, type Rule, selectsData } from '../rules/rule.ts';
import { holdOpaqueCode } from './opaque-code.ts';
import { applies, type RuleHit } from './rule-hits.ts';
import { type ClassContext, selectsTable } from './rule-voice.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

const WRITES_RULE = 'defaults.writes';
const MODES: readonly HoldTerms['mode'][] = ['ticket', 'hold', 'hold_then_ticket'];

/** The classes of a statement for which `defaults.writes` speaks: neither READ nor MISC, and no rule spoke of them. */
export function unspokenWrites(scope: StatementScope): readonly ClassContext[] {
  return scope.contexts.filter(
    (context) =>
      context.class !== 'READ' &&
      context.class !== 'MISC' &&
      !scope.ground.rules.some((rule) => speaksOfClass(rule, context, scope)),
  );
}

/**
 * Whether a rule speaks, for certain, of what a statement does in a class: it names the class, or everything. One that
 * names tables speaks of a WRITE when it covers everything that is written. Rules about tags, and exceptions of rules
 * about places, say nothing of writes.
 */
function speaksOfClass(rule: Rule, context: ClassContext, scope: StatementScope): boolean {
  const { certainty, excepted } = context.voice(rule);
  if (rule.dryRun || certainty !== 'yes' || hides(rule.action) || rule.tags !== null) return false;
  if (rule.reader !== null && excepted) return false;
  if (!selectsData(rule)) return true;
  if (rule.does === null || context.class !== 'WRITE') return false;
  const { written, writesUnknown } = scope.touched;
  const covers = written.every((relation) => selectsTable(rule, relation, scope.ground.regions) === 'yes');
  return written.length > 0 && !writesUnknown && covers;
}

/** The verdict of the default, for the record. */
export function writesVerdict(scope: StatementScope): RuleVerdict | null {
  if (unspokenWrites(scope).length === 0) return null;
  return { rule: WRITES_RULE, effect: scope.ground.defaults.writes, excepted: false, dryRun: false, residency: null };
}

/** The refusal of `defaults.writes: block`. */
export function refuseWrites(scope: StatementScope): Refusal | null {
  const classes = unspokenWrites(scope).map((context) => String(context.class));
  if (scope.ground.defaults.writes !== 'block' || classes.length === 0) return null;
  return refusal(
    'policy-denied',
    WRITES_RULE,
    `${verb(scope)} is of class ${listed(classes)}, which no rule allows here`,
    'rephrasing will not help: only reading is allowed',
  );
}

/** Everything that asks for a reviewer: rules that hold, and `defaults.writes: hold`. */
export function holdTerms(hits: readonly RuleHit[], scope: StatementScope): readonly HoldTerms[] {
  const terms = hits.flatMap(({ rule, ...hit }) =>
    applies({ rule, ...hit }) && rule.action.effect === 'hold'
      ? [{ rule: rule.id, by: rule.action.by, min: rule.action.min, mode: rule.action.mode }]
      : [],
  );
  const byDefault: HoldTerms = { rule: WRITES_RULE, by: [], min: 1, mode: 'hold_then_ticket' };
  const defaults = scope.ground.defaults.writes === 'hold' && unspokenWrites(scope).length > 0;
  const opaque = holdOpaqueCode(scope);
  return [...terms, ...(defaults ? [byDefault] : []), ...(opaque === null ? [] : [opaque])];
}

/**
 * One set of terms that satisfies all: the most approvals asked for, by the groups that every rule accepts. Null where
 * the rules accept no group in common: then nobody could decide for all of them.
 */
export function mergeHoldTerms(all: readonly HoldTerms[]): HoldTerms | null {
  const [first, ...rest] = all;
  if (first === undefined) return null;
  return rest.reduce<HoldTerms | null>((merged, next) => {
    if (merged === null) return null;
    const by = commonGroups(merged.by, next.by);
    if (by === null) return null;
    const mode = MODES.find((candidate) => candidate === merged.mode || candidate === next.mode) ?? merged.mode;
    const stricter = next.min > merged.min || (merged.by.length === 0 && next.by.length > 0) ? next : merged;
    return { rule: stricter.rule, by, min: Math.max(merged.min, next.min), mode };
  }, first);
}

function commonGroups(one: readonly string[], other: readonly string[]): readonly string[] | null {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const common = one.filter((group) => other.includes(group));
  return common.length === 0 ? null : common;
}

/** The refusal where no reviewer could satisfy every rule that holds. */
export function refuseDisjointHolds(all: readonly HoldTerms[]): Refusal {
  const rules = [...new Set(all.map(({ rule }) => rule))];
  return refusal(
    'policy-denied',
    rules[0] ?? WRITES_RULE,
    `rules ${listed(rules)} ask for reviewers of different groups, so nobody can approve this`,
    'send its parts as statements of their own',
  );
}
