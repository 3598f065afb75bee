import { type JurisdictionDefinition, type Jurisdictions, resolveJurisdictions } from '../regions/jurisdictions.ts';
import type { FaultList, Position } from './fault.ts';
import { isMapping, isPlaces } from './shape.ts';
import { type SourceFile, step } from './source-file.ts';

/** The jurisdictions that all files together define. */
export function readJurisdictions(sources: readonly SourceFile[], faults: FaultList): Jurisdictions {
  const definitions: JurisdictionDefinition<Position>[] = [];
  for (const source of sources) {
    const section = isMapping(source.value) ? source.value.jurisdictions : undefined;
    for (const [name, members] of Object.entries(isMapping(section) ? section : {})) {
      const pointer = step('/jurisdictions', name);
      definitions.push({
        name,
        where: source.keyAt(pointer),
        members: isPlaces(members)
          ? members.map((member, index) => ({ name: member, where: source.valueAt(step(pointer, index)) }))
          : [],
      });
    }
  }
  return resolveJurisdictions(definitions, (where, message) => faults.add(where, message));
}
