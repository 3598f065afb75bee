import type { Scene } from './finding.ts';
import { isDigit } from './reading.ts';

/** The shortest number that anything looks for, a telephone's, and the longest, an IBAN. */
const LENGTH_MIN = 7;
const LENGTH_MAX = 34;
const GROUPS_MAX = 10;
/** Nobody writes a number digit by digit; with a country's zero and check digits, a few groups have one. */
const SINGLES_MAX = 3;
/** A number begins with a group that holds a digit, or with letters: no more than a codice fiscale's first group. */
const LETTERS_FIRST_MAX = 3;

/** Words that follow each other closely enough to be the groups of one number. */
export interface Candidate {
  /** Without what is between the groups, in upper case. */
  readonly text: string;
  /** Lengths of the groups, as in `4-4-4-4`. */
  readonly groups: string;
  readonly isNumber: boolean;
  readonly firstWord: number;
  readonly lastWord: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Calls `consider` with every candidate that begins at a word, shortest first. At most ten candidates of at most 34
 * characters, whatever the text: the work of all words together is linear.
 */
export function eachCandidate({ words }: Scene, first: number, consider: (candidate: Candidate) => void): void {
  if (words.digits(first) === 0 && words.length(first) > LETTERS_FIRST_MAX) return;
  if (words.isDottedPair(first - 1)) return;
  let text = '';
  let groups = '';
  let digits = 0;
  let singles = 0;
  const last = Math.min(words.count, first + GROUPS_MAX);
  for (let word = first; word < last; word += 1) {
    if (word > first && !words.joinsPrevious(word)) return;
    if (text.length + words.length(word) > LENGTH_MAX) return;
    text += words.text(word).toUpperCase();
    groups += `${word === first ? '' : '-'}${words.length(word)}`;
    digits += words.digits(word);
    if (words.length(word) === 1) singles += 1;
    if (singles > SINGLES_MAX) return;
    if (words.isDottedPair(word)) continue;
    if (digits === 0 || text.length < LENGTH_MIN) continue;
    consider({
      text,
      groups,
      firstWord: first,
      lastWord: word,
      isNumber: digits === text.length,
      start: words.start(first),
      end: words.end(word),
    });
  }
}

/** The digits of a text as numbers. */
export const digitsOf = (text: string): readonly number[] => Array.from(text, Number);

/** Whether a text is ASCII digits and nothing else. */
export function isNumeric(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (!isDigit(text.charCodeAt(at))) return false;
  return text !== '';
}
