import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import { isJsonObject, type JsonObject, readClaim } from './claim-path.ts';
import type { ClaimsContext } from './claims-context.ts';
import type { ClaimPaths } from './options.ts';
import type { Parties } from './parties.ts';
import { agreePlace, type PlaceSource, parsePlace } from './place.ts';

/** Where the reader and its model are, as `Identity` has it. */
export interface Places {
  readonly region: Place;
  readonly modelRegion: Place;
  readonly missingClaims: readonly string[];
}

/** Asks claims, client entries and network; what they do not agree on is unknown. */
export function readPlaces(claims: JsonObject, parties: Parties, paths: ClaimPaths, context: ClaimsContext): Places {
  const { mayAssert } = context.issuer;
  const regionHeard = mayAssert === undefined || mayAssert.region === true;
  const modelHeard = mayAssert === undefined || (mayAssert.modelRegion ?? mayAssert.region) === true;
  const speakers = [claims, parties.actor].filter(isJsonObject);
  const missingClaims: string[] = [];

  const settle = (claim: 'region' | 'model_region', sources: readonly PlaceSource[], silent: Place): Place => {
    const { place, agreed } = agreePlace(sources);
    if (!agreed) {
      const spoke = sources.filter(({ said }) => said !== null).map(({ source }) => source);
      context.onOddity({ kind: 'places', claim, sources: spoke });
    }
    if (place === null && silent === UNKNOWN_PLACE) missingClaims.push(claim);
    return place ?? silent;
  };

  // A reader is somewhere: `none` is no answer.
  const region = settle(
    'region',
    [
      ...claimedPlaces(regionHeard ? speakers : [], paths.region),
      ...parties.entries.map((entry) => configuredPlace(entry.region)),
      { source: 'network', said: context.networkRegion },
    ].map(({ source, said }) => ({ source, said: said === NO_PLACE ? UNKNOWN_PLACE : said })),
    UNKNOWN_PLACE,
  );
  const claimed = claimedPlaces(modelHeard ? speakers : [], paths.modelRegion);
  const isAgent = parties.agent !== null;
  const modelRegion = settle(
    'model_region',
    [
      // That an agent has no model is for the configuration to say, not for its token.
      ...claimed.map(({ source, said }) => ({ source, said: isAgent && said === NO_PLACE ? null : said })),
      ...parties.entries.map((entry) => configuredPlace(entry.modelRegion)),
    ],
    isAgent ? UNKNOWN_PLACE : NO_PLACE,
  );
  return { region, modelRegion, missingClaims };
}

function claimedPlaces(speakers: readonly JsonObject[], path: string): readonly PlaceSource[] {
  return speakers.map((claims, depth) => {
    const value = readClaim(claims, path);
    const said = value === undefined || value === null ? null : parsePlace(value);
    return { source: `claim ${depth === 0 ? '' : 'act.'}${path}`, said };
  });
}

function configuredPlace(place: Place | undefined): PlaceSource {
  return { source: 'client', said: place === undefined ? null : parsePlace(place) };
}
