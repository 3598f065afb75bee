import type { ArrayDimension } from '@bailiwick/domain';
import { ValueError } from './value-error.ts';

/** MAXDIM of the server. */
export const DIMENSIONS_MAX = 6;

/** An array as array_out writes it, its elements still as text (one character a byte); null is SQL NULL. */
export interface ArrayText {
  readonly dimensions: readonly ArrayDimension[];
  readonly elements: readonly (string | null)[];
}

const BOUNDS = /^((?:\[-?\d{1,10}:-?\d{1,10}\]){1,6})=/;

/** Reads one cell, byte for byte. Throws where the braces, quotes or numbers of elements do not add up. */
export function parseArrayText(typeName: string, text: string, delimiter: string): ArrayText {
  const bounds = BOUNDS.exec(text);
  const reader = new ArrayReader(typeName, text, delimiter, bounds?.[0].length ?? 0);
  const { lengths, elements } = reader.read();
  const lower = [...(bounds?.[1] ?? '').matchAll(/\[(-?\d+):/g)].map(([, bound]) => Number(bound));
  if (bounds !== null && lower.length !== lengths.length) throw new ValueError(typeName, 'bounds of other dimensions');
  return { dimensions: lengths.map((length, at) => ({ length, lowerBound: lower[at] ?? 1 })), elements };
}

class ArrayReader {
  readonly #typeName: string;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #elements: (string | null)[] = [];
  /** Elements per level, as its first part had them. */
  readonly #lengths: number[] = [];
  /** How deep the elements are; 0: none was seen. A part that is less deep than another is none of array_out's. */
  #depth = 0;
  #at: number;

  constructor(typeName: string, text: string, delimiter: string, at: number) {
    this.#typeName = typeName;
    this.#text = text;
    this.#delimiter = delimiter;
    this.#at = at;
  }

  read(): { readonly lengths: readonly number[]; readonly elements: readonly (string | null)[] } {
    if (this.#text.slice(this.#at) === '{}') return { lengths: [], elements: [] };
    this.#level(0);
    if (this.#at !== this.#text.length) throw this.#fault();
    return { lengths: this.#lengths, elements: this.#elements };
  }

  #level(depth: number): void {
    if (depth >= DIMENSIONS_MAX || this.#text[this.#at] !== '{') throw this.#fault();
    let count = 0;
    let next = this.#delimiter;
    while (next === this.#delimiter) {
      this.#at += 1;
      count += 1;
      if (this.#text[this.#at] === '{') this.#level(depth + 1);
      else this.#leaf(depth);
      next = this.#text[this.#at] ?? '';
    }
    if (next !== '}') throw this.#fault();
    this.#at += 1;
    this.#lengths[depth] ??= count;
    if (this.#lengths[depth] !== count) throw this.#fault();
  }

  #leaf(depth: number): void {
    this.#elements.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#unquoted());
    if (this.#depth === 0) this.#depth = depth + 1;
    if (this.#depth !== depth + 1) throw this.#fault();
  }

  #quoted(): string {
    let element = '';
    let from = this.#at + 1;
    for (let at = from; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (character === '\\') {
        element += this.#text.slice(from, at);
        at += 1;
        from = at;
      } else if (character === '"') {
        this.#at = at + 1;
        return element + this.#text.slice(from, at);
      }
    }
    throw this.#fault();
  }

  #unquoted(): string | null {
    let at = this.#at;
    for (; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (character === this.#delimiter || character === '}') break;
      if (character === '{' || character === '"' || character === '\\') throw this.#fault();
    }
    const element = this.#text.slice(this.#at, at);
    if (element === '') throw this.#fault();
    this.#at = at;
    return element === 'NULL' ? null : element;
  }

  #fault(): ValueError {
    return new ValueError(this.#typeName, 'not an array');
  }
}

/** Writes what `parseArrayText` reads, with array_out's own rules of quoting. */
export function formatArrayText({ dimensions, elements }: ArrayText, delimiter: string): string {
  if (elements.length === 0) return '{}';
  const bounds = dimensions.map(({ length, lowerBound }) => `[${lowerBound}:${lowerBound + length - 1}]`).join('');
  const prefix = dimensions.some(({ lowerBound }) => lowerBound !== 1) ? `${bounds}=` : '';
  let parts = elements.map((element) => (element === null ? 'NULL' : quoted(element, delimiter)));
  for (const { length } of dimensions.toReversed()) {
    const joined: string[] = [];
    for (let at = 0; at < parts.length; at += length) {
      joined.push(`{${parts.slice(at, at + length).join(delimiter)}}`);
    }
    parts = joined;
  }
  return prefix + parts.join('');
}

const NEEDS_QUOTES = /^$|^null$|["\\{} \t\n\r\v\f]/i;

function quoted(element: string, delimiter: string): string {
  if (!NEEDS_QUOTES.test(element) && !element.includes(delimiter)) return element;
  return `"${element.replace(/["\\]/g, '\\$&')}"`;
}
