import { NO_PLACE, type Place, UNKNOWN_PLACE } from '@bailiwick/domain';
import { nearestName } from '../load/nearest-name.ts';
import type { Certainty } from './certainty.ts';
import { COUNTRY_CODES, EEA_MEMBERS, EU_MEMBERS } from './iso-3166.ts';

/** Label of places that no rule names. */
export const OTHER_PLACE: Place = 'other';

const BUILT_IN: ReadonlyMap<string, readonly string[]> = new Map([
  ['EU', EU_MEMBERS],
  ['EEA', EEA_MEMBERS],
]);
/** Codes of everyday use, or of the Union's own lists, that ISO 3166 writes otherwise. */
const MISTAKEN: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
]);
const RESERVED: ReadonlySet<string> = new Set([UNKNOWN_PLACE, NO_PLACE, OTHER_PLACE].map((name) => name.toUpperCase()));

/** Countries that a rule names, with the names it used (upper case). */
export interface RegionSet {
  readonly names: readonly string[];
  readonly codes: ReadonlySet<string>;
}

/** A name as written somewhere, with whatever its reader needs to find it again. */
export interface WrittenName<Where> {
  readonly name: string;
  readonly where: Where;
}

export interface JurisdictionDefinition<Where> extends WrittenName<Where> {
  readonly members: readonly WrittenName<Where>[];
}

/** Places, countries and the sets of countries that a policy names. Names are compared without case. */
export class Jurisdictions {
  readonly #codes: ReadonlyMap<string, ReadonlySet<string>>;

  /** @param codes countries by upper-case name of each jurisdiction, the built-in ones included. */
  constructor(codes: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#codes = codes;
  }

  /** The countries of a code or jurisdiction; null: no such place, so the place is unknown. */
  codes(place: Place): ReadonlySet<string> | null {
    const name = place.toUpperCase();
    if (COUNTRY_CODES.has(name)) return new Set([name]);
    return this.#codes.get(name) ?? null;
  }

  /** The place as it is compared and shown: upper case, or `unknown` for what is not a place. */
  canonical(place: Place): Place {
    return this.codes(place) === null ? UNKNOWN_PLACE : place.toUpperCase();
  }

  /** Why a name is not a place, for people; null: it is one. */
  problem(name: string): string | null {
    if (this.codes(name) !== null) return null;
    // Between codes of two letters everything is near everything.
    const guess =
      MISTAKEN.get(name.toUpperCase()) ?? (name.length > 2 ? nearestName(name, [...this.#codes.keys()]) : null);
    const hint = guess === null ? '' : `; did you mean ${guess}?`;
    return `"${name}" is neither an ISO 3166 alpha-2 code nor a jurisdiction${hint}`;
  }

  /** The union of named places. Names that are no place add nothing: they are faults when a policy loads. */
  set(names: readonly string[]): RegionSet {
    const upper = names.map((name) => name.toUpperCase());
    return { names: upper, codes: new Set(upper.flatMap((name) => [...(this.codes(name) ?? [])])) };
  }

  /** Whether a place lies in a set. A place that overlaps it, or is not known, may or may not. */
  within(place: Place, set: RegionSet): Certainty {
    const codes = this.codes(place);
    if (codes === null) return 'maybe';
    const inside = [...codes].filter((code) => set.codes.has(code)).length;
    if (inside === 0) return 'no';
    return inside === codes.size ? 'yes' : 'maybe';
  }
}

/** Resolves sets of sets. Every problem is reported at the name that causes it; the rest still resolves. */
export function resolveJurisdictions<Where>(
  definitions: readonly JurisdictionDefinition<Where>[],
  report: (where: Where, message: string) => void,
): Jurisdictions {
  const byName = new Map<string, JurisdictionDefinition<Where>>();
  for (const definition of definitions) {
    const name = definition.name.toUpperCase();
    const problem = namingProblem(name, definition, byName.get(name));
    if (problem === null) byName.set(name, definition);
    else report(definition.where, problem);
  }
  const resolved = new Map<string, ReadonlySet<string>>();
  for (const [name, members] of BUILT_IN) resolved.set(name, new Set(members));
  const open: string[] = [];
  const resolve = (name: string): ReadonlySet<string> => {
    const done = resolved.get(name);
    if (done !== undefined) return done;
    const codes = new Set<string>();
    open.push(name);
    for (const member of byName.get(name)?.members ?? []) {
      const upper = member.name.toUpperCase();
      if (COUNTRY_CODES.has(upper)) codes.add(upper);
      else if (open.includes(upper)) {
        const cycle = [...open.slice(open.indexOf(upper)), upper].join(' → ');
        report(member.where, `jurisdiction ${upper} contains itself: ${cycle}`);
      } else if (BUILT_IN.has(upper) || byName.has(upper)) for (const code of resolve(upper)) codes.add(code);
      else {
        const known = new Jurisdictions(new Map([...BUILT_IN.keys(), ...byName.keys()].map((key) => [key, new Set()])));
        report(member.where, known.problem(member.name) ?? `"${member.name}" is not a place`);
      }
    }
    open.pop();
    resolved.set(name, codes);
    return codes;
  };
  for (const name of byName.keys()) resolve(name);
  return new Jurisdictions(resolved);
}

function namingProblem(
  name: string,
  definition: JurisdictionDefinition<unknown>,
  earlier: JurisdictionDefinition<unknown> | undefined,
): string | null {
  if (BUILT_IN.has(name)) return `jurisdiction ${name} is built in and cannot be redefined`;
  if (COUNTRY_CODES.has(name)) return `${name} is a country code and cannot name a jurisdiction`;
  if (RESERVED.has(name)) return `${name} is reserved and cannot name a jurisdiction`;
  if (earlier === undefined) return null;
  const members = (of: JurisdictionDefinition<unknown>) => of.members.map((member) => member.name.toUpperCase());
  const same = members(earlier).sort().join() === members(definition).sort().join();
  return same ? null : `jurisdiction ${name} is defined twice with different members`;
}
