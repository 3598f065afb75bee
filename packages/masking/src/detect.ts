import type { MaskSpec, ValueFormat } from '@bailiwick/domain';
import type { Transform } from './cell-transform.ts';

export function detect(_spec: MaskSpec, _format: ValueFormat): Transform | undefined {
  return undefined;
}
