import { DEFAULTS, type Defaults } from '../rules/rule.ts';
import type { FaultList } from './fault.ts';
import type { DefaultsDocument } from './policy-document.ts';
import { isDefaults, isMapping } from './shape.ts';
import { type SourceFile, step } from './source-file.ts';

/** The defaults of all files together; two files may not disagree. */
export function readDefaults(sources: readonly SourceFile[], faults: FaultList): Defaults {
  const merged = new Map<string, string>();
  let given: DefaultsDocument = {};
  for (const source of sources) {
    const section = isMapping(source.value) ? source.value.defaults : undefined;
    if (!isDefaults(section)) continue;
    for (const [key, value] of Object.entries(section)) {
      const earlier = merged.get(key);
      const conflict = earlier !== undefined && earlier !== value;
      if (conflict)
        faults.add(source.valueAt(step('/defaults', key)), `defaults.${key} is already ${earlier} in another file`);
      merged.set(key, value);
    }
    given = { ...given, ...section };
  }
  return {
    unparsed: given.unparsed ?? DEFAULTS.unparsed,
    unknownReader: given.unknown_reader ?? DEFAULTS.unknownReader,
    writes: given.writes ?? DEFAULTS.writes,
    inference: given.inference ?? DEFAULTS.inference,
    launder: given.launder ?? DEFAULTS.launder,
    untagged: given.untagged ?? DEFAULTS.untagged,
  };
}
