import type { ApprovalStore } from '@bailiwick/approvals';
import type { Recorder } from '@bailiwick/audit';
import type { Clock, Identity, Log, Place, Telemetry } from '@bailiwick/domain';
import type { IdentityVerifier, PassDesk } from '@bailiwick/identity';
import type { MaskKeys } from '@bailiwick/masking';
import type { Policy } from '@bailiwick/policy';
import type { BearerAdvice } from '@bailiwick/postgres';

/** An address to listen on or to connect to. */
export type SocketAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** For PostgreSQL the socket's file, as in /var/run/postgresql/.s.PGSQL.5432. */
  | { readonly kind: 'unix'; readonly path: string };

export interface ListenerTls {
  /** PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** PEM: authorities of client certificates, which are then asked for. Null: they are not. */
  readonly clientCa: Buffer | null;
}

/** How a client may prove who it is. */
export type AuthenticationMethod = 'jwt' | 'pass' | 'oauthbearer' | 'mtls';

export interface ListenerOptions {
  readonly protocol: 'postgres';
  readonly address: SocketAddress;
  /** Null is `tls: off`: loopback only, which whoever builds these options has checked. */
  readonly tls: ListenerTls | null;
  /** What is accepted here; which of them a client is asked for is SEMANTICS 29. Never empty. */
  readonly methods: readonly AuthenticationMethod[];
  /** Where OAUTHBEARER clients are told to get a token. Null: the methods do not name it. */
  readonly oauth: BearerAdvice | null;
  readonly maxConnections: number;
  /** From accept to the end of authentication. */
  readonly handshakeTimeoutMs: number;
  /**
   * Networks in CIDR notation from which each connection must begin with a PROXY protocol header, whose address counts
   * as the client's. From anywhere else a header is a protocol violation. Empty: nobody is trusted to send one.
   */
  readonly trustedProxies: readonly string[];
}

export interface UpstreamTls {
  readonly mode: 'verify-full' | 'verify-ca';
  /** PEM bundle; null: the platform's roots. */
  readonly ca: Buffer | null;
  /** Name to verify and to send as SNI; null: the address's host. */
  readonly serverName: string | null;
  /** PEM client certificate and key. */
  readonly client: { readonly cert: Buffer; readonly key: Buffer } | null;
}

export interface UpstreamCredentials {
  readonly user: string;
  /** Asked for each time a connection is made, so that rotated secrets are picked up. */
  readonly password: () => Promise<string>;
}

export interface DatasourceOptions {
  readonly name: string;
  readonly engine: 'postgres';
  readonly address: SocketAddress;
  readonly database: string;
  readonly region: Place;
  /** Null is `tls: disable`. */
  readonly tls: UpstreamTls | null;
  /** Who may connect at all; either list may let an identity in. */
  readonly access: { readonly groups: readonly string[]; readonly clients: readonly string[] };
  readonly credentials: UpstreamCredentials;
  /** Database roles by the user name that asks for them; empty: any user name is a mere label. */
  readonly roles: ReadonlyMap<string, { readonly groups: readonly string[]; readonly setRole: string }>;
  readonly mode: 'enforce' | 'observe';
}

export interface GatewayLimits {
  readonly frameBytesMax: number;
  readonly statementBytesMax: number;
  readonly sessionsPerIdentityMax: number;
  /** 0: no limit. */
  readonly statementTimeMs: number;
  /** How long a session may wait for its client outside a transaction. 0: no limit. */
  readonly idleTimeMs: number;
  /** The same inside a transaction, where it holds locks. 0: no limit. */
  readonly idleInTransactionTimeMs: number;
  /** How long a session may last in all: it ends at its next point of rest. 0: no limit. */
  readonly sessionTimeMs: number;
  /** From connecting to a database to its first ReadyForQuery. */
  readonly connectTimeMs: number;
  /** TCP keep-alive on both legs: probes begin after this much silence. 0: off. */
  readonly keepAliveMs: number;
  /** Notices that one statement may send before it is cancelled (SEMANTICS 39). 0: no limit. */
  readonly noticesPerStatementMax: number;
}

/** One line of a trace: which session, and the frame in the manner of libpq's PQtrace, with values left out. */
export type FrameTrace = (line: string) => void;

export interface GatewayOptions {
  /** Absent: nothing is traced. */
  readonly trace?: FrameTrace;
  readonly listeners: readonly ListenerOptions[];
  readonly datasources: readonly DatasourceOptions[];
  readonly policy: Policy;
  readonly verifier: IdentityVerifier;
  /** Null: there are no access passes. */
  readonly passes: PassDesk | null;
  readonly recorder: Recorder;
  readonly approvals: ApprovalStore;
  /** How long a held statement waits on the wire before it becomes a ticket. */
  readonly holdMs: number;
  readonly maskKeys: MaskKeys;
  readonly durability: 'regulated' | 'all';
  /**
   * When a session ends whose token has expired, with 57P01: at once, whatever is under way, or when nothing is: outside a
   * transaction, after the statements that were begun.
   */
  readonly onTokenExpiry: 'at_idle' | 'at_once';
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** What `explain` answers (CONTRACT section 2): what would happen, without running anything. */
export interface Explanation {
  readonly effect: string;
  readonly rule: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly effect: string;
    readonly excepted: boolean;
    readonly dryRun: boolean;
  }[];
  readonly refusal: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly classes: readonly string[];
  readonly tables: readonly string[];
  readonly tags: readonly string[];
  readonly outputs: readonly {
    readonly name: string;
    readonly lineage: 'base' | 'derived' | 'unknown';
    readonly sources: readonly string[];
    /** `pass`, `exempt`, `constant`, or the mask's name. */
    readonly treatment: string;
    readonly rule: string | null;
  }[];
  readonly upstreamSql: string;
}

export interface ExplainRequest {
  readonly datasource: string;
  readonly identity: Identity;
  readonly ip: string;
  readonly sql: string;
}
