import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import type { ConditionReader } from '../conditions/condition-context.ts';
import type { DecisionInput } from '../policy.ts';
import { type Certainty, every, not } from '../regions/certainty.ts';
import type { Jurisdictions, RegionSet } from '../regions/jurisdictions.ts';
import type { Rule } from '../rules/rule.ts';

/** Who asks, and every place where what they read ends up. */
export interface Reader extends ConditionReader {
  /** The reader's region and, unless no model reads, the model's; each canonical, `unknown` where nobody said. */
  readonly places: readonly Place[];
  readonly placeUnknown: boolean;
}

/** The reader of one decision. */
export function readerOf({ identity, session, now }: Omit<DecisionInput, 'facts'>, regions: Jurisdictions): Reader {
  const region = regions.canonical(identity.region);
  const modelRegion = identity.modelRegion === NO_PLACE ? NO_PLACE : regions.canonical(identity.modelRegion);
  const places = modelRegion === NO_PLACE ? [region] : [region, modelRegion];
  return { identity, session, now, region, modelRegion, places, placeUnknown: places.includes(UNKNOWN_PLACE) };
}

/** Whether all of the reader's places lie in a set. */
export function readerInside(reader: Reader, set: RegionSet, regions: Jurisdictions): Certainty {
  return every(reader.places.map((place) => regions.within(place, set)));
}

/** Whether a rule's `reader` selects this one. `outside` holds as soon as one place is outside. */
export function selectsReader(rule: Rule, reader: Reader, regions: Jurisdictions): Certainty {
  if (rule.reader === null) return 'yes';
  const { outside, inside } = rule.reader;
  return every([
    outside === null ? 'yes' : not(readerInside(reader, outside, regions)),
    inside === null ? 'yes' : readerInside(reader, inside, regions),
  ]);
}

/** Where the reader is, in words: `the reader is in DE and its model in US`. */
export function whereabouts(reader: Reader): string {
  const place = (name: Place) => (name === UNKNOWN_PLACE ? 'an unknown place' : name);
  const model = reader.modelRegion === NO_PLACE ? '' : ` and its model in ${place(reader.modelRegion)}`;
  return `the reader is in ${place(reader.region)}${model}`;
}

/** The claims whose absence made a place unknown, in words; null: no place is unknown. */
export function missingClaims(reader: Reader): string | null {
  if (!reader.placeUnknown) return null;
  const named = reader.identity.missingClaims;
  if (named.length > 0) return `the token does not say ${named.join(' and ')}`;
  const unknown = [
    ...(reader.region === UNKNOWN_PLACE ? ['region'] : []),
    ...(reader.modelRegion === UNKNOWN_PLACE ? ['model_region'] : []),
  ];
  return `the token's ${unknown.join(' and ')} is not a known place`;
}
