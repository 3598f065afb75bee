import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { FaultList, Position } from './fault.ts';

/** A value of a YAML file with the place where it begins. */
export type ConfigNode =
  | { readonly kind: 'scalar'; readonly at: Position; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly ConfigNode[] }
  | { readonly kind: 'mapping'; readonly at: Position; readonly entries: ReadonlyMap<string, ConfigEntry> };

export interface ConfigEntry {
  readonly keyAt: Position;
  readonly node: ConfigNode;
}

/** Deeper than any configuration needs, and the end of aliases that contain themselves. */
const DEPTH_MAX = 32;
/** More values than any configuration needs, and the end of aliases that multiply themselves. */
const NODES_MAX = 50_000;

/** Reads YAML 1.2. Faults of the syntax are added to `faults`; null where nothing can be read. */
export function parseConfig(file: string, text: string, faults: FaultList): ConfigNode | null {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const problem of [...document.errors, ...document.warnings]) faults.add(place(problem.pos[0]), problem.message);
  if (document.errors.length > 0) return null;

  let nodes = 0;
  const convert = (node: unknown, from: Position, depth: number): ConfigNode => {
    nodes += 1;
    const at = isNode(node) && node.range ? place(node.range[0]) : from;
    if (depth > DEPTH_MAX || nodes > NODES_MAX) {
      faults.add(at, 'the file is too deep or too large');
      return { kind: 'scalar', at, value: null };
    }
    if (isAlias(node)) return { ...convert(node.resolve(document), at, depth + 1), at };
    if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => convert(item, at, depth + 1)) };
    if (isMap(node)) {
      const entries = new Map<string, ConfigEntry>();
      for (const { key, value } of node.items) {
        const keyAt = isNode(key) && key.range ? place(key.range[0]) : at;
        if (isScalar(key)) entries.set(String(key.value), { keyAt, node: convert(value, keyAt, depth + 1) });
        else faults.add(keyAt, 'a key must be a plain name');
      }
      return { kind: 'mapping', at, entries };
    }
    const value = isScalar(node) ? node.value : null;
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      return { kind: 'scalar', at, value: value as string | number | boolean | null };
    }
    faults.add(at, 'is not a text, a number or a boolean');
    return { kind: 'scalar', at, value: null };
  };
  return convert(document.contents, place(0), 0);
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
