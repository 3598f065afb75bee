import { detectorsOf, detectSpec, type MaskSpec, maskRank, type OutputTreatment } from '@bailiwick/domain';
import type { BoundColumn } from '../bind/bound-data-map.ts';
import { hides, INFERENCE_LEVELS, type InferenceLevel, type Rule } from '../rules/rule.ts';
import { type ClassContext, selectsColumn } from './rule-voice.ts';
import type { DecisionGround } from './statement-scope.ts';

/** What a reader may do with one column. */
export interface ColumnVerdict {
  /** Tagged, or masked or exempt by a rule about its table. */
  readonly regulated: boolean;
  /** The reader does not see it as it is. */
  readonly masked: boolean;
  /** What a bare output of it gets. */
  readonly treatment: OutputTreatment;
  readonly inference: InferenceLevel;
  /** The rule, or default, that says how it may be used where it could be guessed. */
  readonly inferenceRule: string;
}

/** What a tagged column gets on which no rule spoke. */
const UNSPOKEN: { readonly mask: MaskSpec; readonly rule: string } = {
  mask: { name: 'redact', options: {} },
  rule: 'defaults.tagged',
};

/** What speaks of columns that the data map does not name. */
export const UNTAGGED_RULE = 'defaults.untagged';

/** Whether `defaults.untagged` hides a column unless a rule speaks of it. Where it blocks, what is told anyway is hidden. */
export const isUnreviewed = (column: BoundColumn, { defaults }: DecisionGround): boolean =>
  defaults.untagged !== 'allow' && !column.reviewed;

/** Judges a column in every class of a statement; the strictest wins. */
export function judgeColumn(
  column: BoundColumn,
  contexts: readonly ClassContext[],
  ground: DecisionGround,
): ColumnVerdict {
  const spoken = contexts.map((context) => speakOf(column, context, ground));
  const masks = spoken.flatMap((one) => one.masks);
  const strictest = masks.reduce<AppliedMask | null>(stricterMask, null);
  const exemption = spoken.flatMap((one) => one.allowedBy ?? [])[0];
  return {
    regulated: column.tags.length > 0 || strictest !== null || exemption !== undefined,
    masked: strictest !== null,
    treatment: treatmentOf(column, strictest, exemption),
    ...strictestInference(spoken.flatMap((one) => one.inference)),
  };
}

interface AppliedMask {
  readonly mask: MaskSpec;
  readonly rule: string;
  readonly tag: string;
}

interface NamedInference {
  readonly inference: InferenceLevel;
  readonly inferenceRule: string;
}

function speakOf(column: BoundColumn, context: ClassContext, ground: DecisionGround) {
  const masks: AppliedMask[] = [];
  const named: NamedInference[] = [];
  let allowedBy: string | null = null;
  let spokeForCertain = false;
  let inferenceForCertain = false;
  for (const rule of ground.rules) {
    if (rule.dryRun) continue;
    const selected = selectsColumn(rule, column, ground.regions);
    if (selected === 'no') continue;
    const { certainty, excepted } = context.voice(rule);
    if (certainty === 'no') continue;
    const certain = certainty === 'yes' && selected === 'yes';
    if (speaksOfVisibility(rule)) {
      const allows = excepted || rule.action.effect === 'allow';
      if (!allows && hides(rule.action)) {
        masks.push({ mask: rule.action.mask, rule: rule.id, tag: tagFor(rule, column) });
      } else if (certain && (column.tags.length > 0 || hides(rule.action))) allowedBy ??= rule.id;
      if (certain && (allows || hides(rule.action))) spokeForCertain = true;
    }
    if (rule.inference !== null && !excepted) {
      named.push({ inference: rule.inference, inferenceRule: rule.id });
      inferenceForCertain ||= certain;
    }
  }
  if (column.tags.length > 0 && !spokeForCertain) masks.push({ ...UNSPOKEN, tag: column.tags[0] ?? '' });
  else if (isUnreviewed(column, ground) && !spokeForCertain) masks.push({ ...UNSPOKEN, rule: UNTAGGED_RULE, tag: '' });
  const fallback: NamedInference = { inference: ground.defaults.inference, inferenceRule: 'defaults.inference' };
  return { masks, allowedBy, inference: inferenceForCertain ? named : [...named, fallback] };
}

/**
 * Whether a rule says how a column may be seen. A rule about places, or about classes other than READ, that is
 * excepted allows the transfer or the write: it does not lift a mask.
 */
function speaksOfVisibility(rule: Rule): boolean {
  const reads = rule.does === null || rule.does.has('READ');
  switch (rule.action.effect) {
    case 'mask':
    case 'detect':
      return true;
    case 'allow':
      return reads;
    case 'block':
      return reads && rule.reader === null;
    case 'hold':
      return false;
    default:
      return rule.action satisfies never;
  }
}

function tagFor(rule: Rule, column: BoundColumn): string {
  const matched = column.tags.find((tag) => rule.tags?.some((pattern) => pattern.matches(tag)));
  return matched ?? column.tags[0] ?? '';
}

/**
 * The stricter of two masks by the published order. Two of one name that differ in their options show different parts
 * of a value, and which shows less cannot be told: such a cell is redacted. Two that detect look for everything that
 * either does.
 */
function stricterMask(best: AppliedMask | null, next: AppliedMask): AppliedMask {
  if (best === null) return next;
  const rank = (applied: AppliedMask) => maskRank(applied.mask.name);
  if (rank(next) !== rank(best)) return rank(next) < rank(best) ? next : best;
  if (JSON.stringify(next.mask) === JSON.stringify(best.mask)) return best;
  if (best.mask.name === 'detect') {
    return { ...best, mask: detectSpec([...detectorsOf(best.mask), ...detectorsOf(next.mask)]) };
  }
  return { ...best, mask: UNSPOKEN.mask };
}

/** The stricter of two treatments of one cell, whatever they are. */
export function stricterTreatment(one: OutputTreatment, other: OutputTreatment): OutputTreatment {
  if (one.kind === 'mask' && other.kind === 'mask') {
    const strictest = stricterMask(one, other);
    return { kind: 'mask', mask: strictest.mask, rule: strictest.rule, tag: strictest.tag };
  }
  const order = ['constant', 'mask', 'exempt', 'pass'];
  return order.indexOf(other.kind) < order.indexOf(one.kind) ? other : one;
}

function treatmentOf(column: BoundColumn, mask: AppliedMask | null, exemption: string | undefined): OutputTreatment {
  if (mask !== null && column.derived) return { kind: 'constant', rule: mask.rule };
  if (mask !== null) return { kind: 'mask', mask: mask.mask, rule: mask.rule, tag: mask.tag };
  return exemption === undefined ? { kind: 'pass' } : { kind: 'exempt', rule: exemption };
}

function strictestInference(named: readonly NamedInference[]): NamedInference {
  const [first = { inference: 'deny', inferenceRule: 'defaults.inference' }, ...rest] = named;
  const rank = (one: NamedInference) => INFERENCE_LEVELS.indexOf(one.inference);
  return rest.reduce((best, next) => (rank(next) < rank(best) ? next : best), first);
}
