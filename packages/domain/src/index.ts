export type {
  ApprovalDecision,
  ApprovalRequest,
  ApprovalStatus,
  ApprovalSubject,
  BoundParameter,
  HeldStatement,
} from './approval.ts';
export type { AuditEvent, AuditIdentity } from './audit-event.ts';
export { type Clock, type EpochMs, systemClock } from './clock.ts';
export {
  type AppliedMaskName,
  DETECTOR_NAMES,
  type Decision,
  type DetectorName,
  EFFECTS,
  type Effect,
  type HoldTerms,
  MASK_NAMES,
  type MaskedWrite,
  type MaskName,
  type MaskSpec,
  maskRank,
  type OutputTreatment,
  type Probes,
  type Refusal,
  type RuleVerdict,
} from './decision.ts';
export { ERRORS, type ErrorCode, type ErrorDetails, type ErrorForm, GatewayError } from './errors.ts';
export type {
  ColumnPlace,
  ColumnRef,
  ColumnUse,
  ConstantComparison,
  CopyDoubt,
  CopyFacts,
  CopyFormatName,
  CopyLayout,
  DataFlow,
  FunctionUse,
  GivenValues,
  Lineage,
  NameEffects,
  OutputColumn,
  SettingChange,
  StatementClass,
  StatementFacts,
  TableRef,
  TableUse,
  TextEdit,
  TransactionEffect,
  Unproven,
} from './facts.ts';
export {
  type Identity,
  type IdentityFailure,
  NO_PLACE,
  type Place,
  type Principal,
  UNKNOWN_PLACE,
} from './identity.ts';
export { type Log, silentLog } from './log.ts';
export {
  detectorsOf,
  detectSpec,
  isMaskName,
  MASK_OPTIONS,
  type MaskOption,
  maskOption,
  validateMask,
} from './mask-options.ts';
export { givesMasked, givesPseudonyms, looksMasked } from './mask-shape.ts';
export type {
  Protocol,
  SessionDirectory,
  SessionInfo,
  SessionSummary,
  StatementSummary,
  TranscriptEntry,
  TranscriptReader,
} from './session.ts';
export { REDACTED, standIn } from './stand-in.ts';
export {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
  type Labels,
  silentTelemetry,
  type Telemetry,
} from './telemetry.ts';
export type { ArrayDimension, CellKind, CellMask, CellValue, ValueFormat } from './value-format.ts';
