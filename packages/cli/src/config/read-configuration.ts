import { dirname, resolve } from 'node:path';
import type { ListenerOptions } from '@bailiwick/gateway';
import type { IdentityOptions } from '@bailiwick/identity';
import { isKeyText } from '../run/key-file.ts';
import { readAudit } from './audit-section.ts';
import { type ConfigSurroundings, path, readIfThere } from './config-files.ts';
import { type ConfigNode, parseConfig } from './config-node.ts';
import type { Configuration } from './configuration.ts';
import { readDatasources } from './datasource-section.ts';
import { type Fault, FaultList } from './fault.ts';
import { fixedParts } from './fixed-parts.ts';
import { NO_IDENTITY, readIdentity } from './identity-section.ts';
import { readApprovals, readLimits } from './limits-section.ts';
import { type Listeners, readListeners } from './listener-section.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { readPasses } from './passes-section.ts';
import { checked, listOf, type Reader, text } from './read-values.ts';

const SECTIONS = {
  known: [
    'version',
    'listeners',
    'identity',
    'datasources',
    'policies',
    'masking',
    'state',
    'audit',
    'approvals',
    'workers',
    'passes',
    'limits',
    'watch',
  ],
};

/** What was read, and everything that is wrong with the file. */
export interface ReadConfiguration {
  /** Holds stand-ins where there are faults: only its paths are then of use. Null: the file is not YAML. */
  readonly configuration: Configuration | null;
  readonly faults: readonly Fault[];
}

/**
 * Reads bailiwick.yaml (CONTRACT section 3). Reads the certificates and looks for the secrets that it names; writes
 * nothing and connects to nothing.
 * @param file as faults are to name it. @param yaml the file's text.
 */
export function readConfiguration(
  file: string,
  yaml: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadConfiguration {
  const faults = new FaultList();
  const root = parseConfig(file, yaml, faults);
  if (root === null) return { configuration: null, faults: faults.all };
  const configuration = readRoot(root, faults, { directory: dirname(resolve(file)), environment }, resolve(file));
  return { configuration, faults: faults.all };
}

function readRoot(root: ConfigNode, faults: FaultList, files: ConfigSurroundings, file: string): Configuration {
  const mapping = Mapping.open(root, SECTIONS, faults);
  const node = (key: string): ConfigNode | null => mapping.optional(key, (one) => one, null);
  mapping.required('version', only(1, 'version'), null);
  mapping.optional('workers', only(1, 'workers'), null);
  mapping.optional('watch', only(false, 'watch'), null);
  const noDatasources = { datasources: [], warnings: [] };
  const { datasources, warnings } = mapping.required(
    'datasources',
    (one) => readDatasources(one, faults, files),
    noDatasources,
  );
  const names = datasources.map(({ name }) => name);
  const { identity, roles, onTokenExpiry, cli } = mapping.required(
    'identity',
    (one) => readIdentity(one, faults, names),
    NO_IDENTITY,
  );
  const issuers = identity.issuers.map(({ issuer }) => issuer);
  const listeners = mapping.required<Listeners | null>(
    'listeners',
    (one) => readListeners(one, faults, files, issuers),
    null,
  );
  const here = (relative: string): string => path(files)({ kind: 'scalar', at: mapping.at, value: relative }, faults);
  // Where a listener is missing that is a fault, and what is returned is not looked at.
  const bound = listeners ?? { postgres: NO_LISTENER, admin: { address: NO_LISTENER.address, tls: null } };
  return {
    file,
    ...bound,
    identity,
    onTokenExpiry,
    cli,
    roles,
    datasources,
    policies: mapping.optional('policies', listOf(path(files)), []),
    maskingKeys: mapping.optional('masking', (one) => readMasking(one, faults, files), [
      { id: 'k1', file: here('var/mask.key') },
    ]),
    stateFile: mapping.optional('state', (one) => readState(one, faults, files), here('var/bailiwick.db')),
    audit: readAudit(node('audit'), faults, files),
    approvals: readApprovals(node('approvals'), faults),
    passLifetimeMaxMs: readPasses(node('passes'), faults),
    limits: readLimits(node('limits'), faults),
    warnings: [...warnings, ...waysInWarnings(bound.postgres, identity)],
    fixed: fixedParts(root),
  };
}

/** Ways in that are configured and that nobody can take. */
function waysInWarnings({ methods }: ListenerOptions, { certificates = [] }: IdentityOptions): readonly string[] {
  const warnings: string[] = [];
  if (methods.includes('oauthbearer') && methods.includes('jwt'))
    warnings.push('listeners.postgres: clients are asked for a password, and OAUTHBEARER only where methods lack jwt');
  if (certificates.some(({ identity }) => identity !== null) && !methods.includes('mtls'))
    warnings.push('identity.certificates lets nobody in: no listener takes method mtls');
  return warnings;
}

const NO_LISTENER = {
  protocol: 'postgres',
  address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  tls: null,
  methods: ['jwt'],
  oauth: null,
  maxConnections: 1,
  handshakeTimeoutMs: 1,
  trustedProxies: [],
} as const;

/** A key that has one valid value in this version. */
function only(value: number | boolean, name: string): Reader<null> {
  return (node, faults) => {
    if (node.kind === 'scalar' && node.value === value) return null;
    const known = typeof node === 'object' && node.kind === 'scalar' && typeof node.value === typeof value;
    faults.add(node.at, known ? notInThisVersion(`${name} other than ${value}`) : `must be ${value}`);
    return null;
  };
}

/** A key that is there must be one; one that is not is made by the first start. */
function keyFile(files: ConfigSurroundings): Reader<string> {
  return checked(path(files), (file) => {
    const bytes = readIfThere(file);
    return bytes === null || isKeyText(bytes.toString('latin1'))
      ? null
      : `${file} is not a key of 64 hexadecimal digits`;
  });
}

function readState(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): string {
  const mapping = Mapping.open(node, { known: ['sqlite'], unbuilt: { postgres: 'sqlite names a file' } }, faults);
  return mapping.required('sqlite', path(files), '');
}

function readMasking(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): Configuration['maskingKeys'] {
  const key: Reader<{ readonly id: string; readonly file: string }> = (one) => {
    const mapping = Mapping.open(one, { known: ['id', 'file'] }, faults);
    return { id: mapping.required('id', text, ''), file: mapping.required('file', keyFile(files), '') };
  };
  const keys = Mapping.open(node, { known: ['keys'] }, faults).required('keys', listOf(key), []);
  if (keys.length === 0) faults.add(node.at, 'must hold at least one key');
  if (new Set(keys.map(({ id }) => id)).size < keys.length) faults.add(node.at, 'two keys have the same id');
  return keys;
}
