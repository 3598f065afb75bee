import type { RoleName, RoleScope } from '@bailiwick/admin';
import { UNKNOWN_PLACE } from '@bailiwick/domain';
import type { GatewayOptions } from '@bailiwick/gateway';
import {
  type AssertionLimits,
  type ClaimPaths,
  type ClientOptions,
  type IdentityOptions,
  type IssuerOptions,
  issuerUrlFault,
  type NetworkOptions,
  Networks,
  parsePlace,
} from '@bailiwick/identity';
import { readCertificates } from './certificate-section.ts';
import { type CliLogin, readCli } from './cli-section.ts';
import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { checked, choice, flag, listOf, type Reader, text, texts } from './read-values.ts';
import { NO_ROLES, readRoles } from './role-section.ts';

export interface IdentitySection {
  readonly identity: IdentityOptions;
  readonly onTokenExpiry: GatewayOptions['onTokenExpiry'];
  readonly cli: CliLogin | null;
  readonly roles: Readonly<Record<RoleName, readonly RoleScope[]>>;
}

export const NO_IDENTITY: IdentitySection = {
  identity: { issuers: [], clients: new Map(), networks: [] },
  onTokenExpiry: 'at_idle',
  cli: null,
  roles: NO_ROLES,
};

/** The name of a place, upper case. Whether there is such a place is for the policy to know. */
export const place: Reader<string> = (node, faults) => {
  const named = checked(text, (written) =>
    written !== '' && parsePlace(written) === UNKNOWN_PLACE
      ? 'must be an ISO 3166 alpha-2 code or the name of a jurisdiction'
      : null,
  );
  return parsePlace(named(node, faults));
};

/** Section `identity`. `datasources` are the configured names, for the scopes of roles. */
export function readIdentity(node: ConfigNode, faults: FaultList, datasources: readonly string[]): IdentitySection {
  const keys = {
    known: ['issuers', 'clients', 'networks', 'certificates', 'roles', 'on_token_expiry', 'cli'],
    unbuilt: { console: '', geoip: 'networks say where an address is' },
  };
  const mapping = Mapping.open(node, keys, faults);
  const issuers = mapping.required('issuers', listOf(readIssuer), []);
  if (mapping.has('issuers') && issuers.length === 0) {
    faults.add(mapping.placeOf('issuers'), 'must name at least one issuer');
  }
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) < index);
  if (twice !== undefined && twice.issuer !== '') {
    faults.add(mapping.placeOf('issuers'), `issuer ${twice.issuer} is there twice`);
  }
  const clients = mapping.optional('clients', readClients, new Map());
  const networks = mapping.optional('networks', listOf(readNetwork), []);
  const certificates = mapping.optional('certificates', readCertificates({ issuers, clients, networks }), []);
  return {
    identity: { issuers, clients, networks, certificates },
    onTokenExpiry: mapping.optional('on_token_expiry', choice(['at_idle', 'at_once']), 'at_idle'),
    cli: readCli(
      mapping,
      issuers.map(({ issuer }) => issuer),
      faults,
    ),
    roles: mapping.optional('roles', (one) => readRoles(one, faults, datasources), NO_ROLES),
  };
}

const readIssuer: Reader<IssuerOptions> = (node, faults) => {
  const known = ['issuer', 'jwks_uri', 'audience', 'admin_audience', 'claims', 'may_assert'];
  const mapping = Mapping.open(node, { known }, faults);
  const url = checked(text, (value) => (value === '' ? null : prefixed(issuerUrlFault(value, true))));
  const jwksUri = mapping.optional('jwks_uri', url, null);
  const adminAudience = mapping.optional('admin_audience', text, null);
  const claims = mapping.optional('claims', readClaims, null);
  const mayAssert = mapping.optional('may_assert', readAssertions, null);
  return {
    issuer: mapping.required('issuer', url, ''),
    audience: mapping.required('audience', text, ''),
    ...(jwksUri === null ? {} : { jwksUri }),
    ...(adminAudience === null ? {} : { adminAudience }),
    ...(claims === null ? {} : { claims }),
    ...(mayAssert === null ? {} : { mayAssert }),
  };
};

const prefixed = (fault: string | null): string | null => (fault === null ? null : `the address ${fault}`);

const CLAIM_KEYS: Readonly<Record<string, keyof ClaimPaths>> = {
  subject: 'subject',
  groups: 'groups',
  region: 'region',
  model_region: 'modelRegion',
  grants: 'grants',
  client_id: 'clientId',
};

const readClaims: Reader<Partial<ClaimPaths>> = (node, faults) => {
  const mapping = Mapping.open(node, { known: Object.keys(CLAIM_KEYS) }, faults);
  const named = Object.entries(CLAIM_KEYS).filter(([key]) => mapping.has(key));
  return Object.fromEntries(named.map(([key, property]) => [property, mapping.required(key, text, '')]));
};

const readAssertions: Reader<AssertionLimits> = (node, faults) => {
  const mapping = Mapping.open(node, { known: ['groups', 'region', 'model_region', 'grants'] }, faults);
  return {
    groups: mapping.optional('groups', texts, []),
    region: mapping.optional('region', flag, false),
    ...(mapping.has('model_region') ? { modelRegion: mapping.required('model_region', flag, false) } : {}),
    grants: mapping.optional('grants', texts, []),
  };
};

const readClients: Reader<ReadonlyMap<string, ClientOptions>> = (node, faults) => {
  const clients = [...Mapping.names(node, faults).entries].map(([id, entry]): [string, ClientOptions] => {
    const mapping = Mapping.open(entry.node, { known: ['region', 'model_region', 'owner', 'groups'] }, faults);
    return [
      id,
      {
        ...(mapping.has('region') ? { region: mapping.required('region', place, '') } : {}),
        ...(mapping.has('model_region') ? { modelRegion: mapping.required('model_region', place, '') } : {}),
        ...(mapping.has('owner') ? { owner: mapping.required('owner', text, '') } : {}),
        ...(mapping.has('groups') ? { groups: mapping.required('groups', texts, []) } : {}),
      },
    ];
  });
  return new Map(clients);
};

const readNetwork: Reader<NetworkOptions> = (node, faults) => {
  const mapping = Mapping.open(node, { known: ['cidr', 'region'] }, faults);
  const cidr = mapping.required('cidr', checked(text, networkFault), '');
  return { cidr, region: mapping.required('region', place, '') };
};

/** What is wrong with a network in CIDR notation. Null: nothing. */
export function networkFault(cidr: string): string | null {
  try {
    new Networks([{ cidr, region: 'DE' }]);
    return null;
  } catch {
    return 'must be a network such as 10.1.0.0/16 or 2001:db8::/32';
  }
}
