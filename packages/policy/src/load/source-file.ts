import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { FaultList, Position } from './fault.ts';

/** More nodes than any policy needs: aliases that multiply themselves end here. */
const NODES_MAX = 200_000;
/** Deeper than any policy needs. */
const DEPTH_MAX = 64;

/** A policy file as plain values, with the place of each. Pointers are JSON pointers (RFC 6901). */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** Mappings are objects without a prototype, whose keys are as written. */
  readonly value: unknown;
  /** Where a value begins; the nearest enclosing one when there is none. */
  valueAt(pointer: string): Position;
  /** Where a mapping's key begins. */
  keyAt(pointer: string): Position;
  /** Where `index` characters into a text value are, as far as its quoting allows; the value's begin otherwise. */
  insideText(pointer: string, text: string, index: number): Position;
}

/** Appends one step to a JSON pointer. */
export function step(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Reads YAML 1.2. Null: it could not be read, and `faults` says why. */
export function readSourceFile(name: string, text: string, faults: FaultList): SourceFile | null {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const error of [...document.errors, ...document.warnings]) faults.add(at(error.pos[0]), error.message);
  if (document.errors.length > 0) return null;

  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  let nodes = 0;
  const open = new Set<Node>();
  const refuse = (offset: number, message: string): null => {
    faults.add(at(offset), message);
    return null;
  };
  const plain = (node: ParsedNode | Node | null, pointer: string, offset: number): unknown => {
    nodes += 1;
    if (node === null) return null;
    const start = node.range?.[0] ?? offset;
    values.set(pointer, start);
    if (nodes > NODES_MAX) return nodes === NODES_MAX + 1 ? refuse(start, 'the file is too large') : null;
    if (open.size > DEPTH_MAX) return refuse(start, 'the file nests too deep');
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined || open.has(target)) return refuse(start, 'an alias may not contain itself');
      open.add(target);
      const value = plain(target, pointer, start);
      open.delete(target);
      values.set(pointer, start);
      return value;
    }
    open.add(node);
    let result: unknown = null;
    if (isScalar(node)) result = node.value;
    else if (isSeq(node)) {
      result = node.items.map((item, index) => plain(isNode(item) ? item : null, step(pointer, index), start));
    } else if (isMap(node)) {
      const object: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        if (!isScalar(key)) {
          refuse(isNode(key) ? (key.range?.[0] ?? start) : start, 'a key must be a plain name');
          continue;
        }
        const written = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
        const inner = step(pointer, written);
        keys.set(inner, key.range?.[0] ?? start);
        object[written] = plain(isNode(value) ? value : null, inner, key.range?.[0] ?? start);
      }
      result = object;
    }
    open.delete(node);
    return result;
  };
  const before = faults.size;
  const value = plain(document.contents, '', 0);
  if (faults.size > before) return null;

  const nearest = (map: ReadonlyMap<string, number>, pointer: string): Position => {
    for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
      const offset = map.get(path) ?? values.get(path);
      if (offset !== undefined) return at(offset);
      if (path === '') return at(0);
    }
  };
  return {
    name,
    text,
    value,
    valueAt: (pointer) => nearest(values, pointer),
    keyAt: (pointer) => nearest(keys, pointer),
    insideText: (pointer, inner, index) => {
      const offset = values.get(pointer);
      if (offset === undefined) return nearest(values, pointer);
      const quote = text[offset] === '"' || text[offset] === "'" ? 1 : 0;
      return at(text.startsWith(inner, offset + quote) ? offset + quote + index : offset);
    },
  };
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
