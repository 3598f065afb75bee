import { isDeepStrictEqual } from 'node:util';
import type { StatementFacts } from '@bailiwick/domain';
import { type Judgement, judgeNow } from './judgement.ts';
import type { SessionCore } from './session-core.ts';
import type { Portal, StatementPlan } from './statement-plan.ts';

/** Their portals are planned at Bind, and keep that meaning. */
const PLANNED_AT_BIND: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'VALUES',
  'TABLE',
]);

/** Whether the server may analyse this portal, or part of it, as late as it is executed: utility statements. */
export function analysedLate({ statement }: Portal, plan: StatementPlan): boolean {
  if (statement === null || statement.origin === 'sql' || plan.facts.length === 0) return false;
  return plan.facts.some(({ command }) => !PLANNED_AT_BIND.has(command));
}

/**
 * What a portal that is analysed late means now, beside what it meant when it was bound. Null: a newer catalog may know
 * more, or names are undecided.
 */
export function meaningNow(core: SessionCore, portal: Portal, plan: StatementPlan): PortalMeaning | null {
  const { statement } = portal;
  const judgement = statement === null ? null : judgeNow(core, statement.run?.sql ?? statement.sql);
  if (judgement === null) return null;
  const same = sameFacts(judgement.facts, plan.facts) && judgement.upstreamSql === plan.upstreamSql;
  return { judgement, same };
}

/** `same`: it means what it meant when it was bound, and the text that is upstream is what would be sent now. */
export interface PortalMeaning {
  readonly judgement: Judgement;
  readonly same: boolean;
}

const sameFacts = (some: readonly StatementFacts[], others: readonly StatementFacts[]): boolean =>
  some === others || isDeepStrictEqual(some, others);
