import type { DetectorName } from '@bailiwick/domain';
import { type Candidate, eachCandidate } from './candidates.ts';
import { isCard } from './card.ts';
import type { Finding, Scene } from './finding.ts';
import { isIban } from './iban.ts';
import { isNationalId } from './national-id.ts';
import { isPassport } from './passport.ts';
import { isPhone } from './phone.ts';

const CHECKS: readonly (readonly [DetectorName, (candidate: Candidate, scene: Scene) => boolean])[] = [
  ['iban', isIban],
  ['card', isCard],
  ['passport', isPassport],
  ['national_id', (candidate, { words }) => isNationalId(candidate, words)],
  ['phone', isPhone],
];

const PLUS = 0x2b;
const OPENING = 0x28;
const CLOSING = 0x29;

/** Whether any of these detectors looks at numbers in groups. */
export const looksAtNumbers = (wanted: ReadonlySet<DetectorName>): boolean => CHECKS.some(([name]) => wanted.has(name));

/** Kinds whose check digits leave so little doubt that what begins inside one is nothing else, wanted or not. */
const CERTAIN: ReadonlySet<DetectorName> = new Set(['iban', 'card']);

interface Match {
  readonly detector: DetectorName;
  readonly candidate: Candidate;
}

/**
 * Numbers that are written in groups. The longest one that begins at a word counts, and what begins inside it is not
 * looked at.
 */
export function findNumbers(scene: Scene, wanted: ReadonlySet<DetectorName>): readonly Finding[] {
  // Those wanted come first: a number that could be either is what was asked for.
  const checks = [
    ...CHECKS.filter(([name]) => wanted.has(name)),
    ...CHECKS.filter(([name]) => !wanted.has(name) && CERTAIN.has(name)),
  ];
  const findings: Finding[] = [];
  let word = 0;
  while (word < scene.words.count) {
    const found = longestAt(word, scene, checks);
    if (found !== null && wanted.has(found.detector)) findings.push(findingOf(found, scene));
    word = found === null ? word + 1 : found.candidate.lastWord + 1;
  }
  return findings;
}

function longestAt(word: number, scene: Scene, checks: typeof CHECKS): Match | null {
  const matches: Match[] = [];
  eachCandidate(scene, word, (candidate) => {
    const found = checks.find(([, isOne]) => isOne(candidate, scene));
    if (found !== undefined) matches.push({ detector: found[0], candidate });
  });
  return matches.at(-1) ?? null;
}

/** A plus before a telephone number belongs to it, and so does the parenthesis that its first group is closed by. */
function findingOf({ detector, candidate }: Match, { reading, words }: Scene): Finding {
  const { start, end, firstWord } = candidate;
  let from = start;
  if (detector === 'phone' && reading.code(from - 1) === PLUS) from -= 1;
  if (reading.code(words.end(firstWord)) === CLOSING && reading.code(from - 1) === OPENING) from -= 1;
  return { detector, start: from, end };
}
