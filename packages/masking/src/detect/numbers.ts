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

/** Whether any of these detectors looks at numbers in groups. */
export const looksAtNumbers = (wanted: ReadonlySet<DetectorName>): boolean => CHECKS.some(([name]) => wanted.has(name));

/**
 * Numbers that are written in groups. The longest one that begins at a word counts, and what begins inside it is not
 * looked at.
 */
export function findNumbers(scene: Scene, wanted: ReadonlySet<DetectorName>): readonly Finding[] {
  const checks = CHECKS.filter(([name]) => wanted.has(name));
  const findings: Finding[] = [];
  let word = 0;
  while (word < scene.words.count) {
    let longest: (Finding & { readonly lastWord: number }) | null = null;
    eachCandidate(scene, word, (candidate) => {
      const { start, end, lastWord } = candidate;
      const found = checks.find(([, matches]) => matches(candidate, scene));
      if (found === undefined) return;
      const plus = found[0] === 'phone' && scene.reading.code(start - 1) === PLUS ? 1 : 0;
      longest = { detector: found[0], start: start - plus, end, lastWord };
    });
    const found = longest as (Finding & { readonly lastWord: number }) | null;
    if (found === null) word += 1;
    else {
      findings.push({ detector: found.detector, start: found.start, end: found.end });
      word = found.lastWord + 1;
    }
  }
  return findings;
}
