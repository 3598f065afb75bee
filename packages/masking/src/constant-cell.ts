import { standIn, type ValueFormat } from '@bailiwick/domain';

/**
 * The constant of a type, in its wire format: what a derived regulated output becomes, NULL or not (SEMANTICS 15, 16).
 * Text `[redacted]`, zero, false, 1970-01-01, the nil UUID, `{}`, no bytes; README.md lists them all.
 */
export function constantCell(format: ValueFormat): Buffer {
  return format.encode(standIn(format));
}
