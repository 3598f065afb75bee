import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { checked, durationMs } from './read-values.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const PASS_LIFETIME_MAX_MS = 8 * HOUR_MS;

/** Section `passes`: the longest that an access pass lasts, in milliseconds; null: the file has none. */
export function readPasses(node: ConfigNode | null, faults: FaultList): number {
  if (node === null) return PASS_LIFETIME_MAX_MS;
  const lifetime = checked(durationMs, (value) =>
    value >= 1000 && value <= YEAR_MS ? null : 'must be from 1s to 365d',
  );
  return Mapping.open(node, { known: ['max_ttl'] }, faults).optional('max_ttl', lifetime, PASS_LIFETIME_MAX_MS);
}
