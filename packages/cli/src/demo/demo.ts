import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@bailiwick/domain';
import { loadCrm } from './data/load-crm.ts';
import { CRM_DATABASE } from './data/schema.ts';
import { demoConfiguration, PREFERRED_ADMIN_PORT, PREFERRED_GATEWAY_PORT } from './demo-configuration.ts';
import { type DemoDirectory, makeDemoDirectory } from './demo-directory.ts';
import { DEMO_IDENTITIES, demoIdentity } from './demo-identities.ts';
import { type PostgresServer, startEmbeddedPostgres } from './embedded-postgres.ts';
import { freePort } from './free-port.ts';
import { type DevelopmentIssuer, startDevelopmentIssuer } from './issuer.ts';
import { writePasswordFile } from './password-file.ts';
import { announceDemo, type RunningDemo, withdrawDemo } from './running-demo.ts';
import { waitFor } from './wait-for.ts';

/** Everything that a running demo consists of. */
export interface Demo {
  readonly directory: DemoDirectory;
  /** What clients connect to; the certificate is for this name. */
  readonly gateway: { readonly host: string; readonly port: number };
  /** Base URL of the HTTP API. */
  readonly server: string;
  readonly issuer: string;
  /** With which any of the identities may sign in at the issuer. */
  readonly signInPassword: string;
  readonly passwordFile: string;
  /** The database itself, past the gateway. */
  readonly database: PostgresServer;
  /** A fresh token of an identity. Rejects where there is none of this name. */
  token(identity: string): Promise<string>;
  /** Ends everything and removes what is not to be kept. */
  stop(): Promise<void>;
}

/** A gateway with its HTTP API, as started from a configuration file. */
export interface ServedConfiguration {
  /** Ends sessions that are idle, gives the others a moment, then ends everything. */
  stop(): Promise<void>;
}

export interface DemoOptions {
  /** Directory to use and to keep; null: a temporary one. */
  readonly keep: string | null;
  /** Starts in this process what `bailiwick serve --config FILE` starts, its log going to a file. Rejects with faults. */
  readonly serve: (configurationFile: string, logFile: string) => Promise<ServedConfiguration>;
  /** Told what happens, a line at a time; `fraction` where it is known how far it is. */
  readonly progress: (what: string, fraction?: number) => void;
  readonly signal: AbortSignal;
}

const HOST = '127.0.0.1';
/** The first catalog is read in less than a second; a machine that does everything at once takes longer. */
const READY_MS = 30_000;
const TOKEN_SECONDS = 12 * 3600;
/** Tokens of a login are refreshed: they last no longer than a site would let them. */
const LOGIN_TOKEN_SECONDS = 600;
const TOKENS_RENEWED_EVERY_MS = 3_600_000;

/** Starts the demo. When it cannot, or `signal` says stop, what was started is ended and removed, and it rejects. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const cleanup: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const undo of cleanup.splice(0).reverse()) {
      // What cannot be ended must not keep the rest alive.
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    return await start(options, cleanup, stop);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

async function start(
  { keep, serve, progress, signal }: DemoOptions,
  cleanup: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Demo> {
  const databasePassword = randomBytes(18).toString('base64url');
  progress('writing certificates, policy and configuration');
  const directory = await makeDemoDirectory(keep, databasePassword);
  cleanup.push(() => directory.remove());

  progress('starting PostgreSQL 18');
  const database = await startEmbeddedPostgres();
  cleanup.push(() => database.stop());
  signal.throwIfAborted();
  await loadCrm(database, databasePassword, (table, loaded, total) =>
    progress(`filling ${CRM_DATABASE}.${table}`, loaded / total),
  );
  signal.throwIfAborted();

  progress('starting the development issuer');
  const signInPassword = randomBytes(12).toString('base64url');
  const signIn = { password: signInPassword, people: DEMO_IDENTITIES, tokenSeconds: LOGIN_TOKEN_SECONDS };
  const issuer = await startDevelopmentIssuer({ signIn });
  cleanup.push(() => issuer.close());

  progress('starting the gateway');
  const gateway = { host: 'localhost', port: await freePort(PREFERRED_GATEWAY_PORT) };
  const adminPort = await freePort(PREFERRED_ADMIN_PORT);
  const configurationFile = join(directory.path, 'bailiwick.yaml');
  const configuration = demoConfiguration({
    directory: directory.path,
    gatewayAddress: `${HOST}:${gateway.port}`,
    adminAddress: `${HOST}:${adminPort}`,
    databaseAddress: `${database.host}:${database.port}`,
    issuer: issuer.issuer,
  });
  await writeFile(configurationFile, configuration, { mode: 0o600 });
  const served = await serve(configurationFile, join(directory.path, 'gateway.log'));
  cleanup.push(() => served.stop());
  const server = `http://${HOST}:${adminPort}`;
  await untilReady(server);
  signal.throwIfAborted();

  const demo = { directory: directory.path, gateway, server, issuer: issuer.issuer };
  const passwordFile = await publishTokens(demo, issuer);
  cleanup.push(() => withdrawDemo());
  const endRenewal = renewTokens(demo, issuer);
  cleanup.push(endRenewal);
  const token = (name: string): Promise<string> => tokenOf(issuer, name);
  return { ...demo, directory, database, signInPassword, passwordFile, token, stop };
}

/** Asks `/readyz` until it says yes. */
async function untilReady(server: string): Promise<void> {
  let answer = 'no answer';
  const look = async (): Promise<true | null> => {
    const response = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(READY_MS) });
    answer = (await response.text()).slice(0, 500);
    return response.ok ? true : null;
  };
  await waitFor('a gateway that is ready', READY_MS, look).catch((error: unknown) => {
    throw new Error(`the gateway did not become ready: ${answer}`, { cause: error });
  });
}

const tokenOf = async (issuer: DevelopmentIssuer, name: string): Promise<string> =>
  issuer.issueToken(demoIdentity(name).claims, { expiresInSeconds: TOKEN_SECONDS });

type Announced = Omit<RunningDemo, 'pid' | 'tokens'>;

/** Hands a token of each identity to the other commands of this account, and to libpq. */
async function publishTokens(demo: Announced, issuer: DevelopmentIssuer): Promise<string> {
  const tokens: Record<string, string> = {};
  for (const { name } of DEMO_IDENTITIES) tokens[name] = await tokenOf(issuer, name);
  await announceDemo({ ...demo, pid: process.pid, tokens });
  return writePasswordFile(demo.directory, demo.gateway.host, demo.gateway.port, CRM_DATABASE, tokens);
}

/** Publishes new tokens long before the old ones expire. The returned function ends it. */
function renewTokens(demo: Announced, issuer: DevelopmentIssuer): () => void {
  let cancel = (): void => {};
  const next = (): void => {
    cancel = systemClock.after(TOKENS_RENEWED_EVERY_MS, () => {
      // Where it fails, the files keep tokens that are good for hours, and it is tried again.
      publishTokens(demo, issuer).catch(() => {});
      next();
    });
  };
  next();
  return () => cancel();
}
