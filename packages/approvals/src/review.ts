import { type ApprovalStatus, type EpochMs, GatewayError } from '@bailiwick/domain';
import type { Reviewer } from './approval-store.ts';
import { type StoredDecision, type StoredRequest, statusAt } from './stored-request.ts';

/** Longest reason in characters. */
export const REASON_LENGTH_MAX = 2000;

/** One reviewer's verdict, as it arrives. */
export interface Verdict {
  readonly digest: string;
  readonly reviewer: Reviewer;
  readonly verdict: 'approve' | 'reject';
  readonly reason: string;
}

/**
 * What a verdict makes of a request; pure. One rejection rejects; approvals count until `terms.min` different people
 * have given one.
 * @throws GatewayError `approval-unusable` or `policy-denied` as `ApprovalStore.decide` says; the request is unchanged.
 */
export function judge(
  stored: StoredRequest,
  { digest, reviewer, verdict, reason }: Verdict,
  now: EpochMs,
): { readonly decision: StoredDecision; readonly status: ApprovalStatus } {
  const { request, decisions } = stored;
  const details = { request: request.id };
  const status = statusAt(stored, now);
  if (status !== 'pending') {
    throw new GatewayError('approval-unusable', `The request is ${status}, no longer pending.`, '', details);
  }
  if (digest !== request.digest) {
    throw new GatewayError('approval-unusable', 'The digest is not that of the request.', 'look at it again', details);
  }
  checkReviewer(stored, reviewer);
  const words = reason.trim();
  if (verdict === 'reject' && words === '') {
    throw new GatewayError('policy-denied', 'A rejection needs a reason.', 'say why', details);
  }
  if (words.length > REASON_LENGTH_MAX) {
    throw new GatewayError(
      'policy-denied',
      `A reason has at most ${REASON_LENGTH_MAX} characters.`,
      'shorten it',
      details,
    );
  }
  const { principals } = reviewer;
  const decision = { by: principals.join(' for '), verdict, reason: words, at: now, principals };
  if (verdict === 'reject') return { decision, status: 'rejected' };
  const approvals = decisions.filter((earlier) => earlier.verdict === 'approve').length + 1;
  return { decision, status: approvals >= Math.max(1, request.terms.min) ? 'approved' : 'pending' };
}

function checkReviewer({ request, decisions }: StoredRequest, { principals, groups }: Reviewer): void {
  const details = { request: request.id, rule: request.terms.rule };
  if (principals.length === 0 || principals.some((principal) => foldName(principal) === '')) {
    throw new GatewayError('policy-denied', 'A reviewer without a name decides nothing.', '', details);
  }
  // What was asked for in one's name counts too, whatever list the requester's gateway has written.
  const { human, agent, excluded } = request;
  const requesters = [...excluded, ...[human, agent].filter((name) => name !== null)];
  if (overlap(principals, requesters)) {
    throw new GatewayError(
      'policy-denied',
      'Nobody decides on a request of their own, of their agents, or of those they act for.',
      'ask another reviewer',
      details,
    );
  }
  const { by } = request.terms;
  if (by.length > 0 && !groups.some((group) => by.includes(group))) {
    throw new GatewayError('policy-denied', `Only members of ${by.join(', ')} decide on this request.`, '', details);
  }
  if (decisions.some((earlier) => overlap(principals, earlier.principals))) {
    throw new GatewayError('approval-unusable', 'This reviewer has decided on the request already.', '', details);
  }
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(others.map(foldName));
  return some.some((name) => names.has(foldName(name)));
}

/** `Alice@Example.com` and `alice@example.com` are one person where two would be needed. */
function foldName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
