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
};
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
    statementTimeMs: mapping.optional('statement_time', durationMs, LIMITS.statementTimeMs),
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
