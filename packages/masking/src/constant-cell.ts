import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { structuredConstant } from './structured-text.ts';

/** What a redacted text shows. A write that holds it came from a masked read, and can be recognised by it. */
export const REDACTED = '[redacted]';

/** The constant of a type as a value. */
export function constantValue(format: ValueFormat): CellValue {
  switch (format.kind) {
    case 'text':
      return { kind: 'text', text: structuredConstant(format) ?? REDACTED.slice(0, format.lengthMax ?? undefined) };
    case 'integer':
      return { kind: 'integer', integer: 0n };
    case 'decimal':
      return { kind: 'decimal', decimal: '0' };
    case 'float':
      return { kind: 'float', float: 0 };
    case 'boolean':
      return { kind: 'boolean', boolean: false };
    case 'date':
      return { kind: 'date', days: 0 };
    case 'timestamp':
      return { kind: 'timestamp', micros: 0n };
    case 'uuid':
      return { kind: 'uuid', hex: '0'.repeat(32) };
    case 'json':
      return { kind: 'json', json: '{}' };
    case 'bytes':
      return { kind: 'bytes', bytes: Buffer.alloc(0) };
    default:
      return format.kind satisfies never;
  }
}

/**
 * The constant of a type, in its wire format: what a derived regulated output becomes, NULL or not (SEMANTICS 15, 16).
 * Text `[redacted]`, zero, false, 1970-01-01, the nil UUID, `{}`, no bytes; README.md lists them all.
 */
export function constantCell(format: ValueFormat): Buffer {
  return format.encode(constantValue(format));
}
