import { CRM_DATABASE, CRM_ROLE } from './data/schema.ts';
import { DEVELOPMENT_CLIENT } from './sign-in.ts';

/** What the demo knows only once it runs. */
export interface DemoSettings {
  /** Absolute; holds gateway.crt, gateway.key, crm.password and policies/demo.yaml. */
  readonly directory: string;
  /** `host:port` each; port 0 takes a free one. */
  readonly gatewayAddress: string;
  readonly adminAddress: string;
  readonly databaseAddress: string;
  readonly issuer: string;
}

/** Ports of the contract's example, tried first; taken ones are replaced by free ones. */
export const PREFERRED_GATEWAY_PORT = 6432;
export const PREFERRED_ADMIN_PORT = 8432;

/** The demo's bailiwick.yaml: what a site of one's own would write, with the addresses of this run. */
export function demoConfiguration(settings: DemoSettings): string {
  const path = (name: string): string => JSON.stringify(`${settings.directory}/${name}`);
  return `version: 1
listeners:
  postgres: { address: "${settings.gatewayAddress}", tls: { cert: ${path('gateway.crt')}, key: ${path('gateway.key')} } }
  admin: { address: "${settings.adminAddress}" }
identity:
  issuers:
    - issuer: ${settings.issuer}
      audience: bailiwick
      claims: { subject: sub, groups: groups, region: region, model_region: model_region }
  cli: { client_id: ${DEVELOPMENT_CLIENT} }
  roles: { reviewer: [reviewers], auditor: [auditors], operator: [operators] }
datasources:
  crm:
    engine: postgres
    address: ${settings.databaseAddress}
    database: ${CRM_DATABASE}
    region: DE
    # The embedded database listens on loopback only and has no certificate.
    tls: disable
    access: { groups: [agents, support, analysts, reviewers] }
    credentials: { user: ${CRM_ROLE}, password: { file: ${path('crm.password')} } }
policies: [${path('policies/demo.yaml')}]
masking: { keys: [{ id: demo, file: ${path('var/mask.key')} }] }
state: { sqlite: ${path('var/bailiwick.db')} }
audit:
  spool: ${path('var/spool')}
  segments: ${path('var/segments')}
  signing_key: { file: ${path('var/audit.key')} }
approvals: { hold: { postgres: 60s } }
`;
}
