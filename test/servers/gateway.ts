import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusTelemetry } from '@bailiwick/admin';
import { type ApprovalStore, openSqliteApprovalStore } from '@bailiwick/approvals';
import { type AuditLog, openAuditLog } from '@bailiwick/audit';
import { type ApprovalRequest, type Clock, type Log, systemClock } from '@bailiwick/domain';
import {
  type DatasourceOptions,
  type Gateway,
  type GatewayLimits,
  type GatewayOptions,
  type ListenerOptions,
  startGateway,
} from '@bailiwick/gateway';
import {
  type CertificateOptions,
  createIdentityVerifier,
  createPassDesk,
  type NetworkOptions,
  openSqlitePassStore,
  type PassDesk,
} from '@bailiwick/identity';
import { loadPolicies, type Policy } from '@bailiwick/policy';
import { describeFrames } from '@bailiwick/postgres';
import {
  type CertificateAuthority,
  type DevelopmentIssuer,
  issueCertificate,
  makeCertificateAuthority,
  type PostgresServer,
  startDevelopmentIssuer,
} from 'bailiwick';
import pg, { type Client, type ClientConfig } from 'pg';
import { type Claims, REVIEWER } from './identities.ts';
import { recordingLog } from './log.ts';
import { type FreshDatabase, freshDatabase, sharedPostgres } from './postgres.ts';
import { openWire, type WireClient, type WireOptions } from './wire-client.ts';

/** What a test changes of a gateway that lets everybody of the group `agents` in, over TLS, to one datasource. */
export interface TestGatewayOptions {
  /** A policy file's text; its datasource is `crm`. */
  readonly policy: string;
  /** SQL that fills the database, run by its owner. */
  readonly data?: string;
  /** Default true. */
  readonly tls?: boolean;
  readonly server?: PostgresServer;
  readonly mode?: DatasourceOptions['mode'];
  readonly roles?: DatasourceOptions['roles'];
  readonly limits?: Partial<GatewayLimits>;
  readonly holdMs?: number;
  readonly handshakeTimeoutMs?: number;
  readonly maxConnections?: number;
  readonly trustedProxies?: readonly string[];
  /** Default: none. */
  readonly networks?: readonly NetworkOptions[];
  readonly methods?: ListenerOptions['methods'];
  /** Whom certificates of `clientAuthority` stand for, which clients are then asked for. Absent: they are not. */
  readonly certificates?: (issuer: string) => readonly CertificateOptions[];
  /** Default: the machine's. */
  readonly clock?: Clock;
  readonly durability?: 'regulated' | 'all';
  readonly onTokenExpiry?: GatewayOptions['onTokenExpiry'];
  /** Which account the gateway has: the database's owner (default), or the server's superuser. */
  readonly account?: 'owner' | 'superuser';
  readonly region?: string;
  /** Gets the lines of a trace. Default: there is none. */
  readonly trace?: (line: string) => void;
  /** In place of a database of the test's own: one of `server`, and the account to use. It is not dropped. */
  readonly existing?: { readonly name: string; readonly user: string; readonly password: string };
  /** What clients put as the database name, and the policy says. Default `crm`. */
  readonly datasource?: string;
}

export interface ConnectOptions {
  readonly user?: string;
  readonly database?: string;
  /** In place of a fresh token. */
  readonly password?: string;
  /** Another address than the gateway's own: a tap in front of it. */
  readonly port?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly version?: 3.0 | 3.2;
}

/** A gateway in this process, in front of a database of its own on a real server. */
export interface TestGateway {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority that signed the listener's certificate; null without TLS. */
  readonly ca: string | null;
  readonly gateway: Gateway;
  readonly database: FreshDatabase;
  readonly server: PostgresServer;
  readonly issuer: DevelopmentIssuer;
  /** Issues client certificates that the listener accepts. */
  readonly clientAuthority: CertificateAuthority;
  readonly approvals: ApprovalStore;
  readonly passes: PassDesk;
  /** A new pass of whoever the claims are of, for the gateway's datasource where no other is named. */
  makePass(request: {
    readonly claims: Claims;
    readonly datasource?: string;
    readonly role?: string;
    readonly networks?: readonly string[];
    readonly lifetimeMs?: number | null;
  }): ReturnType<PassDesk['issue']>;
  readonly audit: AuditLog;
  readonly telemetry: PrometheusTelemetry;
  /** Everything that it wrote is below. */
  readonly directory: string;
  token(claims: Claims): Promise<string>;
  /** A node-postgres client, connected over TLS verify-full. Ended by `close`. */
  connect(claims: Claims, options?: ConnectOptions): Promise<Client>;
  /** A client that speaks raw messages, logged in. Ended by `close`. */
  wire(claims: Claims, options?: ConnectOptions): Promise<WireClient>;
  /** A connected socket on which nothing has been said, beyond TLS. Ended by `close`. */
  rawWire(
    options?: Pick<WireOptions, 'direct' | 'certificate'> & { readonly port?: number; readonly tls?: boolean },
  ): Promise<WireClient>;
  /** Straight to the database, as its superuser. Ended by `close`. */
  direct(): Promise<Client>;
  /** Runs SQL straight in the database. */
  sql(text: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  /** Every log line so far. */
  logText(): string;
  /** The request that waits for a reviewer: the only one, or the first to come. */
  pendingRequest(): Promise<ApprovalRequest>;
  decide(request: ApprovalRequest, verdict: 'approve' | 'reject', claims?: Claims, reason?: string): Promise<void>;
  /** New statements are judged by this text. */
  usePolicy(policy: string): void;
  /** Content of every file below `directory`, by path relative to it. */
  files(): ReadonlyMap<string, Buffer>;
  close(): Promise<void>;
}

const LIMITS: GatewayLimits = {
  frameBytesMax: 64 * 1024 * 1024,
  statementBytesMax: 1024 * 1024,
  sessionsPerIdentityMax: 100,
  statementTimeMs: 0,
  idleTimeMs: 0,
  idleInTransactionTimeMs: 0,
  sessionTimeMs: 0,
  connectTimeMs: 10_000,
  keepAliveMs: 30_000,
  noticesPerStatementMax: 10_000,
};
const DATASOURCE = 'crm';

/** Starts everything, all of it real. Rejects with the policy's faults when it has any. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const server = options.server ?? (await sharedPostgres());
  const { database, account } =
    options.existing === undefined ? await fill(server, options) : existing(server, options.existing);
  const datasource = options.datasource ?? DATASOURCE;
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-test-'));
  const { log, text: logText } = recordingLog();
  const telemetry = new PrometheusTelemetry({ version: 'test' });
  const clock = options.clock ?? systemClock;
  const issuer = await startDevelopmentIssuer({ clock });
  const verifier = createIdentityVerifier(
    {
      issuers: [{ issuer: issuer.issuer, audience: 'bailiwick' }],
      clients: new Map(),
      networks: options.networks ?? [],
      certificates: options.certificates?.(issuer.issuer) ?? [],
    },
    { clock, telemetry, log },
  );
  const approvals = openSqliteApprovalStore({
    path: join(directory, 'bailiwick.db'),
    key: randomBytes(32),
    requestExpiryMs: 3_600_000,
    approvalExpiryMs: 3_600_000,
    clock: systemClock,
  });
  const passStore = openSqlitePassStore(join(directory, 'passes.db'), Buffer.alloc(32, 9));
  const passes = createPassDesk({
    ...{ store: passStore, verifier, key: Buffer.alloc(32, 9) },
    ...{ lifetimeMaxMs: 8 * 3_600_000, clock, log },
  });
  const audit = openLog(directory, telemetry, log);
  const authority = makeCertificateAuthority();
  const clientAuthority = makeCertificateAuthority('Clients of the bank');
  const tls = options.tls ?? true;
  const certificate = issueCertificate(authority, { names: ['localhost'], ips: ['127.0.0.1'] });
  const gateway = await startGateway({
    listeners: [
      {
        protocol: 'postgres',
        address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
        tls: tls
          ? {
              cert: Buffer.from(certificate.cert),
              key: Buffer.from(certificate.key),
              clientCa: options.certificates === undefined ? null : Buffer.from(clientAuthority.cert),
            }
          : null,
        methods: options.methods ?? ['jwt', 'pass'],
        oauth: options.methods?.includes('oauthbearer')
          ? { openidConfiguration: `${issuer.issuer}/.well-known/openid-configuration`, scope: 'openid bailiwick' }
          : null,
        maxConnections: options.maxConnections ?? 200,
        handshakeTimeoutMs: options.handshakeTimeoutMs ?? 15_000,
        trustedProxies: options.trustedProxies ?? [],
      },
    ],
    datasources: [
      {
        name: datasource,
        engine: 'postgres',
        address: { kind: 'tcp', host: server.host, port: server.port },
        database: database.name,
        region: options.region ?? 'DE',
        tls: null,
        access: { groups: ['agents'], clients: [] },
        credentials: { user: account.user, password: async () => account.password },
        roles: options.roles ?? new Map(),
        mode: options.mode ?? 'enforce',
      },
    ],
    policy: policyOf(options.policy, datasource),
    ...(options.trace === undefined ? {} : { trace: options.trace }),
    verifier,
    passes,
    recorder: audit,
    approvals,
    holdMs: options.holdMs ?? 20_000,
    maskKeys: { keys: [{ id: 'k1', key: Buffer.alloc(32, 7) }] },
    durability: options.durability ?? 'regulated',
    onTokenExpiry: options.onTokenExpiry ?? 'at_idle',
    limits: { ...LIMITS, ...options.limits },
    clock,
    telemetry,
    log,
  });
  const address = gateway.addresses[0]?.address;
  if (address?.kind !== 'tcp') throw new Error('the gateway has no TCP address');
  const { host, port } = address;
  const ca = tls ? authority.cert : null;
  const open: (() => unknown)[] = [];
  const token = (claims: Claims): Promise<string> => issuer.issueToken(claims);
  const rawWire: TestGateway['rawWire'] = async (wire = {}) => {
    const useTls = wire.tls ?? ca !== null;
    const { direct, certificate: shown } = wire;
    const client = await openWire({
      host,
      port: wire.port ?? port,
      ...(useTls && ca !== null ? { ca } : {}),
      ...(direct === undefined ? {} : { direct }),
      ...(shown === undefined ? {} : { certificate: shown }),
    });
    open.push(() => client.destroy());
    return client;
  };
  const pgClient = async (config: ClientConfig): Promise<Client> => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    open.push(() => client.end().catch(() => {}));
    return client;
  };

  return {
    ...{
      host,
      port,
      ca,
      gateway,
      database,
      server,
      issuer,
      clientAuthority,
      approvals,
      passes,
      makePass: async (request) => {
        const { claims: wanted, role = '', networks = [], lifetimeMs = null, datasource: other = datasource } = request;
        const claims = await verifier.verifiedClaims(await token(wanted), 'wire');
        return passes.issue({ claims, role, networks, lifetimeMs, datasource: other });
      },
      audit,
      telemetry,
      directory,
      token,
      logText,
    },
    connect: async (claims, { user = 'anyone', database: name = datasource, password, port: other } = {}) =>
      pgClient({
        host,
        port: other ?? port,
        user,
        database: name,
        password: password ?? (await token(claims)),
        ssl: ca === null ? false : { ca },
      }),
    rawWire,
    wire: async (claims, wire = {}) => {
      const client = await rawWire(wire.port === undefined ? {} : { port: wire.port });
      const parameters = { user: wire.user ?? 'anyone', database: wire.database ?? datasource, ...wire.parameters };
      await client.logIn(parameters, wire.password ?? (await token(claims)), wire.version);
      return client;
    },
    direct: () => pgClient({ connectionString: database.url }),
    sql: (sql, parameters) => database.query(sql, parameters),
    metrics: async () => (await telemetry.expose()).text,
    pendingRequest: () => firstPending(approvals),
    decide: async (request, verdict, claims = REVIEWER, reason = 'looked at it') => {
      const reviewer = { principals: [String(claims.sub)], groups: claims.groups as string[] };
      await approvals.decide(request.id, request.digest, reviewer, verdict, reason);
    },
    usePolicy: (text) => gateway.usePolicy(policyOf(text, datasource)),
    files: () => filesBelow(directory),
    close: async () => {
      for (const end of open) await end();
      await gateway.drain(1_000);
      await audit.close();
      await approvals.close();
      await passStore.close();
      verifier.close();
      await issuer.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function fill(
  server: PostgresServer,
  { data = '', account = 'owner' }: TestGatewayOptions,
): Promise<{ database: FreshDatabase; account: { user: string; password: string } }> {
  const database = await freshDatabase(server);
  const owner = `owner_of_${database.name}`;
  const password = randomBytes(12).toString('base64url');
  await server.query(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}';
    ALTER DATABASE ${database.name} OWNER TO ${owner}`);
  if (data !== '') await database.query(`SET ROLE ${owner};\n${data}`);
  return {
    database: {
      ...database,
      drop: async () => {
        await database.drop();
        await server.query(`DROP ROLE IF EXISTS ${owner}`);
      },
    },
    account: account === 'owner' ? { user: owner, password } : { user: server.user, password: server.password },
  };
}

function existing(
  server: PostgresServer,
  { name, user, password }: NonNullable<TestGatewayOptions['existing']>,
): { database: FreshDatabase; account: { user: string; password: string } } {
  const query: FreshDatabase['query'] = (sql, parameters) => server.query(sql, parameters, name);
  return { database: { name, url: server.url(name), query, drop: async () => {} }, account: { user, password } };
}

function openLog(directory: string, telemetry: PrometheusTelemetry, log: Log): AuditLog {
  return openAuditLog({
    spoolDirectory: join(directory, 'spool'),
    segmentsDirectory: join(directory, 'segments'),
    indexPath: join(directory, 'index.db'),
    signingKeyFile: join(directory, 'audit.key'),
    bodyKeyFile: join(directory, 'body.key'),
    bodies: 'keep',
    clock: systemClock,
    telemetry,
    log,
    describeFrames: (_protocol, from, bytes) => describeFrames(from, bytes),
  });
}

/** Compiles a policy file's text; throws its faults. */
export function policyOf(text: string, datasource: string = DATASOURCE): Policy {
  const loaded = loadPolicies(['policy.yaml'], () => text, { datasources: [datasource] });
  if ('policy' in loaded) return loaded.policy;
  throw new Error(loaded.faults.map((fault) => JSON.stringify(fault)).join('\n'));
}

/** Resolves with the oldest request that waits, as soon as there is one. */
function firstPending(approvals: ApprovalStore): Promise<ApprovalRequest> {
  return new Promise((resolve, reject) => {
    const look = async (): Promise<void> => {
      const [found] = await approvals.list({ status: 'pending', limit: 1 });
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = approvals.onChange(() => void look().catch(reject));
    look().catch(reject);
  });
}

function filesBelow(directory: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(directory.length + 1), readFileSync(path)];
    }),
  );
}
