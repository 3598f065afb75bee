import { type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import type { Rule } from '../rules/rule.ts';
import { type Jurisdictions, OTHER_PLACE, type RegionSet } from './jurisdictions.ts';

/** The places that rules name, smallest first: the only ones that metric labels and verdicts may show. */
export interface RegionFolding {
  readonly names: readonly Place[];
}

/** The folding of a list of rules (CONTRACT section 8). */
export function regionFolding(rules: readonly Rule[], regions: Jurisdictions): RegionFolding {
  const sets = rules.flatMap((rule) => [rule.data, rule.reader?.outside ?? null, rule.reader?.inside ?? null]);
  const names = [...new Set(sets.flatMap((set) => set?.names ?? []))];
  const size = (name: Place) => regions.codes(name)?.size ?? 0;
  return { names: names.sort((a, b) => size(a) - size(b) || (a < b ? -1 : 1)) };
}

/**
 * A place as rules name it: by its own name, else by the smallest named set around it, else `other`. With `preferred`,
 * the rule's own names come first, so that a rule about the EEA counts under EEA whatever other rules name.
 */
export function foldPlace(
  place: Place,
  folding: RegionFolding,
  regions: Jurisdictions,
  preferred: RegionSet | null = null,
): Place {
  if (regions.codes(place) === null) return UNKNOWN_PLACE;
  const around = (name: Place) => name === place || regions.within(place, regions.set([name])) === 'yes';
  return preferred?.names.find(around) ?? folding.names.find(around) ?? OTHER_PLACE;
}

/** The place of a reader that made a rule speak: the first outside, else an unknown one, else the first. */
export function foldReader(
  places: readonly Place[],
  rule: Rule,
  folding: RegionFolding,
  regions: Jurisdictions,
): Place {
  const outside = rule.reader?.outside ?? null;
  const guilty =
    outside === null
      ? undefined
      : (places.find((place) => regions.within(place, outside) === 'no') ??
        places.find((place) => regions.within(place, outside) === 'maybe'));
  return foldPlace(guilty ?? places[0] ?? UNKNOWN_PLACE, folding, regions);
}
