import { createHash } from 'node:crypto';
import type { ConfigNode } from './config-node.ts';

/** What a reload replaces in a running gateway. Everything else is read at start only. */
const RELOADABLE: ReadonlySet<string> = new Set(['policies', 'identity.roles']);

/**
 * A digest of each part of the file that a reload cannot change, by name: `limits`, `datasources.crm`, `identity.issuers`.
 * Two files that differ in one of them differ in what only a restart changes. Digests, because values may be secrets.
 */
export function fixedParts(root: ConfigNode): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const [section, entry] of entriesOf(root)) {
    const inner = section === 'datasources' || section === 'identity' ? entriesOf(entry) : [['', entry] as const];
    for (const [key, node] of inner) {
      const name = key === '' ? section : `${section}.${key}`;
      if (!RELOADABLE.has(name)) parts.set(name, createHash('sha256').update(canonical(node)).digest('hex'));
    }
  }
  return parts;
}

/** Names of the parts in which two configurations differ. */
export function changedParts(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

function entriesOf(node: ConfigNode): readonly (readonly [string, ConfigNode])[] {
  return node.kind === 'mapping' ? [...node.entries].map(([key, entry]) => [key, entry.node] as const) : [];
}

function canonical(node: ConfigNode): string {
  switch (node.kind) {
    case 'scalar':
      return JSON.stringify(node.value);
    case 'list':
      return `[${node.items.map(canonical).join()}]`;
    case 'mapping': {
      const sorted = entriesOf(node).toSorted(([a], [b]) => (a < b ? -1 : 1));
      return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join()}}`;
    }
  }
}
