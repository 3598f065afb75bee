import { ROLE_NAMES, type RoleName, type RoleScope } from '@bailiwick/admin';
import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { didYouMean } from './nearest-name.ts';
import { listOf, type Reader, text, texts } from './read-values.ts';

type Roles = Readonly<Record<RoleName, readonly RoleScope[]>>;

export const NO_ROLES: Roles = { reviewer: [], auditor: [], operator: [] };

/** `identity.roles`: lists of groups, `{ groups, datasources, regions }`, or lists that hold both. */
export function readRoles(node: ConfigNode, faults: FaultList, datasources: readonly string[]): Roles {
  const mapping = Mapping.open(node, { known: ROLE_NAMES }, faults);
  const role = (name: RoleName): readonly RoleScope[] =>
    mapping.optional(name, (one) => readScopes(one, faults, datasources), []);
  return { reviewer: role('reviewer'), auditor: role('auditor'), operator: role('operator') };
}

function readScopes(node: ConfigNode, faults: FaultList, datasources: readonly string[]): readonly RoleScope[] {
  if (node.kind === 'mapping') return [readScope(node, faults, datasources)];
  if (node.kind !== 'list') {
    faults.add(node.at, 'must be a list of groups or { groups, datasources, regions }');
    return [];
  }
  return node.items.map((item) =>
    item.kind === 'mapping'
      ? readScope(item, faults, datasources)
      : { groups: [text(item, faults)], datasources: [], regions: [] },
  );
}

function readScope(node: ConfigNode, faults: FaultList, datasources: readonly string[]): RoleScope {
  const mapping = Mapping.open(node, { known: ['groups', 'datasources', 'regions'] }, faults);
  const datasource: Reader<string> = (item) => {
    const name = text(item, faults);
    if (!datasources.includes(name)) {
      faults.add(item.at, `there is no datasource "${name}"${didYouMean(name, datasources)}`);
    }
    return name;
  };
  // An empty list would read as no limit at all.
  const limited = (key: string, read: Reader<readonly string[]>): readonly string[] => {
    const values = mapping.optional(key, read, null);
    if (values?.length === 0) faults.add(mapping.placeOf(key), 'must not be an empty list: leave the key out');
    return values ?? [];
  };
  return {
    groups: mapping.required('groups', texts, []),
    datasources: limited('datasources', listOf(datasource)),
    regions: limited('regions', listOf(country)),
  };
}

const country: Reader<string> = (node, faults) => {
  const written = text(node, faults).toUpperCase();
  if (/^[A-Z]{2}$/.test(written) && written !== 'EU') return written;
  faults.add(node.at, notInThisVersion('a jurisdiction in the scope of a role', 'list ISO 3166 alpha-2 codes'));
  return written;
};
