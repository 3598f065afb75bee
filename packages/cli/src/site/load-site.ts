import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { loadPolicies, type Policy } from '@bailiwick/policy';
import { errorCode } from '../config/config-files.ts';
import type { Configuration } from '../config/configuration.ts';
import { faultLine } from '../config/fault.ts';
import { readConfiguration } from '../config/read-configuration.ts';
import { type PolicyText, readPolicyText } from './policy-text.ts';

/** A configuration with the policy that it names: everything valid. */
export interface Site {
  readonly configuration: Configuration;
  readonly policy: Policy;
  /** What the policy files say, rule by rule, for people and for comparison. */
  readonly policyText: PolicyText;
}

/** A site, or every fault of the configuration and of the policies as `file:line:column: message`. */
export type LoadedSite = { readonly site: Site } | { readonly faults: readonly string[] };

/**
 * Loads bailiwick.yaml and its policies. Writes nothing and connects to nothing.
 * @param environment what secrets may name: the caller's `process.env`.
 */
export function loadSite(file: string, environment: Readonly<Record<string, string | undefined>>): LoadedSite {
  let yaml: string;
  try {
    yaml = readFileSync(file, 'utf8');
  } catch (error) {
    return { faults: [`${file}:1:1: the configuration cannot be read (${errorCode(error)})`] };
  }
  const { configuration, faults } = readConfiguration(file, yaml, environment);
  const lines = faults.map(faultLine);
  if (configuration === null) return { faults: lines };

  const texts = new Map<string, string>();
  const readFile = (path: string): string => {
    const text = readFileSync(path, 'utf8');
    texts.set(path, text);
    return text;
  };
  const datasources = configuration.datasources.map(({ name }) => name);
  // Where the datasources could not be read, a policy that names one is not at fault.
  const known = faults.length > 0 ? {} : { datasources };
  const loaded = loadPolicies(configuration.policies.map(shownPath), readFile, known);
  if ('faults' in loaded) return { faults: [...lines, ...loaded.faults.map(faultLine)] };
  if (lines.length > 0) return { faults: lines };
  return { site: { configuration, policy: loaded.policy, policyText: readPolicyText(texts) } };
}

/** Relative to where the user is, when it lies below. */
function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}
