import type { DetectorName } from '@bailiwick/domain';
import { findEmails } from './email-address.ts';
import type { Finding, Scene } from './finding.ts';
import { findIps, findMacs } from './network-address.ts';
import { findNumbers, looksAtNumbers } from './numbers.ts';
import { findMachineReadable } from './passport.ts';
import { Reading } from './reading.ts';
import { findAccessKeys, findJwts, findPrivateKeys } from './secrets.ts';
import { Words } from './words.ts';

const FINDERS: Readonly<Partial<Record<DetectorName, (scene: Scene) => readonly Finding[]>>> = {
  private_key: findPrivateKeys,
  jwt: findJwts,
  access_key: findAccessKeys,
  email: findEmails,
  passport: findMachineReadable,
  mac: findMacs,
  ip: findIps,
};

/** What was found, from the start of the text on and without overlaps, and how many code units were looked at. */
export interface Search {
  readonly findings: readonly Finding[];
  readonly steps: number;
}

/**
 * Looks for everything wanted. Linear in the length of the text, whatever it holds: no detector goes back over what it
 * has read but for a bounded number of characters.
 */
export function findAll(text: string, wanted: ReadonlySet<DetectorName>): Search {
  const reading = new Reading(text);
  const scene: Scene = { reading, words: new Words(reading) };
  const found = [...wanted].map((name) => FINDERS[name]?.(scene) ?? []);
  if (looksAtNumbers(wanted)) found.push(findNumbers(scene, wanted));
  return { findings: withoutOverlaps(found.flat()), steps: reading.steps };
}

/** Places that overlap become one, named after the longest of them. */
function withoutOverlaps(findings: readonly Finding[]): readonly Finding[] {
  const merged: Finding[] = [];
  for (const next of findings.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = merged.at(-1);
    if (last === undefined || next.start >= last.end) merged.push(next);
    else {
      const longer = next.end - next.start > last.end - last.start ? next : last;
      merged[merged.length - 1] = {
        detector: longer.detector,
        start: last.start,
        end: Math.max(last.end, next.end),
      };
    }
  }
  return merged;
}
