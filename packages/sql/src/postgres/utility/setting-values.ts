import type { SettingChange } from '@bailiwick/domain';
import type { A_Const, Node, VariableSetStmt } from '@pgsql/types';

/** Lists of names: the server quotes each element, so that the text can be split again (GUC_LIST_QUOTE). */
const NAME_LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
]);

/** NAMEDATALEN - 1: of a longer name the server uses the beginning, which is another name. */
const NAME_BYTES_MAX = 63;

/** Setting names are compared without case, in ASCII only (guc_name_compare). */
export const foldName = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The changes that SET or RESET makes, as flatten_set_variable_args and ExecSetVariableStmt (guc_funcs.c) read it. */
export function settingChanges(set: VariableSetStmt): readonly SettingChange[] {
  const scope = set.is_local === true ? 'transaction' : 'session';
  const name = foldName(set.name ?? '');
  switch (set.kind) {
    case 'VAR_SET_VALUE': {
      const value = flattenValue(name, set.args ?? []);
      return [{ name, value, scope, certain: value !== null }];
    }
    case 'VAR_SET_DEFAULT':
    case 'VAR_RESET':
      return [{ name, value: null, scope, certain: true }];
    case 'VAR_RESET_ALL':
      return ALL_RESET;
    case 'VAR_SET_MULTI':
      return multiChanges(set, scope);
    default:
      return [{ name, value: null, scope, certain: false }];
  }
}

/**
 * What RESET ALL and DISCARD ALL change that anyone follows: everything returns to what the session began with, which
 * the gateway has set.
 */
export const ALL_RESET: readonly SettingChange[] = [
  { name: 'search_path', value: null, scope: 'session', certain: true },
];

function multiChanges(set: VariableSetStmt, scope: SettingChange['scope']): readonly SettingChange[] {
  switch (set.name) {
    case 'TRANSACTION':
      return transactionModes(set.args, '', 'transaction');
    case 'SESSION CHARACTERISTICS':
      return transactionModes(set.args, 'default_', scope);
    default:
      return [
        { name: foldName(set.name ?? '').replaceAll(' ', '_'), value: null, scope: 'transaction', certain: false },
      ];
  }
}

/** ISOLATION LEVEL, READ ONLY and DEFERRABLE, of BEGIN and SET TRANSACTION, as the settings that they change. */
export function transactionModes(
  options: readonly Node[] | undefined,
  prefix: '' | 'default_',
  scope: SettingChange['scope'],
): readonly SettingChange[] {
  return (options ?? []).flatMap((option) => {
    if (!('DefElem' in option)) return [];
    const { defname = '', arg } = option.DefElem;
    const constant = arg !== undefined && 'A_Const' in arg ? arg.A_Const : {};
    const value = constant.ival === undefined ? constantText(constant) : constant.ival.ival === 1 ? 'on' : 'off';
    return [{ name: `${prefix}${defname}`, value, scope, certain: value !== null }];
  });
}

/** One text for the arguments of SET; null where it is not known. */
function flattenValue(name: string, args: readonly Node[]): string | null {
  const isNameList = NAME_LISTS.has(name);
  const elements: string[] = [];
  for (const arg of args) {
    const text = argumentText(arg);
    if (text === null || (isNameList && Buffer.byteLength(text) > NAME_BYTES_MAX)) return null;
    elements.push(isNameList ? quoteName(text) : text);
  }
  return elements.length === 0 ? null : elements.join(', ');
}

function argumentText(arg: Node): string | null {
  if ('A_Const' in arg) return constantText(arg.A_Const);
  // SET TIME ZONE INTERVAL '…': the only cast that the grammar has here.
  if ('TypeCast' in arg && arg.TypeCast.arg !== undefined && 'A_Const' in arg.TypeCast.arg) {
    const text = constantText(arg.TypeCast.arg.A_Const);
    return text === null ? null : `INTERVAL '${text.replaceAll("'", "''")}'`;
  }
  return null;
}

function constantText({ sval, ival, fval, boolval }: A_Const): string | null {
  if (sval !== undefined) return sval.sval ?? '';
  if (ival !== undefined) return String(ival.ival ?? 0);
  if (fval !== undefined) return fval.fval ?? null;
  return boolval === undefined ? null : boolval.boolval === true ? 'on' : 'off';
}

const quoteName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
