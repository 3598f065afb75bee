import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { parseDay } from './civil-date.ts';
import { constantCell } from './constant-cell.ts';

const DAY_MICROS = 86_400_000_000n;

/**
 * The cell of `constant: { value }` in one type: text cut to the type's length, numbers, true and false, `YYYY-MM-DD`
 * for dates and timestamps, a UUID, JSON, an enum's label; an array gets it as its one element. A value that the type cannot hold gives the type's own constant: one rule
 * covers columns of many types.
 */
export function constantOptionCell(format: ValueFormat, option: string | number | boolean): Buffer {
  const value = valueOfOption(format, String(option));
  if (value === undefined) return constantCell(format);
  try {
    return format.encode(value);
  } catch {
    return constantCell(format);
  }
}

function valueOfOption(format: ValueFormat, text: string): CellValue | undefined {
  switch (format.kind) {
    case 'text':
      return { kind: 'text', text: text.slice(0, format.lengthMax ?? undefined) };
    case 'integer':
      return /^-?\d{1,20}$/.test(text) ? { kind: 'integer', integer: BigInt(text) } : undefined;
    case 'decimal':
      return { kind: 'decimal', decimal: text };
    case 'float':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? { kind: 'float', float: Number(text) } : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? { kind: 'boolean', boolean: text === 'true' } : undefined;
    case 'date':
    case 'timestamp': {
      const days = parseDay(text);
      if (days === undefined) return undefined;
      return format.kind === 'date' ? { kind: 'date', days } : { kind: 'timestamp', micros: BigInt(days) * DAY_MICROS };
    }
    case 'uuid':
      return { kind: 'uuid', hex: text.replaceAll('-', '').toLowerCase() };
    case 'json':
      return { kind: 'json', json: text };
    case 'bytes':
      return { kind: 'bytes', bytes: Buffer.from(text, 'utf8') };
    case 'array': {
      const element = format.element === null ? undefined : valueOfOption(format.element, text);
      return element && { kind: 'array', dimensions: [{ length: 1, lowerBound: 1 }], elements: [element] };
    }
    case 'opaque':
      return undefined;
    default:
      return format.kind satisfies never;
  }
}
