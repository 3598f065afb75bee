/** Which part of a policy file a JSON pointer points at. */
export type PolicyPart =
  | 'file'
  | 'table'
  | 'rule'
  | 'on'
  | 'reader'
  | 'do'
  | 'hold'
  | 'mask'
  | 'budget-max'
  | 'defaults'
  | 'other';

const PARTS: readonly (readonly [PolicyPart, RegExp])[] = [
  ['file', /^$/],
  ['table', /^\/data\/[^/]+\/[^/]+$/],
  ['rule', /^\/rules\/\d+$/],
  ['on', /^\/rules\/\d+\/on$/],
  ['reader', /^\/rules\/\d+\/reader$/],
  ['do', /^\/rules\/\d+\/do$/],
  ['hold', /^\/rules\/\d+\/do\/hold$/],
  ['mask', /^\/rules\/\d+\/do\/mask$/],
  ['budget-max', /^\/budgets\/\d+\/max$/],
  ['defaults', /^\/defaults$/],
];

/** The part that a pointer points at. */
export function partAt(pointer: string): PolicyPart {
  return PARTS.find(([, pattern]) => pattern.test(pointer))?.[0] ?? 'other';
}

/** Keys of the contract whose features are not built: refused by name, never ignored (CONTRACT, preamble). */
const KEYS: Readonly<Partial<Record<PolicyPart, Readonly<Record<string, string>>>>> = {
  'budget-max': { rows: 'probes can be limited', regulated_values: 'probes can be limited' },
  table: { paths: 'tag the whole column instead', region_column: 'give the table a region instead' },
  rule: { trial: '', notify: '' },
  do: {
    reroute: 'block refuses the statement',
    drop_rows: 'block refuses the statement',
  },
};

/** Likewise for values, by key. */
const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  do: KEYS.do ?? {},
  at: { scan: 'masks are applied to results' },
  unparsed: { hold: 'block or allow' },
  unknown_row_region: { allow: '' },
};

const sentence = (what: string, instead: string) =>
  `${what} is not in this version${instead === '' ? '' : `; ${instead}`}`;

/** What to say about a key that is not built yet; null when the key is merely unknown. */
export function unbuiltKey(pointer: string, key: string): string | null {
  const keys = KEYS[partAt(pointer)];
  return keys && Object.hasOwn(keys, key) ? sentence(key, keys[key] ?? '') : null;
}

/** What to say about a value that is not built yet, by the key that it stands under; null when it is merely wrong. */
export function unbuiltValue(pointer: string, value: unknown): string | null {
  const key = pointer.slice(pointer.lastIndexOf('/') + 1);
  const values = Object.hasOwn(VALUES, key) ? VALUES[key] : undefined;
  if (!values || typeof value !== 'string' || !Object.hasOwn(values, value)) return null;
  return sentence(`${key}: ${value}`, values[value] ?? '');
}
