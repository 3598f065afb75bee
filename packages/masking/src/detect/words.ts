import { isAlphanumeric, isDigit, type Reading } from './reading.ts';

/** What people put between the groups of a number. A full stop and a blank end a sentence, and are none of it. */
const JOINTS: ReadonlySet<string> = new Set([
  ...[' ', '-', '.', '/', '(', ')', '  ', ' (', ') ', ')-', '-(', '.(', ').', ' - '],
]);
const JOINT_LENGTH_MAX = 3;

/** The words of a text, runs of ASCII letters and digits, in order. Made in one pass. */
export class Words {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #digits: number[] = [];
  /** Whether nothing but a joint is between a word and the one before it. */
  readonly #joined: boolean[] = [];
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
    let at = 0;
    while (at < reading.length) {
      const gapStart = at;
      let code = reading.code(at);
      while (at < reading.length && !isAlphanumeric(code)) {
        at += 1;
        code = reading.code(at);
      }
      if (at >= reading.length) return;
      const start = at;
      let digits = 0;
      while (at < reading.length && isAlphanumeric(code)) {
        if (isDigit(code)) digits += 1;
        at += 1;
        code = reading.code(at);
      }
      const gap = start - gapStart;
      this.#joined.push(gapStart > 0 && gap <= JOINT_LENGTH_MAX && JOINTS.has(reading.slice(gapStart, start)));
      this.#starts.push(start);
      this.#ends.push(at);
      this.#digits.push(digits);
    }
  }

  get count(): number {
    return this.#starts.length;
  }

  start(word: number): number {
    return this.#starts[word] ?? 0;
  }

  end(word: number): number {
    return this.#ends[word] ?? 0;
  }

  length(word: number): number {
    return this.end(word) - this.start(word);
  }

  /** How many of its characters are digits. */
  digits(word: number): number {
    return this.#digits[word] ?? 0;
  }

  isNumber(word: number): boolean {
    return this.digits(word) === this.length(word) && this.digits(word) > 0;
  }

  /** Whether a word and the one before it may be groups of one number. */
  joinsPrevious(word: number): boolean {
    return this.#joined[word] === true;
  }

  /** Whether a word and the next are short numbers with a dot between them, as in an IPv4 address. */
  isDottedPair(word: number): boolean {
    const isShort = (one: number): boolean => this.isNumber(one) && this.length(one) <= OCTET_LENGTH_MAX;
    return isShort(word) && isShort(word + 1) && this.separatorAfter(word) === DOT;
  }

  text(word: number): string {
    return this.#reading.slice(this.start(word), this.end(word));
  }

  /** The code unit between a word and the next, where there is exactly one; 0 otherwise. */
  separatorAfter(word: number): number {
    return this.start(word + 1) === this.end(word) + 1 ? this.#reading.code(this.end(word)) : 0;
  }

  /** Whether one of the few words before is one of these, in lower case. */
  saidBefore(word: number, context: ReadonlySet<string>): boolean {
    for (let before = word - 1; before >= 0 && before >= word - CONTEXT_WORDS; before -= 1) {
      if (this.length(before) <= CONTEXT_LENGTH_MAX && context.has(this.text(before).toLowerCase())) return true;
    }
    return false;
  }
}

const DOT = 0x2e;
const OCTET_LENGTH_MAX = 3;
const CONTEXT_WORDS = 4;
const CONTEXT_LENGTH_MAX = 16;
