import type { ApprovalDecision, ApprovalRequest, ApprovalStatus, EpochMs } from '@bailiwick/domain';

/** A verdict with everybody who stands behind it, so that one person counts once. */
export interface StoredDecision extends ApprovalDecision {
  /** Every subject in the reviewer's delegation chain. */
  readonly principals: readonly string[];
}

/** A request as the store keeps it. */
export interface StoredRequest {
  /** `status` as written; see `statusAt`. */
  readonly request: ApprovalRequest;
  /** The session that runs or has run it; null: none. */
  readonly claimedBy: string | null;
  readonly decisions: readonly StoredDecision[];
}

/** The status at a moment: what nobody runs and has waited too long is expired, whether or not that was written yet. */
export function statusAt({ request, claimedBy }: StoredRequest, now: EpochMs): ApprovalStatus {
  const { status, expiresAt } = request;
  const waits = status === 'pending' || (status === 'approved' && claimedBy === null);
  return waits && expiresAt <= now ? 'expired' : status;
}

/** The request as callers see it at a moment. */
export function requestAt(stored: StoredRequest, now: EpochMs): ApprovalRequest {
  const decisions = stored.decisions.map(({ by, verdict, reason, at }) => ({ by, verdict, reason, at }));
  return { ...stored.request, status: statusAt(stored, now), decisions };
}
