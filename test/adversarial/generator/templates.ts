import { VALUE_TYPES, type ValueType } from './value-types.ts';

/** A way to make a value of a type out of others: `parts` around `operands`, as in a template. */
export interface Template {
  readonly parts: readonly string[];
  readonly operands: readonly ValueType[];
}

export type Templates = ReadonlyMap<ValueType, readonly Template[]>;

/** Reads templates, one a line: `result: text with <type> for each operand`. */
export function read(lines: string): Templates {
  const all = new Map<ValueType, Template[]>();
  for (const line of lines.trim().split('\n')) {
    const at = line.indexOf(': ');
    const pieces = line.slice(at + 2).split(/<([a-z0-9]+(?:\[\])?)>/);
    const operands = pieces.filter((_, index) => index % 2 === 1).map(typeNamed);
    const result = typeNamed(line.slice(0, at));
    const known = all.get(result) ?? [];
    all.set(result, [...known, { parts: pieces.filter((_, index) => index % 2 === 0), operands }]);
  }
  return all;
}

function typeNamed(name: string): ValueType {
  const type = VALUE_TYPES.find((known) => known === name);
  if (type === undefined) throw new Error(`no such type: ${name}`);
  return type;
}
