import {
  type ColumnRef,
  type Decision,
  EFFECTS,
  type Effect,
  type HoldTerms,
  type OutputTreatment,
  type Refusal,
  type RuleVerdict,
} from '@bailiwick/domain';
import { columnRef } from '../bind/bound-data-map.ts';
import type { DecisionInput } from '../policy.ts';
import { foldPlace, type RegionFolding } from '../regions/folding.ts';
import { UNKNOWN_READER_RULE } from '../regions/residency-series.ts';
import { countProbes } from './count-probes.ts';
import { type JudgedWrites, judgeMaskedWrites } from './masked-writes.ts';
import { outputTreatments, treatUnknown } from './output-treatments.ts';
import { type Reader, readerOf } from './reader.ts';
import { refuseInference } from './refuse-inference.ts';
import { refuseLaunder } from './refuse-launder.ts';
import { refuseByRules } from './refuse-rules.ts';
import { refuseSettings } from './refuse-settings.ts';
import { refuseSystemWrites } from './refuse-system-writes.ts';
import { refuseUnknownReader, unplacedColumns } from './refuse-unknown-reader.ts';
import { refuseUnproven } from './refuse-unproven.ts';
import { refuseUntagged } from './refuse-untagged.ts';
import { ruleHits, verdictsOf } from './rule-hits.ts';
import { type DecisionGround, StatementScope } from './statement-scope.ts';
import { treatColumn } from './treat-column.ts';
import { holdTerms, mergeHoldTerms, refuseDisjointHolds, refuseWrites, writesVerdict } from './write-effects.ts';

/** What one statement comes to. */
interface Judgement {
  readonly scope: StatementScope;
  readonly verdicts: readonly RuleVerdict[];
  readonly refusal: Refusal | null;
  readonly writes: JudgedWrites;
  readonly holds: readonly HoldTerms[];
  readonly treatments: readonly OutputTreatment[] | null;
}

/** Decides about every statement of a packet at once. Pure: the same ground and input give the same decision. */
export function decide(input: DecisionInput, ground: DecisionGround, folding: RegionFolding): Decision {
  const reader = readerOf(input, ground.regions);
  const judgements = input.facts.map((facts) => judge(new StatementScope(facts, ground, reader), folding));
  // The query of a cursor runs when it is fetched from, but what it touches is judged when it is declared.
  const declared = input.facts.flatMap(({ names }) => names.declares?.facts ?? []);
  const inner = declared.map((facts) => judge(new StatementScope(facts, ground, reader), folding));
  return combine(judgements, [...judgements, ...inner], ground, reader);
}

function judge(scope: StatementScope, folding: RegionFolding): Judgement {
  const hits = ruleHits(scope);
  const writes = judgeMaskedWrites(scope);
  const refused =
    refuseSettings(scope) ??
    refuseSystemWrites(scope) ??
    refuseUnproven(scope) ??
    refuseByRules(hits, scope) ??
    refuseUnknownReader(scope) ??
    refuseUntagged(scope) ??
    refuseLaunder(scope) ??
    writes.refusal ??
    refuseInference(scope) ??
    refuseWrites(scope);
  const verdicts = [
    ...verdictsOf(hits, scope, folding),
    ...[unknownReaderVerdict(scope, folding), writesVerdict(scope)].filter((verdict) => verdict !== null),
  ];
  return {
    scope,
    verdicts,
    refusal: refused,
    writes,
    holds: holdTerms(hits, scope),
    treatments: outputTreatments(scope),
  };
}

function unknownReaderVerdict(scope: StatementScope, folding: RegionFolding): RuleVerdict | null {
  const [column] = unplacedColumns(scope);
  if (column === undefined) return null;
  const { regions, home } = scope.ground;
  const dataRegion = foldPlace(column.relation.regions[0] ?? home, folding, regions);
  return {
    rule: UNKNOWN_READER_RULE,
    effect: 'block',
    excepted: false,
    dryRun: false,
    residency: { dataRegion, consumerRegion: 'unknown' },
  };
}

function combine(
  statements: readonly Judgement[],
  all: readonly Judgement[],
  ground: DecisionGround,
  reader: Reader,
): Decision {
  const holds = all.flatMap((one) => one.holds);
  const merged = mergeHoldTerms(holds);
  const disjoint = holds.length > 0 && merged === null ? refuseDisjointHolds(holds) : null;
  const refused = all.find((one) => one.refusal !== null)?.refusal ?? disjoint;
  const treatments = statements.map((one) => one.treatments);
  const verdicts = uniqueVerdicts(all.flatMap((one) => one.verdicts));
  const scopes = all.map((one) => one.scope);
  const columns = new Map<string, ColumnRef>();
  for (const scope of scopes) {
    for (const [label, column] of scope.touched.columns) {
      if (scope.verdict(column).regulated) columns.set(label, columnRef(column));
    }
  }
  return {
    ...effectOf(
      refused,
      merged,
      treatments.flatMap((list) => list ?? []),
      verdicts,
    ),
    verdicts,
    refusal: refused,
    hold: refused === null ? merged : null,
    treatments,
    treatColumn: treatColumn(scopes, ground, reader),
    treatUnknown: treatUnknown(ground.hasDataMap),
    regulated: columns.size > 0 || scopes.some(mayBeRegulated),
    sanitiseMessages: scopes.some(mayQuoteValues),
    maskedWrites: all.flatMap((one) => one.writes.bound),
    probes: countProbes(statements.map(({ scope }) => scope)),
    tags: [...new Set(scopes.flatMap((scope) => scope.touched.tags))].sort(),
    regulatedColumns: [...columns.values()],
  };
}

/** The strictest of everything, and who said so. */
function effectOf(
  refused: Refusal | null,
  hold: HoldTerms | null,
  treatments: readonly OutputTreatment[],
  verdicts: readonly RuleVerdict[],
): { readonly effect: Effect; readonly rule: string } {
  if (refused !== null) return { effect: 'block', rule: refused.rule };
  if (hold !== null) return { effect: 'hold', rule: hold.rule };
  const hidden = treatments.filter((treatment) => treatment.kind === 'mask' || treatment.kind === 'constant');
  const masked = hidden.find((treatment) => !(treatment.kind === 'mask' && treatment.mask.name === 'detect'));
  if (masked !== undefined) return { effect: 'mask', rule: masked.rule };
  if (hidden[0] !== undefined) return { effect: 'detect', rule: hidden[0].rule };
  const allowed = verdicts.find((verdict) => !verdict.dryRun && (verdict.excepted || verdict.effect === 'allow'));
  return { effect: 'allow', rule: allowed?.rule ?? 'defaults.untagged' };
}

/** One verdict per rule over all statements: the strictest that was said. */
function uniqueVerdicts(all: readonly RuleVerdict[]): readonly RuleVerdict[] {
  const unique = new Map<string, RuleVerdict>();
  const rank = (verdict: RuleVerdict) => (verdict.excepted ? EFFECTS.length : EFFECTS.indexOf(verdict.effect));
  for (const verdict of all) {
    const known = unique.get(verdict.rule);
    if (known === undefined || rank(verdict) < rank(known)) unique.set(verdict.rule, verdict);
  }
  return [...unique.values()];
}

/** Whether a statement may touch regulated data although no regulated column shows. */
function mayBeRegulated(scope: StatementScope): boolean {
  return scope.ground.hasDataMap && (isOpaque(scope) || scope.touched.written.some((relation) => relation.mapped));
}

/** Whether messages of the server may quote values that this reader sees masked. */
function mayQuoteValues(scope: StatementScope): boolean {
  if (!scope.ground.hasDataMap) return false;
  const { columns, written } = scope.touched;
  return (
    isOpaque(scope) ||
    [...columns.values()].some((column) => scope.verdict(column).masked) ||
    written.some((relation) => relation.hasTriggersOrRules || scope.hides(relation))
  );
}

/** Whether a statement may do more than its facts say. */
function isOpaque({ facts, contexts, touched }: StatementScope): boolean {
  return (
    facts.unproven.length > 0 ||
    facts.outputsUnknown ||
    touched.strangers.length > 0 ||
    contexts.some((context) => context.class === 'FUNCTION') ||
    (facts.outputs ?? []).some(({ lineage }) => lineage.kind === 'unknown')
  );
}
