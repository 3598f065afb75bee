/** A regular expression of PostgreSQL in the part of its language that JavaScript reads the same way. */
export interface SimplePattern {
  /** A text that matches. */
  readonly sample: string;
  matches(text: string): boolean;
}

const SHORTHANDS: Readonly<Record<string, string>> = { d: '0', w: 'x', s: ' ' };
/** Preferred first: what tells that it is made up. */
const MEMBERS = ['0', 'X', 'x', '_', '-', '.', ' '];
const REPEATS_MAX = 1000;

/**
 * Literals, `.`, `\d \w \s`, classes without negation or names, groups, alternatives, and quantifiers. Null for a pattern
 * with anything else, which may mean something else there.
 */
export function simplePattern(pattern: string): SimplePattern | null {
  const reader = new PatternReader(pattern);
  const sample = reader.alternatives();
  if (sample === null || !reader.atEnd) return null;
  const expression = new RegExp(pattern);
  return expression.test(sample) ? { sample, matches: (text) => expression.test(text) } : null;
}

/** Reads a pattern from left to right, and writes a text that it matches. Each method gives null for what it does not know. */
class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get atEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  /** The first of `a|b|c`; the others are read, too. */
  alternatives(): string | null {
    const first = this.#sequence();
    for (let next = first; next !== null && this.#pattern[this.#at] === '|'; ) {
      this.#at += 1;
      next = this.#sequence();
      if (next === null) return null;
    }
    return first;
  }

  #sequence(): string | null {
    let sample = '';
    while (!this.atEnd && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      const atom = this.#atom();
      const times = atom === null ? null : this.#quantifier();
      if (atom === null || times === null || sample.length + atom.length * times > REPEATS_MAX) return null;
      sample += atom.repeat(times);
    }
    return sample;
  }

  #atom(): string | null {
    const character = this.#pattern[this.#at++] ?? '';
    if (character === '^' || character === '$') return '';
    if (character === '.') return 'x';
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '\\') return this.#escape();
    return /[*+?{}\])]/.test(character) ? null : character;
  }

  #escape(): string | null {
    const character = this.#pattern[this.#at++] ?? '';
    if (/[A-Za-z0-9]/.test(character)) return SHORTHANDS[character] ?? null;
    return character === '' ? null : character;
  }

  #group(): string | null {
    if (this.#pattern[this.#at] === '?') return null;
    const inner = this.alternatives();
    return this.#pattern[this.#at++] === ')' ? inner : null;
  }

  #class(): string | null {
    const [whole = '', inside = ''] =
      /^((?:[A-Za-z0-9 _.,@#/+*-]|\\[dws.-])+)\]/.exec(this.#pattern.slice(this.#at)) ?? [];
    if (whole === '') return null;
    this.#at += whole.length;
    const members = new RegExp(`^[${inside}]$`);
    return MEMBERS.find((member) => members.test(member)) ?? (inside[0] === '\\' ? null : (inside[0] ?? null));
  }

  /** How often what is before it is written: as often as it must be. */
  #quantifier(): number | null {
    const [whole = '', least] = /^(?:[*?]|\+|\{(\d{1,3})(?:,\d{0,3})?\})/.exec(this.#pattern.slice(this.#at)) ?? [];
    this.#at += whole.length;
    if ('*+?{'.includes(this.#pattern[this.#at] ?? 'x')) return null;
    if (whole === '') return 1;
    return least === undefined ? 1 : Number(least);
  }
}
