import type { ValueFormat } from '@bailiwick/domain';

/**
 * How a type is written on the wire, by its oid; undefined where a cell of it cannot be read (it is then nulled, never
 * passed). RowDescription reports a domain's base type, so domains do not appear here.
 * @param wireFormat 0 text, 1 binary.
 */
export function valueFormat(_typeOid: number, _wireFormat: 0 | 1): ValueFormat | undefined {
  return undefined;
}
