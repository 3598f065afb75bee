import { LineCounter, parseDocument } from 'yaml';

/** A rule as its file has it. */
export interface RuleText {
  readonly id: string;
  readonly effect: string;
  readonly file: string;
  readonly line: number;
  /** Everything that the rule says, as plain values. */
  readonly says: Readonly<Record<string, unknown>>;
}

/** Valid policy files as people compare them; what they mean is for the policy package to say. */
export interface PolicyText {
  readonly files: readonly string[];
  readonly rules: readonly RuleText[];
  /** Merged over all files. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly jurisdictions: Readonly<Record<string, unknown>>;
  /** Tags by `datasource schema.table column`. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** Regions by `datasource schema.table`. */
  readonly regions: ReadonlyMap<string, string>;
}

type Plain = Readonly<Record<string, unknown>>;

/** Reads texts that `loadPolicies` has found valid, by file name. */
export function readPolicyText(texts: ReadonlyMap<string, string>): PolicyText {
  const rules: RuleText[] = [];
  const tags = new Map<string, readonly string[]>();
  const regions = new Map<string, string>();
  let defaults: Plain = {};
  let jurisdictions: Plain = {};
  for (const [file, text] of texts) {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const content = asPlain(document.toJS());
    for (const [index, rule] of asList(content.rules).entries()) {
      const says = asPlain(rule);
      const node = document.getIn(['rules', index], true) as { readonly range?: readonly [number, ...unknown[]] };
      const { line } = lines.linePos(node?.range?.[0] ?? 0);
      rules.push({ id: String(says.id), effect: effectOf(says.do), file, line, says });
    }
    defaults = { ...defaults, ...asPlain(content.defaults) };
    jurisdictions = { ...jurisdictions, ...asPlain(content.jurisdictions) };
    collectData(asPlain(content.data), tags, regions);
  }
  return { files: [...texts.keys()], rules, defaults, jurisdictions, tags, regions };
}

function collectData(data: Plain, tags: Map<string, readonly string[]>, regions: Map<string, string>): void {
  for (const [datasource, tables] of Object.entries(data)) {
    for (const [table, mapped] of Object.entries(asPlain(tables))) {
      const { region, columns } = asPlain(mapped);
      if (typeof region === 'string') regions.set(`${datasource} ${table}`, region.toUpperCase());
      for (const [column, given] of Object.entries(asPlain(columns))) {
        const name = `${datasource} ${table} ${column}`;
        tags.set(name, [...(tags.get(name) ?? []), ...asList(given).map(String)]);
      }
    }
  }
}

/** `do` is a name or a mapping with one key. */
function effectOf(action: unknown): string {
  return typeof action === 'string' ? action : (Object.keys(asPlain(action))[0] ?? '');
}

function asPlain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
