import type { Decision, Telemetry } from '@bailiwick/domain';
import type { DecisionSummary } from './local-answers.ts';

/** Counts a decision on a statement, and what residency said in it. */
export function countDecision(telemetry: Telemetry, datasource: string, { effect, refusal, verdicts }: Decision): void {
  telemetry.count('policy_decisions_total', { datasource, effect, kind: refusal?.code ?? 'statement' });
  for (const { rule, effect: verdict, excepted, dryRun, residency } of verdicts) {
    if (residency === null || excepted || dryRun) continue;
    telemetry.count('residency_decisions_total', { datasource, effect: verdict });
    if (verdict !== 'block') continue;
    telemetry.count('residency_blocks_total', {
      datasource,
      rule,
      data_region: residency.dataRegion,
      consumer_region: residency.consumerRegion,
    });
  }
}

/** What `SHOW bailiwick.decision` says of it. */
export const summarise = (
  { effect, rule, refusal, tags }: Decision,
  policyVersion: string,
  approval: string | null,
): DecisionSummary => [
  ['effect', effect],
  ['rule', rule],
  ['code', refusal?.code ?? null],
  ['columns', refusal?.columns.join(', ') ?? null],
  ['tags', tags.join(', ')],
  ['request', approval],
  ['policy_version', policyVersion],
];
