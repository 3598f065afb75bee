import type { ValueFormat } from '@bailiwick/domain';

/** Both ends included. */
export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const signed = (bits: bigint): IntegerRange => ({ min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n });

const RANGES: ReadonlyMap<string, IntegerRange> = new Map([
  ['int2', signed(16n)],
  ['int4', signed(32n)],
  ['int8', signed(64n)],
  ['oid', { min: 0n, max: (1n << 32n) - 1n }],
]);

/** What an integer type can hold; undefined for a type not known, whose cells become its constant. */
export function integerRange(format: ValueFormat): IntegerRange | undefined {
  return format.kind === 'integer' ? RANGES.get(format.typeName) : undefined;
}
