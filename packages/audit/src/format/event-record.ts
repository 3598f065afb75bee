import type { AuditEvent } from '@bailiwick/domain';
import { type RecordHead, recordPayload } from './record.ts';

/**
 * The event of a whole event record, or null where the payload is no event. A type that this version does not know
 * is an event too: whoever shows it decides.
 */
export function decodeEvent(record: Buffer, head: RecordHead): AuditEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(recordPayload(record, head).toString('utf8'));
  } catch {
    return null;
  }
  return isEvent(value) ? value : null;
}

/** The hash of the record was checked before: what has a type was written by the gateway. */
function isEvent(value: unknown): value is AuditEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
