import type { SettingChange } from '@bailiwick/domain';
import type { Node, SelectStmt } from '@pgsql/types';

/** The parts that a SELECT may have without leaving it open whether, and how often, its outputs are computed. */
const ALWAYS_COMPUTED: ReadonlySet<string> = new Set<keyof SelectStmt>(['targetList', 'limitOption', 'op']);

/** A SELECT of nothing but calls of functions with no rows and no conditions: each call is made once, in order. */
export function callsEachOnce(node: Node): boolean {
  if (!('SelectStmt' in node)) return false;
  const { SelectStmt: select } = node;
  if (!Object.keys(select).every((key) => ALWAYS_COMPUTED.has(key))) return false;
  return (select.targetList ?? []).every(
    (target) => 'ResTarget' in target && target.ResTarget.val !== undefined && 'FuncCall' in target.ResTarget.val,
  );
}

/**
 * Changes that may be made or not, or later: a row may not come, a branch may not be taken, a cursor may not be read. The
 * search_path is not known afterwards; all other settings may be set at any time anyway.
 */
export const doubtful = (settings: readonly SettingChange[]): readonly SettingChange[] =>
  settings.map((change) => (change.name === 'search_path' ? { ...change, value: null, certain: false } : change));
