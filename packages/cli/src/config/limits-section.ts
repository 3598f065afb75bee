import type { GatewayLimits } from '@bailiwick/gateway';
import { emptyList } from './audit-section.ts';
import type { ConfigNode } from './config-node.ts';
import type { ApprovalSettings } from './configuration.ts';
import type { FaultList } from './fault.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { checked, durationMs, integer, type Reader, sizeBytes } from './read-values.ts';

const MIB = 1024 * 1024;
/** The wire's own: a length is a signed 32-bit number. */
const FRAME_BYTES_LIMIT = 1024 * MIB;
const LIMITS: GatewayLimits = {
  frameBytesMax: 64 * MIB,
  statementBytesMax: MIB,
  sessionsPerIdentityMax: 100,
  statementTimeMs: 0,
  idleTimeMs: 0,
  idleInTransactionTimeMs: 0,
  sessionTimeMs: 0,
  connectTimeMs: 10_000,
  keepAliveMs: 30_000,
  noticesPerStatementMax: 10_000,
};
/** The longest that the timers of the platform wait is 2^31 - 1 ms: more would fire at once. */
const TIMER_DAYS_MAX = 24;
const HOUR_MS = 3_600_000;
const APPROVALS: ApprovalSettings = { holdMs: 60_000, requestExpiryMs: HOUR_MS, approvalExpiryMs: 8 * HOUR_MS };

/** Section `limits`; null: the file has none. */
export function readLimits(node: ConfigNode | null, faults: FaultList): GatewayLimits {
  if (node === null) return LIMITS;
  const known = [
    'frame_bytes',
    'statement_bytes',
    'rows_per_statement',
    'bytes_per_statement',
    'sessions_per_identity',
    'statement_time',
    'idle_time',
    'idle_in_transaction_time',
    'session_time',
    'connect_time',
    'keep_alive',
    'notices_per_statement',
  ];
  const mapping = Mapping.open(node, { known }, faults);
  for (const key of ['rows_per_statement', 'bytes_per_statement']) mapping.optional(key, noLimit(key), null);
  const frame = checked(sizeBytes, (value) =>
    value >= 1024 && value <= FRAME_BYTES_LIMIT ? null : 'must be from 1KiB to 1GiB',
  );
  const limits = {
    frameBytesMax: mapping.optional('frame_bytes', frame, LIMITS.frameBytesMax),
    statementBytesMax: mapping.optional('statement_bytes', frame, LIMITS.statementBytesMax),
    sessionsPerIdentityMax: mapping.optional(
      'sessions_per_identity',
      integer(1, 1_000_000),
      LIMITS.sessionsPerIdentityMax,
    ),
    statementTimeMs: mapping.optional('statement_time', timer, LIMITS.statementTimeMs),
    idleTimeMs: mapping.optional('idle_time', timer, LIMITS.idleTimeMs),
    idleInTransactionTimeMs: mapping.optional('idle_in_transaction_time', timer, LIMITS.idleInTransactionTimeMs),
    sessionTimeMs: mapping.optional('session_time', timer, LIMITS.sessionTimeMs),
    connectTimeMs: mapping.optional('connect_time', positiveTimer, LIMITS.connectTimeMs),
    keepAliveMs: mapping.optional('keep_alive', timer, LIMITS.keepAliveMs),
    noticesPerStatementMax: mapping.optional(
      'notices_per_statement',
      integer(0, 1_000_000_000),
      LIMITS.noticesPerStatementMax,
    ),
  };
  if (limits.statementBytesMax > limits.frameBytesMax) {
    faults.add(mapping.placeOf('statement_bytes'), 'a statement cannot be larger than a frame');
  }
  return limits;
}

/** Section `approvals`; null: the file has none. */
export function readApprovals(node: ConfigNode | null, faults: FaultList): ApprovalSettings {
  if (node === null) return APPROVALS;
  const mapping = Mapping.open(node, { known: ['hold', 'request_expiry', 'approval_expiry', 'webhooks'] }, faults);
  mapping.optional('webhooks', emptyList('webhooks'), null);
  return {
    holdMs: mapping.optional('hold', readHold, APPROVALS.holdMs),
    requestExpiryMs: mapping.optional('request_expiry', positive, APPROVALS.requestExpiryMs),
    approvalExpiryMs: mapping.optional('approval_expiry', positive, APPROVALS.approvalExpiryMs),
  };
}

const timer: Reader<number> = checked(durationMs, (value) =>
  value <= TIMER_DAYS_MAX * 24 * HOUR_MS ? null : `must be at most ${TIMER_DAYS_MAX}d`,
);
const positiveTimer: Reader<number> = checked(timer, (value) => (value > 0 ? null : 'must be more than 0'));
const positive: Reader<number> = checked(durationMs, (value) => (value > 0 ? null : 'must be more than 0'));

const readHold: Reader<number> = (node, faults) => {
  const mapping = Mapping.open(node, { known: ['postgres'], unbuilt: { mysql: '' } }, faults);
  return mapping.optional('postgres', positive, APPROVALS.holdMs);
};

function noLimit(key: string): Reader<null> {
  return (node, faults) => {
    const zero = node.kind === 'scalar' && (node.value === 0 || node.value === '0');
    if (!zero) faults.add(node.at, notInThisVersion(`${key} other than 0`));
    return null;
  };
}
