import { type CellMask, type CellValue, GatewayError, standIn, type ValueFormat } from '@bailiwick/domain';
import { constantCell } from './constant-cell.ts';

/** What a mask makes of one value; undefined when it cannot mask that value and the constant must stand for it. */
export type Transform = (value: CellValue) => CellValue | undefined;

/** Whether the masks of text apply: text whose type has no grammar of its own. */
export const isFreeText = (format: ValueFormat): boolean => format.kind === 'text' && format.standIn === null;

/** Every cell becomes `cell`. Of the input only the length is looked at: nothing else of it can matter. */
export function constantMask({ typeName, width }: ValueFormat, cell: Buffer | null): CellMask {
  if (width === null) return () => cell;
  return (input) => {
    if (input.length !== width)
      throw new GatewayError('upstream-violation', `a value of ${typeName} has ${input.length} bytes, not ${width}`);
    return cell;
  };
}

/** Decodes, transforms and encodes each cell; the format's constant where the transform gives nothing that fits. */
export function transformMask(format: ValueFormat, transform: Transform): CellMask {
  const constant = constantCell(format);
  return (cell) => {
    const masked = transform(format.decode(cell));
    return masked === undefined ? constant : encodeOr(constant, format, masked);
  };
}

/** What a mask makes may not fit a type that bounds its values (`name`, `numeric(4,2)`): no reason to end a session. */
function encodeOr(constant: Buffer, format: ValueFormat, masked: CellValue): Buffer {
  try {
    return format.encode(masked);
  } catch {
    return constant;
  }
}

/** An array's elements one by one: its shape and its NULLs stay, and so does how many there are. */
export function elementsTransform(element: ValueFormat, transform: Transform): Transform {
  const constant = standIn(element);
  return (value) => {
    if (value.kind !== 'array') return undefined;
    const elements = value.elements.map((one) => (one === null ? null : (transform(one) ?? constant)));
    return { ...value, elements };
  };
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
