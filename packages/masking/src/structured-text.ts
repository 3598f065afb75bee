import type { ValueFormat } from '@bailiwick/domain';

/**
 * Types whose values are carried as text but are not free text: a mask cannot put what it likes there. Every mask but
 * null and constant gives the constant named here. By type name, whatever the protocol.
 */
const STRUCTURED: ReadonlyMap<string, string> = new Map([
  ['time', '00:00:00'],
  ['timetz', '00:00:00+00'],
  ['interval', '00:00:00'],
  ['inet', '0.0.0.0'],
  ['cidr', '0.0.0.0/32'],
  ['macaddr', '00:00:00:00:00:00'],
  ['macaddr8', '00:00:00:00:00:00:00:00'],
  ['bit', '0'],
  ['varbit', ''],
  ['xml', '<redacted/>'],
]);

/** The constant of a structured text type; undefined for free text and for every other kind. */
export function structuredConstant(format: ValueFormat): string | undefined {
  return format.kind === 'text' ? STRUCTURED.get(format.typeName) : undefined;
}

/** Whether the masks of text apply. */
export function isFreeText(format: ValueFormat): boolean {
  return format.kind === 'text' && !STRUCTURED.has(format.typeName);
}
