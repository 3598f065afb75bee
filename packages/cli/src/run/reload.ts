import { ReloadRefused, type ReloadReport } from '@bailiwick/admin';
import { changedParts } from '../config/fixed-parts.ts';
import { comparePolicies } from '../site/compare-policies.ts';
import { loadSite, type Site } from '../site/load-site.ts';

/** A site that may replace the running one, and what that would change. */
export interface Reloaded {
  readonly site: Site;
  readonly report: ReloadReport;
}

/**
 * Reads the files again and compares. Throws `ReloadRefused` where anything is not valid, or where something changed
 * that only a restart can change: a reload that left part of a file out would look like one that took it in.
 */
export function prepareReload(current: Site, environment: Readonly<Record<string, string | undefined>>): Reloaded {
  const { file } = current.configuration;
  const loaded = loadSite(file, environment);
  if ('faults' in loaded) throw new ReloadRefused(loaded.faults);
  const { site } = loaded;
  const fixed = changedParts(current.configuration.fixed, site.configuration.fixed);
  if (fixed.length > 0)
    throw new ReloadRefused(fixed.map((part) => `${file}:1:1: ${part} changed: restart to apply it`));
  const { changed, weaker } = comparePolicies(current.policyText, site.policyText);
  const roles = JSON.stringify(current.configuration.roles) === JSON.stringify(site.configuration.roles);
  return {
    site,
    report: {
      changed: roles ? changed : ['identity.roles changed', ...changed],
      weaker: roles ? weaker : ['identity.roles changed: look at who may approve, read and operate', ...weaker],
    },
  };
}
