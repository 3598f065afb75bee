import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';

/** An ISO 3166 alpha-2 code or the name of a jurisdiction, upper case. */
const PLACE_NAME = /^[A-Z][A-Z0-9_]{1,31}$/;

/** What one source says about a place. `said` null: nothing. */
export interface PlaceSource {
  /** Names the source in logs: `claim region`. */
  readonly source: string;
  readonly said: Place | null;
}

/** Reads what somebody wrote as a place: `none`, an upper-case name, or `unknown` for anything else. */
export function parsePlace(written: unknown): Place {
  if (typeof written !== 'string') return UNKNOWN_PLACE;
  const name = written.toUpperCase();
  if (name === 'NONE') return NO_PLACE;
  return name !== 'UNKNOWN' && PLACE_NAME.test(name) ? name : UNKNOWN_PLACE;
}

/**
 * The place on which all sources agree that say anything. `agreed` false: two differ, or one said something that is no
 * place; the place is then unknown. Sources that say nothing do not count; where none speaks the place is null.
 */
export function agreePlace(sources: readonly PlaceSource[]): {
  readonly place: Place | null;
  readonly agreed: boolean;
} {
  const places = new Set(sources.flatMap(({ said }) => (said === null ? [] : [said])));
  if (places.size === 0) return { place: null, agreed: true };
  const [only] = places;
  if (places.size > 1 || only === undefined || only === UNKNOWN_PLACE) return { place: UNKNOWN_PLACE, agreed: false };
  return { place: only, agreed: true };
}
