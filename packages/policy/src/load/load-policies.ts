import { createHash } from 'node:crypto';
import { CompiledPolicy } from '../compiled-policy.ts';
import type { Policy } from '../policy.ts';
import { readBudgets } from './budget-definitions.ts';
import { mergeDataMaps } from './data-map.ts';
import { readDefaults } from './default-settings.ts';
import { FaultList, type PolicyFault } from './fault.ts';
import { readJurisdictions } from './jurisdiction-definitions.ts';
import { readRules, rulePlaces } from './rule-definitions.ts';
import { checkShape } from './shape.ts';
import { readSourceFile, type SourceFile } from './source-file.ts';

/** Every file's policy as one, or everything that is wrong, by file, line and column. */
export type LoadedPolicies = { readonly policy: Policy } | { readonly faults: readonly PolicyFault[] };

export interface LoadPoliciesOptions {
  /** Names of the configured datasources; with them, a policy that names another is at fault. */
  readonly datasources?: readonly string[];
}

/**
 * Loads policy files. A path that ends in .yaml, .yml or .json is a file, any other is a pack: a folder that holds
 * `policy.yaml`. `readFile` gives a file's text and throws when it cannot. All valid, or faults and no policy.
 */
export function loadPolicies(
  paths: readonly string[],
  readFile: (path: string) => string,
  options: LoadPoliciesOptions = {},
): LoadedPolicies {
  const faults = new FaultList();
  const files = [...new Set(paths.map(policyFile))];
  const sources = files.flatMap((path) => readOne(path, readFile, faults) ?? []);
  for (const source of sources) checkShape(source, faults);
  const datasources = options.datasources ?? null;
  const regions = readJurisdictions(sources, faults);
  const data = mergeDataMaps(sources, regions, datasources, faults);
  const rules = readRules(sources, regions, datasources, faults);
  const budgets = readBudgets(sources, rulePlaces(sources), faults);
  const defaults = readDefaults(sources, faults);
  if (faults.size > 0) return { faults: faults.sorted() };
  return { policy: new CompiledPolicy({ version: versionOf(sources), regions, data, rules, budgets, defaults }) };
}

const policyFile = (path: string) => (/\.(ya?ml|json)$/i.test(path) ? path : `${path.replace(/\/+$/, '')}/policy.yaml`);

function readOne(path: string, readFile: (path: string) => string, faults: FaultList): SourceFile | null {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    faults.add({ file: path, line: 1, column: 1 }, `the policy file cannot be read${code}`);
    return null;
  }
  return readSourceFile(path, text, faults);
}

/** SHA-256 over the files, each preceded by its length so that moving text between files counts. */
function versionOf(sources: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { text } of sources) hash.update(`${text.length}\n${text}`);
  return hash.digest('hex').slice(0, 16);
}
