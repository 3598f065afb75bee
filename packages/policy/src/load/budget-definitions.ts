import type { Budget } from '../rules/budget.ts';
import type { FaultList } from './fault.ts';
import { isBudget, isMapping } from './shape.ts';
import { type SourceFile, step } from './source-file.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** No use is known for a longer window, and counts are kept in memory. */
const WINDOW_MAX_MS = 31 * 86_400_000;

/** The budgets of all files, in order. @param taken where each rule's id is: refusals name either by its id alone. */
export function readBudgets(
  sources: readonly SourceFile[],
  taken: ReadonlyMap<string, string>,
  faults: FaultList,
): readonly Budget[] {
  const budgets: Budget[] = [];
  const seen = new Map(taken);
  for (const source of sources) {
    const section = isMapping(source.value) ? source.value.budgets : undefined;
    for (const [index, document] of (Array.isArray(section) ? section : []).entries()) {
      if (!isBudget(document)) continue;
      const pointer = step('/budgets', index);
      const at = source.valueAt(step(pointer, 'id'));
      const first = seen.get(document.id);
      if (first !== undefined) faults.add(at, `"${document.id}" is already defined at ${first}`);
      else seen.set(document.id, `${at.file}:${at.line}:${at.column}`);
      const windowMs = durationMs(document.window);
      if (windowMs > WINDOW_MAX_MS) faults.add(source.valueAt(step(pointer, 'window')), 'must be at most 31d');
      budgets.push({ id: document.id, windowMs, probesMax: document.max.probes });
    }
  }
  return budgets;
}

/** Of a text that the schema has accepted: `90s`, `1h`. */
function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^([0-9]+)([a-z]+)$/.exec(text) ?? [];
  return Number(count) * (UNITS_MS[unit] ?? Number.NaN);
}
