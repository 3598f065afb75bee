import type { CellValue, ValueFormat } from './value-format.ts';

/** What a redacted text shows. */
export const REDACTED = '[redacted]';

/** The value of a type that stands for any other: legal for the type, and the same for every value. */
export function standIn(format: ValueFormat): CellValue {
  switch (format.kind) {
    case 'text':
      return { kind: 'text', text: format.standIn ?? REDACTED.slice(0, format.lengthMax ?? undefined) };
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
    case 'array':
      return { kind: 'array', dimensions: [], elements: [] };
    case 'opaque':
      return { kind: 'opaque' };
    default:
      return format.kind satisfies never;
  }
}
