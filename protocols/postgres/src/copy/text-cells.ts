import { ProtocolError } from '@bailiwick/wire';
import type { OutputBuffer } from '../flow/output-buffer.ts';
import type { CopyCells } from './copy-cells.ts';
import type { CopyFormatOptions } from './copy-format-options.ts';

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
/** Behind a backslash, for 0x08 to 0x0d (CopyAttributeOutText in copyto.c). */
const LETTERS = 'btnvfr';
/** The letter of each control character that has one; 0: it is written as it is. */
const LETTER_OF: Uint8Array = new Uint8Array(256);
/** And back; 0: no such letter. */
const CONTROL_OF: Uint8Array = new Uint8Array(256);
for (const [index, letter] of [...LETTERS].entries()) {
  LETTER_OF[0x08 + index] = letter.charCodeAt(0);
  CONTROL_OF[letter.charCodeAt(0)] = 0x08 + index;
}

/** Cells of COPY in text format: a delimiter between them, a backslash before whatever would be taken for something else. */
export class TextCells implements CopyCells {
  readonly #delimiter: number;
  readonly #nullText: Buffer;
  readonly #columns: number;

  constructor({ delimiter, nullText }: CopyFormatOptions & { format: 'text' }, columns: number) {
    this.#delimiter = delimiter;
    this.#nullText = nullText;
    this.#columns = columns;
  }

  locate(buffer: Buffer, start: number, end: number, into: Int32Array): void {
    const last = end - 1;
    const delimiter = this.#delimiter;
    const columns = this.#columns;
    let column = 0;
    let cellStart = start;
    for (let at = start; at < last; at++) {
      const byte = buffer[at];
      if (byte === BACKSLASH) at++;
      else if (byte === delimiter) {
        if (column + 1 >= columns) throw malformed('a line has more cells than columns');
        into[2 * column] = cellStart;
        into[2 * column + 1] = at;
        column++;
        cellStart = at + 1;
      } else if (byte === LINE_FEED) throw malformed('a line ends early');
      // A backslash before the end of the line would hide it.
      if (at >= last) throw malformed('a backslash has nothing behind it');
    }
    if (end - start < 1 || buffer[last] !== LINE_FEED) throw malformed('a line has no end');
    // A table without columns has lines without cells.
    if (columns === 0 && end - start === 1) return;
    if (column + 1 !== columns) throw malformed('a line has fewer cells than columns');
    into[2 * column] = cellStart;
    into[2 * column + 1] = last;
  }

  read(buffer: Buffer, start: number, end: number): Buffer | null {
    const raw = buffer.subarray(start, end);
    if (raw.equals(this.#nullText)) return null;
    const first = raw.indexOf(BACKSLASH);
    return first < 0 ? raw : this.#unescape(raw, first);
  }

  write(out: OutputBuffer, _column: number, value: Buffer | null): void {
    if (value === null) return out.copy(this.#nullText, 0, this.#nullText.length);
    let from = 0;
    for (let at = 0; at < value.length; at++) {
      const byte = value[at] ?? 0;
      const letter = LETTER_OF[byte] ?? 0;
      if (letter === 0 && byte !== BACKSLASH && byte !== this.#delimiter) continue;
      out.copy(value, from, at);
      out.byte(BACKSLASH);
      if (letter === 0) from = at;
      else {
        out.byte(letter);
        from = at + 1;
      }
    }
    out.copy(value, from, value.length);
  }

  /** Takes what the server writes and nothing else: `\x41` or `\101` would be read by loaders, but not by a mask. */
  #unescape(raw: Buffer, first: number): Buffer {
    const value = Buffer.allocUnsafe(raw.length);
    let length = raw.copy(value, 0, 0, first);
    for (let at = first; at < raw.length; at++) {
      let byte = raw[at] ?? 0;
      if (byte === BACKSLASH) {
        at++;
        const escaped = raw[at] ?? 0;
        const control = CONTROL_OF[escaped] ?? 0;
        if (control === 0 && escaped !== BACKSLASH && escaped !== this.#delimiter)
          throw malformed('a backslash is followed by what the server never puts there');
        byte = control === 0 ? escaped : control;
      }
      value[length] = byte;
      length++;
    }
    return value.subarray(0, length);
  }
}

/**
 * Whether NULL can be told from every value in text format. `alone`: some backslash in the null string is followed by
 * what no value has there, as in `\N`. `shared`: a value that looks like it is written just like NULL. `unreadable`: its
 * last backslash would swallow the delimiter.
 */
export function nullTextKind(nullText: Buffer, delimiter: number): 'alone' | 'shared' | 'unreadable' {
  let kind: 'alone' | 'shared' = 'shared';
  for (let at = 0; at < nullText.length; at++) {
    if (nullText[at] !== BACKSLASH) continue;
    at++;
    const escaped = nullText[at];
    if (escaped === undefined) return 'unreadable';
    if ((CONTROL_OF[escaped] ?? 0) === 0 && escaped !== BACKSLASH && escaped !== delimiter) kind = 'alone';
  }
  return kind;
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'CopyData', 0, reason);
