import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AdminServer, PrometheusTelemetry, type ReloadReport, startAdminServer } from '@bailiwick/admin';
import { type ApprovalStore, openSqliteApprovalStore } from '@bailiwick/approvals';
import { type AuditLog, openAuditLog } from '@bailiwick/audit';
import { type Clock, type Log, systemClock } from '@bailiwick/domain';
import { type Gateway, type SocketAddress, startGateway } from '@bailiwick/gateway';
import {
  createIdentityVerifier,
  createPassDesk,
  openSqlitePassStore,
  type PassDesk,
  type RunningIdentityVerifier,
} from '@bailiwick/identity';
import { describeFrames } from '@bailiwick/postgres';
import type { Site } from '../site/load-site.ts';
import { VERSION } from '../version.ts';
import { claimedIdentity } from './claimed-identity.ts';
import { watchCertificates, watchPending } from './gauges.ts';
import { readOrMakeKey } from './key-file.ts';
import { parameterText } from './parameter-text.ts';
import { RunningSite } from './running-site.ts';

export interface RunOptions {
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Gets the lines of a trace of frames. Absent: there is none. */
  readonly trace?: (line: string) => void;
}

/** A whole gateway in this process. */
export interface RunningBailiwick {
  readonly gateway: Gateway;
  readonly telemetry: PrometheusTelemetry;
  /** Where clients connect; a port that was 0 is the real one. */
  readonly postgresAddress: SocketAddress;
  readonly adminAddress: { readonly host: string; readonly port: number };
  /** Base URL of the HTTP API. */
  readonly adminUrl: string;
  /** All valid or nothing: throws `ReloadRefused`. */
  reload(by: string): Promise<ReloadReport>;
  /** Drains for at most `graceMs`, then closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** Wires every package and starts listening. Rejects, with everything closed again, where any part does not start. */
export async function runBailiwick(site: Site, options: RunOptions): Promise<RunningBailiwick> {
  const closers: (() => unknown)[] = [];
  try {
    return await start(site, options, closers);
  } catch (error) {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => {});
    throw error;
  }
}

async function start(site: Site, options: RunOptions, closers: (() => unknown)[]): Promise<RunningBailiwick> {
  const { log, clock = systemClock } = options;
  const { configuration } = site;
  for (const warning of configuration.warnings) log.warn({}, warning);
  const telemetry = new PrometheusTelemetry({ version: VERSION });
  const parts = openParts(site, { log, clock, telemetry }, closers);
  const { gateway, admin, running } = await startListeners(site, options, { ...parts, telemetry, clock, log }, closers);
  const certificates = new Map<string, Buffer>();
  if (configuration.postgres.tls !== null) certificates.set('postgres', configuration.postgres.tls.cert);
  if (configuration.admin.tls !== null) certificates.set('admin', configuration.admin.tls.cert);
  closers.push(watchCertificates(certificates, telemetry, clock));
  closers.push(
    watchPending(
      parts.approvals,
      configuration.datasources.map(({ name }) => name),
      telemetry,
      log,
    ),
  );
  const [listener] = gateway.addresses;
  if (listener === undefined) throw new Error('the gateway has no listener');
  return {
    gateway,
    telemetry,
    postgresAddress: listener.address,
    adminAddress: admin.address,
    adminUrl: urlOf(admin, configuration.admin.tls !== null),
    reload: (by) => running.reload(by),
    stop: async (graceMs) => {
      await gateway.drain(graceMs);
      for (const close of closers.reverse()) await close();
    },
  };
}

interface Parts {
  readonly verifier: RunningIdentityVerifier;
  readonly audit: AuditLog;
  readonly approvals: ApprovalStore;
  readonly passes: PassDesk;
  readonly maskKeys: { readonly keys: readonly { readonly id: string; readonly key: Buffer }[] };
}

function openParts(
  { configuration }: Site,
  surroundings: { readonly log: Log; readonly clock: Clock; readonly telemetry: PrometheusTelemetry },
  closers: (() => unknown)[],
): Parts {
  const { log, clock } = surroundings;
  const { stateFile, audit, approvals } = configuration;
  const warn = (message: string): void => log.warn({}, message);
  for (const directory of [dirname(stateFile), audit.spoolDirectory, audit.segmentsDirectory]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  const keys = configuration.maskingKeys.map(({ id, file }) => ({ id, key: readOrMakeKey(file, null, warn) }));
  const sealed = existsSync(stateFile) ? `${stateFile} was sealed with it` : null;
  const approvalKey = readOrMakeKey(join(dirname(stateFile), 'approvals.key'), sealed, warn);
  const passFile = join(dirname(stateFile), 'passes.db');
  const passesSealed = existsSync(passFile) ? `${passFile} was sealed with it` : null;
  const passKey = readOrMakeKey(join(dirname(stateFile), 'passes.key'), passesSealed, warn);

  const verifier = createIdentityVerifier(configuration.identity, surroundings);
  closers.push(() => verifier.close());
  const auditLog = openAuditLog({
    ...surroundings,
    spoolDirectory: audit.spoolDirectory,
    segmentsDirectory: audit.segmentsDirectory,
    indexPath: stateFile,
    signingKeyFile: audit.signingKeyFile,
    bodyKeyFile: join(dirname(audit.signingKeyFile), 'audit-body.key'),
    bodies: audit.bodies,
    describeFrames: (protocol, from, bytes) => (protocol === 'postgres' ? describeFrames(from, bytes) : []),
  });
  closers.push(() => auditLog.close());
  const store = openSqliteApprovalStore({
    path: stateFile,
    key: approvalKey,
    requestExpiryMs: approvals.requestExpiryMs,
    approvalExpiryMs: approvals.approvalExpiryMs,
    clock,
  });
  closers.push(() => store.close());
  const passStore = openSqlitePassStore(passFile, passKey);
  closers.push(() => passStore.close());
  const passes = createPassDesk({
    ...{ store: passStore, verifier, key: passKey, clock, log },
    lifetimeMaxMs: configuration.passLifetimeMaxMs,
  });
  return { verifier, audit: auditLog, approvals: store, passes, maskKeys: { keys } };
}

async function startListeners(
  site: Site,
  { environment, trace }: RunOptions,
  parts: Parts & { readonly log: Log; readonly clock: Clock; readonly telemetry: PrometheusTelemetry },
  closers: (() => unknown)[],
): Promise<{ readonly gateway: Gateway; readonly admin: AdminServer; readonly running: RunningSite }> {
  const { configuration, policy } = site;
  const { verifier, audit, approvals, passes, maskKeys, log, clock, telemetry } = parts;
  const gateway = await startGateway({
    listeners: [configuration.postgres],
    datasources: configuration.datasources,
    policy,
    ...(trace === undefined ? {} : { trace }),
    verifier,
    passes,
    recorder: audit,
    approvals,
    holdMs: configuration.approvals.holdMs,
    maskKeys,
    durability: configuration.audit.durability,
    onTokenExpiry: configuration.onTokenExpiry,
    limits: configuration.limits,
    clock,
    telemetry,
    log,
  });
  closers.push(() => gateway.drain(0));
  const running = new RunningSite(site, { gateway, telemetry, log, environment });
  const admin = await startAdminServer({
    ...configuration.admin,
    version: VERSION,
    verifier,
    authority: () => running.authority(),
    sessions: gateway.sessions,
    transcripts: audit,
    approvals,
    passes: { desk: passes, admits: (identity, datasource, role) => gateway.admits(identity, datasource, role) },
    notReady: () => [...gateway.notReady(), ...unusable(audit)],
    policy: () => running.policy(),
    explain: (request) => gateway.explain(request),
    identityFromClaims: async (claims, ip) => claimedIdentity(configuration.identity, claims, ip, clock),
    reload: (by) => running.reload(by),
    parameterText,
    telemetry,
    clock,
    log,
  });
  closers.push(() => admin.close());
  return { gateway, admin, running };
}

function unusable(audit: AuditLog): readonly string[] {
  try {
    audit.assertUsable();
    return [];
  } catch {
    return ['the record cannot be written'];
  }
}

function urlOf({ address: { host, port } }: AdminServer, tls: boolean): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
