import type { CellMask, CellValue, ValueFormat } from '@bailiwick/domain';
import { constantCell } from './constant-cell.ts';

/** What a mask makes of one value; undefined when it cannot mask that value and the constant must stand for it. */
export type Transform = (value: CellValue) => CellValue | undefined;

/** Every cell becomes `cell`. The input is not looked at: nothing of it can matter. */
export function constantMask(cell: Buffer | null): CellMask {
  return () => cell;
}

/** Decodes, transforms and encodes each cell; the format's constant where the transform gives nothing that fits. */
export function transformMask(format: ValueFormat, transform: Transform): CellMask {
  const constant = constantCell(format);
  return (cell) => {
    const masked = transform(format.decode(cell));
    return masked === undefined ? constant : encodeOr(constant, format, masked);
  };
}

/** What a mask makes may not fit a type that bounds its bytes (`name`); that is no reason to end a session. */
function encodeOr(constant: Buffer, format: ValueFormat, masked: CellValue): Buffer {
  try {
    return format.encode(masked);
  } catch {
    return constant;
  }
}

/** A transform of text. A result longer than the type can hold is no result. */
export function textTransform(format: ValueFormat, transform: (text: string) => string | undefined): Transform {
  return (value) => {
    if (value.kind !== 'text') return undefined;
    const text = transform(value.text);
    const fits = text !== undefined && (format.lengthMax === null || text.length <= format.lengthMax);
    return fits ? { kind: 'text', text } : undefined;
  };
}
