const FULL_WIDTH_OFFSET = 0xfee0;
const NOT_ASCII = /[^\0-\x7f]/;

/** First digits of scripts whose ten digits follow each other: Arabic-Indic, extended Arabic-Indic, Devanagari, Bengali. */
const DIGIT_ZEROS = [0x660, 0x6f0, 0x966, 0x9e6] as const;

/**
 * A text as the detectors read it: one code unit at a time, each look counted, so that a test can bound the work. Digits
 * of other scripts, full-width letters, and the many blanks and dashes are folded to ASCII, one unit for one, so that
 * offsets are those of the text.
 */
export class Reading {
  readonly length: number;
  readonly #text: string;
  #steps = 0;

  constructor(text: string) {
    this.length = text.length;
    this.#text = NOT_ASCII.test(text) ? fold(text) : text;
    this.#steps = text.length;
  }

  /** How many code units were looked at so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The folded code unit at an offset; NaN outside the text. */
  code(at: number): number {
    this.#steps += 1;
    return this.#text.charCodeAt(at);
  }

  slice(start: number, end: number): string {
    this.#steps += end - start;
    return this.#text.slice(start, end);
  }

  /** Where `needle` is next, from an offset on; -1: nowhere. */
  find(needle: string, from: number): number {
    const at = this.#text.indexOf(needle, from);
    this.#steps += (at === -1 ? this.length : at) - from + needle.length;
    return at;
  }
}

function fold(text: string): string {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) units[at] = foldUnit(text.charCodeAt(at));
  return Buffer.from(units.buffer).toString('utf16le');
}

function foldUnit(unit: number): number {
  if (unit < 0x80) return unit;
  if (unit >= 0xff01 && unit <= 0xff5e) return unit - FULL_WIDTH_OFFSET;
  for (const zero of DIGIT_ZEROS) if (unit >= zero && unit < zero + 10) return unit - zero + 0x30;
  // Blanks, and what is invisible: someone may have put it between the digits.
  if (unit === 0xa0 || unit === 0xad || unit === 0x202f || unit === 0x2060 || unit === 0x3000 || unit === 0xfeff)
    return 0x20;
  if (unit >= 0x2000 && unit <= 0x200d) return 0x20;
  if ((unit >= 0x2010 && unit <= 0x2015) || unit === 0x2212) return 0x2d;
  return unit;
}

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a && code < 0x80;

export const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code);

export const isHexDigit = (code: number): boolean => isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
