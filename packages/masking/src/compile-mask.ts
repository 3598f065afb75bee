import { type CellMask, type MaskSpec, maskOption, type ValueFormat, validateMask } from '@bailiwick/domain';
import { bucket } from './bucket.ts';
import { constantMask, elementsTransform, isFreeText, type Transform, transformMask } from './cell-transform.ts';
import { constantCell } from './constant-cell.ts';
import { constantOptionCell } from './constant-option.ts';
import { date } from './date.ts';
import { detect } from './detect.ts';
import { email } from './email.ts';
import { fake } from './fake.ts';
import { fpe } from './fpe.ts';
import { hash } from './hash.ts';
import type { MaskKeys } from './mask-keys.ts';
import { partial } from './partial.ts';
import { token } from './token.ts';

/**
 * The mask for non-null cells of one type in one wire format; compile once per column. A mask that does not apply to
 * the type, or cannot mask a value, gives the type's constant; arrays are masked element by element. The returned
 * function throws on a cell that is not of the type when it has to read it; the row is then refused. Its result may be
 * shared between calls: copy it, never write to it. Throws on a spec that `validateMask` refuses, and when a keyed mask
 * has no key.
 */
export function compileMask(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): CellMask {
  const fault = validateMask(spec.name, spec.options);
  if (fault !== null) throw new Error(fault);
  if (spec.name === 'null') return constantMask(format, null);
  if (spec.name === 'constant') {
    return constantMask(format, constantOptionCell(format, maskOption(spec, 'value') ?? ''));
  }
  const transform = transformOf(spec, format, keys);
  return transform === undefined ? constantMask(format, constantCell(format)) : transformMask(format, transform);
}

function transformOf(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): Transform | undefined {
  if (format.element === null) return scalarTransform(spec, format, keys);
  const transform = scalarTransform(spec, format.element, keys);
  return transform && elementsTransform(format.element, transform);
}

function scalarTransform(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): Transform | undefined {
  switch (spec.name) {
    case 'null':
    case 'redact':
    case 'constant':
      return undefined;
    case 'partial':
      return isFreeText(format) ? partial(spec, format) : undefined;
    case 'email':
      return isFreeText(format) ? email(spec, format) : undefined;
    case 'fake':
      return isFreeText(format) ? fake(spec, format, keys) : undefined;
    case 'hash':
      return hash(spec, format, keys);
    case 'token':
      return token(format, keys);
    case 'fpe':
      return fpe(format, keys);
    case 'bucket':
      return bucket(spec, format);
    case 'date':
      return date(spec, format, keys);
    case 'detect':
      return detect(spec, format);
    default:
      return spec.name satisfies never;
  }
}
