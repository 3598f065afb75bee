export type { ApprovalStore, NewApprovalRequest, Reviewer, Settlement } from './approval-store.ts';
