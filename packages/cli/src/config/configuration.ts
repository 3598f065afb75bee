import type { RoleName, RoleScope } from '@bailiwick/admin';
import type { DatasourceOptions, GatewayLimits, GatewayOptions, ListenerOptions } from '@bailiwick/gateway';
import type { IdentityOptions } from '@bailiwick/identity';
import type { CliLogin } from './cli-section.ts';

/** A valid bailiwick.yaml: defaults filled in, paths absolute, certificates read, secrets behind functions. */
export interface Configuration {
  /** Absolute path of the file. */
  readonly file: string;
  readonly postgres: ListenerOptions;
  readonly admin: AdminListener;
  readonly identity: IdentityOptions;
  readonly onTokenExpiry: GatewayOptions['onTokenExpiry'];
  /** How `bailiwick login` logs in; null: its options say so. */
  readonly cli: CliLogin | null;
  readonly roles: Readonly<Record<RoleName, readonly RoleScope[]>>;
  readonly datasources: readonly DatasourceOptions[];
  /** Absolute paths of policy files and packs. */
  readonly policies: readonly string[];
  readonly maskingKeys: readonly { readonly id: string; readonly file: string }[];
  readonly stateFile: string;
  readonly audit: AuditSettings;
  readonly approvals: ApprovalSettings;
  /** The longest that an access pass lasts. */
  readonly passLifetimeMaxMs: number;
  readonly limits: GatewayLimits;
  /** What is valid and should be known all the same. */
  readonly warnings: readonly string[];
  /** What only a restart changes, by name and in canonical form: a reload that differs here is refused. */
  readonly fixed: ReadonlyMap<string, string>;
}

export interface AdminListener {
  readonly address: { readonly kind: 'tcp'; readonly host: string; readonly port: number };
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
}

export interface AuditSettings {
  readonly spoolDirectory: string;
  readonly segmentsDirectory: string;
  readonly signingKeyFile: string;
  readonly bodies: 'keep' | 'session' | 'off';
  readonly durability: 'regulated' | 'all';
}

export interface ApprovalSettings {
  readonly holdMs: number;
  readonly requestExpiryMs: number;
  readonly approvalExpiryMs: number;
}
