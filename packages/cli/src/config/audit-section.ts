import { type ConfigSurroundings, path } from './config-files.ts';
import type { ConfigNode } from './config-node.ts';
import type { AuditSettings } from './configuration.ts';
import type { FaultList } from './fault.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { choice, type Reader, text } from './read-values.ts';

/** Section `audit`; null: the file has none. */
export function readAudit(node: ConfigNode | null, faults: FaultList, files: ConfigSurroundings): AuditSettings {
  const keys = {
    known: ['spool', 'segments', 'signing_key', 'recipients', 'bodies', 'exports', 'durability', 'on_failure'],
    unbuilt: { retention: 'segments are kept', checkpoints: 'segments are signed when they are sealed' },
  };
  const empty: ConfigNode = { kind: 'mapping', at: { file: '', line: 1, column: 1 }, entries: new Map() };
  const mapping = Mapping.open(node ?? empty, keys, faults);
  mapping.optional('recipients', emptyList('recipients'), null);
  mapping.optional('exports', emptyList('exports'), null);
  mapping.optional('on_failure', onFailure, null);
  const defaultPath = (name: string): string => path(files)({ kind: 'scalar', at: mapping.at, value: name }, faults);
  return {
    spoolDirectory: mapping.optional('spool', path(files), defaultPath('var/spool')),
    segmentsDirectory: mapping.optional('segments', localDirectory(files), defaultPath('var/segments')),
    signingKeyFile: mapping.optional('signing_key', keyFile(files), defaultPath('var/audit.key')),
    bodies: mapping.optional('bodies', choice(['keep', 'session', 'off']), 'keep'),
    durability: mapping.optional('durability', choice(['regulated', 'all']), 'regulated'),
  };
}

/** A list whose feature is not built: only the empty one, which means that it is off, is valid. */
export function emptyList(name: string): Reader<null> {
  return (node, faults) => {
    if (node.kind === 'list' && node.items.length === 0) return null;
    faults.add(node.at, notInThisVersion(name, 'leave the list empty'));
    return null;
  };
}

const onFailure: Reader<null> = (node, faults) => {
  if (choice(['refuse', 'spool'])(node, faults) === 'spool') faults.add(node.at, notInThisVersion('on_failure: spool'));
  return null;
};

function localDirectory(files: ConfigSurroundings): Reader<string> {
  return (node, faults) => {
    if (text(node, faults).includes('://'))
      faults.add(node.at, notInThisVersion('a store elsewhere', 'name a directory'));
    return path(files)(node, faults);
  };
}

function keyFile(files: ConfigSurroundings): Reader<string> {
  return (node, faults) => {
    const unbuilt = { value: 'name a file', env: 'name a file', command: 'name a file' };
    return Mapping.open(node, { known: ['file'], unbuilt }, faults).required('file', path(files), '');
  };
}
