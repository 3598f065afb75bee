import { isMaskName, type MaskSpec, validateMask } from '@bailiwick/domain';
import type { MaskDocument } from './policy-document.ts';

/** The mask that a rule names, its options in a fixed order; a text is what is wrong with it. */
export function readMask(document: MaskDocument): MaskSpec | string {
  const [name, given] =
    document === null || typeof document === 'string'
      ? [document ?? 'null', {}]
      : (Object.entries(document)[0] ?? ['', {}]);
  const options = Object.fromEntries(Object.entries(given ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (name === 'detect') return 'detect is no mask: write `do: { detect: [...] }`';
  const problem = validateMask(name, options);
  if (problem !== null) return problem;
  return isMaskName(name) ? { name, options } : `there is no mask "${name}"`;
}
