import type { CellMask, MaskSpec, ValueFormat } from '@bailiwick/domain';

/** Keys of the keyed masks, newest first. `key` is 32 bytes. */
export interface MaskKeys {
  readonly keys: readonly { readonly id: string; readonly key: Buffer }[];
}

/** The mask for non-null cells of one type in one wire format. A mask that does not apply to the type gives its constant. */
export function compileMask(_spec: MaskSpec, _format: ValueFormat, _keys: MaskKeys): CellMask {
  throw new Error('not there yet');
}

/** The constant of a type, in its wire format: what a derived regulated output becomes, NULL or not (SEMANTICS 15, 16). */
export function constantCell(_format: ValueFormat): Buffer {
  throw new Error('not there yet');
}
