export type { ApprovalStore, NewApprovalRequest, Reviewer, Settlement } from './approval-store.ts';
export { digestOf } from './digest.ts';
export { SealBroken } from './seal.ts';
export { openSqliteApprovalStore, PENDING_MAX, type SqliteApprovalStoreOptions } from './sqlite-approval-store.ts';
export { withoutTrailingComments } from './trailing-comments.ts';
