// Fails when an import breaks the one-way dependency rule (DESIGN section 3), or when a module that only one
// package may use (sockets, HTTP, environment) is used elsewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** What each package may import of this workspace. */
const MAY_IMPORT = {
  'protocols/wire': [],
  'packages/domain': [],
  'protocols/postgres': ['wire', 'domain'],
  'packages/sql': ['wire', 'domain'],
  'packages/masking': ['wire', 'domain'],
  'packages/identity': ['wire', 'domain'],
  'packages/approvals': ['wire', 'domain'],
  'packages/audit': ['wire', 'domain'],
  'packages/policy': ['domain', 'sql'],
  'packages/gateway': ['wire', 'domain', 'postgres', 'sql', 'masking', 'identity', 'approvals', 'audit', 'policy'],
  'packages/admin': ['wire', 'domain', 'sql', 'masking', 'identity', 'approvals', 'audit', 'policy'],
  'packages/cli': [
    'wire',
    'domain',
    'postgres',
    'sql',
    'masking',
    'identity',
    'approvals',
    'audit',
    'policy',
    'gateway',
    'admin',
  ],
};

/** Modules with an owner. A file elsewhere may use one only when its first lines say `Uses <module>: why`. */
const OWNED = {
  'node:net': ['packages/gateway'],
  'node:tls': ['packages/gateway'],
  'node:http': ['packages/admin'],
  'node:https': ['packages/admin'],
};

const faults = [];
const sources = (directory) =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sources(path);
    return /\.(ts|mts|js|mjs)$/.test(entry.name) ? [path] : [];
  });

for (const [home, allowed] of Object.entries(MAY_IMPORT)) {
  for (const path of sources(join(root, home, 'src'))) {
    const text = readFileSync(path, 'utf8');
    const name = relative(root, path);
    const isTest = /\.test\.ts$/.test(path);
    for (const [, specifier] of text.matchAll(/(?:from|import|import\()\s*'([^']+)'/g)) {
      const workspace = /^@bailiwick\/([a-z]+)/.exec(specifier)?.[1];
      if (workspace && !allowed.includes(workspace)) faults.push(`${name}: may not import @bailiwick/${workspace}`);
      const owners = OWNED[specifier];
      const declared = text.slice(0, 400).includes(`Uses ${specifier}:`);
      if (owners && !isTest && !owners.includes(home) && !declared) {
        faults.push(`${name}: ${specifier} belongs to ${owners.join(', ')}; say "Uses ${specifier}: why" at its top`);
      }
    }
    if (!isTest && home !== 'packages/cli' && /\bprocess\.env\b/.test(text))
      faults.push(`${name}: process.env belongs to packages/cli`);
  }
}

for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'dependencies: ok' : `dependencies: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
