import type { ApprovalStore } from '@bailiwick/approvals';
import type {
  BoundParameter,
  Clock,
  Identity,
  Log,
  Place,
  SessionDirectory,
  TranscriptReader,
} from '@bailiwick/domain';
import type { IdentityVerifier, PassDesk } from '@bailiwick/identity';
import type { PrometheusTelemetry } from './prometheus-telemetry.ts';

/** Who has a right, and on which datasources. Empty `datasources` and `regions`: on all. */
export interface RoleScope {
  readonly groups: readonly string[];
  readonly datasources: readonly string[];
  readonly regions: readonly Place[];
}

export const ROLE_NAMES = ['reviewer', 'auditor', 'operator'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** What a reload may replace: asked for at each request. */
export interface Authority {
  readonly roles: Readonly<Record<RoleName, readonly RoleScope[]>>;
  /** Datasources and where their data belongs. */
  readonly datasources: ReadonlyMap<string, Place>;
  /** Whether a place is, or lies in, the place or jurisdiction that a scope names. */
  inside(place: Place, region: Place): boolean;
}

/** What `GET /api/v1/policy` says. */
export interface PolicyDescription {
  readonly version: string;
  readonly files: readonly string[];
  readonly rules: readonly {
    readonly id: string;
    readonly effect: string;
    readonly file: string;
    readonly line: number;
  }[];
}

/** What a reload did. `weaker` names the rules that went or now ask for less. */
export interface ReloadReport {
  readonly changed: readonly string[];
  readonly weaker: readonly string[];
}

/** A reload that changed nothing, with every reason as `file:line:column: message`. */
export class ReloadRefused extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super('the new configuration is not valid, so nothing was changed');
    this.name = 'ReloadRefused';
    this.faults = faults;
  }
}

export interface AdminOptions {
  /** Port 0 takes a free one. */
  readonly address: { readonly host: string; readonly port: number };
  /** PEM. Null: plain HTTP, on loopback only, which whoever builds these options has checked. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  readonly version: string;
  readonly verifier: IdentityVerifier;
  readonly authority: () => Authority;
  readonly sessions: SessionDirectory;
  readonly transcripts: TranscriptReader;
  readonly approvals: ApprovalStore;
  /** Null: there are no access passes. `admits`: whether an identity may connect to a datasource as this role. */
  readonly passes: {
    readonly desk: PassDesk;
    admits(identity: Identity, datasource: string, role: string): boolean;
  } | null;
  /** Why the gateway takes no traffic; empty: it does. */
  readonly notReady: () => readonly string[];
  readonly policy: () => PolicyDescription;
  /** What would happen to a statement. May throw `GatewayError`. The answer is sent as it is. */
  readonly explain: (request: {
    readonly datasource: string;
    readonly identity: Identity;
    readonly ip: string;
    readonly sql: string;
  }) => Promise<object>;
  /** The identity that verified claims would give; throws `TokenRejected` where they would not be accepted. */
  readonly identityFromClaims: (claims: Readonly<Record<string, unknown>>, ip: string) => Promise<Identity>;
  /** All or nothing: throws `ReloadRefused` where anything is not valid. */
  readonly reload: (by: string) => Promise<ReloadReport>;
  /** A bound value as text; null where its binary form is not understood (it is then shown as hexadecimal). */
  readonly parameterText: (parameter: BoundParameter) => string | null;
  readonly telemetry: PrometheusTelemetry;
  readonly clock: Clock;
  readonly log: Log;
}
