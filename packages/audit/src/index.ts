export { type AuditLog, type AuditLogOptions, openAuditLog } from './log/audit-log.ts';
export type { DescribeFrames } from './read/session-reader.ts';
export type { FrameRun, Recorder, Transcript } from './transcript.ts';
export { type VerifyOptions, verifyAudit } from './verify/verify-audit.ts';
export type { VerifiedFile, VerifyFault, VerifyReport } from './verify/verify-report.ts';
