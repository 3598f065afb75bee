import type { DatasourceOptions, SocketAddress, UpstreamTls } from '@bailiwick/gateway';
import { PASS_USER_PREFIX } from '@bailiwick/identity';
import { formatAddress, isLoopback, remoteAddress } from './address.ts';
import { type ConfigSurroundings, certificateFault, fileBytes } from './config-files.ts';
import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { place } from './identity-section.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { checked, choice, type Reader, text, texts } from './read-values.ts';
import { type Secret, secret } from './secret.ts';

const tlsMode: Reader<'verify-full' | 'verify-ca' | 'disable'> = choice(['verify-full', 'verify-ca', 'disable']);
const TLS_KEYS = ['ca', 'server_name', 'cert', 'key'] as const;
const NO_ADDRESS: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 1 };
const NO_SECRET: Secret = async () => '';

export interface DatasourceSection {
  readonly datasources: readonly DatasourceOptions[];
  readonly warnings: readonly string[];
}

/** Section `datasources`. */
export function readDatasources(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): DatasourceSection {
  const mapping = Mapping.names(node, faults);
  const warnings: string[] = [];
  const datasources = [...mapping.entries].map(([name, entry]) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) {
      faults.add(entry.keyAt, 'a datasource is named by up to 63 letters, digits, _, . and -');
    }
    const datasource = readDatasource(name, entry.node, faults, files);
    warnings.push(...warningsOf(datasource));
    return datasource;
  });
  if (datasources.length === 0) faults.add(mapping.at, 'must name at least one datasource');
  return { datasources, warnings };
}

function readDatasource(
  name: string,
  node: ConfigNode,
  faults: FaultList,
  files: ConfigSurroundings,
): DatasourceOptions {
  const keys = {
    known: ['engine', 'address', 'database', 'region', 'tls', ...TLS_KEYS, 'access', 'credentials', 'roles', 'mode'],
    unbuilt: { databases: 'it belongs to MySQL', replicas: '', read_credentials: '', region_column: '' },
  };
  const mapping = Mapping.open(node, keys, faults);
  const engine = mapping.required('engine', choice(['postgres', 'mysql']), 'postgres');
  if (engine === 'mysql') faults.add(mapping.placeOf('engine'), notInThisVersion('engine mysql'));
  const address = mapping.required('address', remoteAddress, NO_ADDRESS);
  return {
    name,
    engine: 'postgres',
    address,
    database: mapping.required('database', text, ''),
    region: mapping.required('region', notNone, ''),
    tls: readTls(mapping, address, files),
    access: mapping.required('access', readAccess, { groups: [], clients: [] }),
    credentials: mapping.required('credentials', readCredentials(files), { user: '', password: NO_SECRET }),
    roles: mapping.optional('roles', readDatabaseRoles, new Map()),
    mode: mapping.optional('mode', choice(['enforce', 'observe']), 'enforce'),
  };
}

const notNone: Reader<string> = checked(place, (value) =>
  value === 'none' ? 'must be a place: data is somewhere' : null,
);

/** `tls: verify-full` with `ca`, `server_name`, `cert` and `key` beside it, or all of it as `tls: { mode, … }`. */
function readTls(datasource: Mapping, address: SocketAddress, files: ConfigSurroundings): UpstreamTls | null {
  const { faults } = datasource;
  const asMapping = datasource.optional('tls', (node) => node.kind === 'mapping', false);
  const settings = asMapping
    ? datasource.required('tls', (node) => Mapping.open(node, { known: ['mode', ...TLS_KEYS] }, faults), datasource)
    : datasource;
  const modeKey = asMapping ? 'mode' : 'tls';
  const absent: 'disable' | 'verify-full' = address.kind === 'unix' ? 'disable' : 'verify-full';
  const mode = settings.optional(modeKey, tlsMode, absent);
  if (asMapping) {
    for (const key of TLS_KEYS) if (datasource.has(key)) faults.add(datasource.placeOf(key), `${key} belongs into tls`);
  }
  const ca = settings.optional('ca', fileBytes(files), null);
  const serverName = settings.optional('server_name', text, null);
  const client = readClientCertificate(settings, files);
  if (mode === 'disable') {
    for (const key of TLS_KEYS) if (settings.has(key)) faults.add(settings.placeOf(key), `${key} needs tls`);
    return null;
  }
  if (address.kind === 'unix') faults.add(settings.placeOf(modeKey), 'a UNIX socket has no tls: write disable');
  return { mode, ca, serverName, client };
}

function readClientCertificate(settings: Mapping, files: ConfigSurroundings): UpstreamTls['client'] {
  if (!settings.has('cert') && !settings.has('key')) return null;
  const cert = settings.required('cert', fileBytes(files), Buffer.alloc(0));
  const key = settings.required('key', fileBytes(files), Buffer.alloc(0));
  const wrong = certificateFault(cert, key);
  if (wrong !== null) settings.faults.add(settings.placeOf('cert'), wrong);
  return { cert, key };
}

const readAccess: Reader<DatasourceOptions['access']> = (node, faults) => {
  const mapping = Mapping.open(node, { known: ['groups', 'clients'] }, faults);
  const access = { groups: mapping.optional('groups', texts, []), clients: mapping.optional('clients', texts, []) };
  if (node.kind === 'mapping' && access.groups.length + access.clients.length === 0) {
    faults.add(node.at, 'must name the groups or clients that may connect: absent means nobody');
  }
  return access;
};

function readCredentials(files: ConfigSurroundings): Reader<DatasourceOptions['credentials']> {
  return (node, faults) => {
    const mapping = Mapping.open(node, { known: ['user', 'password'] }, faults);
    return {
      user: mapping.required('user', text, ''),
      password: mapping.required('password', secret(files), NO_SECRET),
    };
  };
}

const readDatabaseRoles: Reader<DatasourceOptions['roles']> = (node, faults) => {
  const roles = [...Mapping.names(node, faults).entries].map(
    ([name, entry]): [string, { readonly groups: readonly string[]; readonly setRole: string }] => {
      if (name.startsWith(PASS_USER_PREFIX))
        faults.add(
          entry.keyAt,
          `users called ${PASS_USER_PREFIX}… are those of access passes: call the role otherwise`,
        );
      const mapping = Mapping.open(entry.node, { known: ['groups', 'set_role'] }, faults);
      const groups = mapping.required('groups', texts, []);
      return [name, { groups, setRole: mapping.required('set_role', text, '') }];
    },
  );
  return new Map(roles);
};

function warningsOf({ name, address, tls, mode }: DatasourceOptions): readonly string[] {
  const warnings: string[] = [];
  if (mode === 'observe') warnings.push(`datasource ${name} is in mode observe: nothing is masked, blocked or held`);
  if (tls === null && !isLoopback(address)) {
    warnings.push(`datasource ${name}: rows and the credential travel unencrypted to ${formatAddress(address)}`);
  }
  return warnings;
}
