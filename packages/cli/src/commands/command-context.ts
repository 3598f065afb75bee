import { systemClock } from '@bailiwick/domain';
import type { Command } from 'commander';
import { ApiClient } from '../api/api-client.ts';
import { CommandFailed, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import { configuredHere } from './configured.ts';
import { ownHost } from './own-address.ts';

/** What commands have of the process they run in. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

const DEFAULT_FILE = 'bailiwick.yaml';

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', `configuration (default: $BAILIWICK_CONFIG, else ${DEFAULT_FILE})`)
    .option('--json', 'output for machines');
}

/** Adds the options of commands that talk to a running gateway. */
export function withServerOptions(command: Command): Command {
  return withCommonOptions(command)
    .option(
      '--server <url>',
      'HTTP API of the gateway (default: $BAILIWICK_SERVER, else the configured admin listener)',
    )
    .option('--token <jwt>', 'bearer token (default: $BAILIWICK_TOKEN, else that of login)');
}

export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export interface ServerOptions extends CommonOptions {
  readonly server?: string;
  readonly token?: string;
}

/** The configuration's file name. */
export function configFile(context: CommandContext, { config }: CommonOptions): string {
  return config ?? (context.environment.BAILIWICK_CONFIG || DEFAULT_FILE);
}

/** The API that the options name. Throws `CommandFailed` where they do not say enough. */
export async function apiClient(context: CommandContext, options: ServerOptions): Promise<ApiClient> {
  const token = await tokenFor(context, options);
  const server = options.server ?? (context.environment.BAILIWICK_SERVER || (await configuredServer(context, options)));
  return new ApiClient(server, token);
}

/** The token of the options, else of the environment, else of `bailiwick login`. */
async function tokenFor(context: CommandContext, options: ServerOptions): Promise<string> {
  const given = options.token ?? context.environment.BAILIWICK_TOKEN ?? '';
  if (given !== '') return given;
  const { FreshToken } = await import('../login/fresh-token.ts');
  const { LoginStore, loginFile } = await import('../login/login-store.ts');
  const store = new LoginStore(loginFile(context.environment));
  return new FreshToken(store, systemClock).get().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new CommandFailed(EXIT_WRONG, `no token: give --token or set BAILIWICK_TOKEN (${safeText(reason)})`);
  });
}

/** The admin listener of the configuration on this machine. */
async function configuredServer(context: CommandContext, options: CommonOptions): Promise<string> {
  const admin = (await configuredHere(context, options))?.admin;
  const host = admin === undefined ? null : ownHost(admin.address.host);
  if (admin === undefined || host === null || admin.address.port === 0) {
    throw new CommandFailed(EXIT_WRONG, 'which gateway? give --server or set BAILIWICK_SERVER');
  }
  const { port } = admin.address;
  return `${admin.tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Prints a value as one line of JSON. */
export function printJson(context: CommandContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints lines that this program made; what came from data must be safe already. */
export function printLines(context: CommandContext, ...lines: readonly string[]): void {
  for (const line of lines) context.stdout.write(`${line}\n`);
}

/** Prints a name and a value from data, aligned. */
export function printField(context: CommandContext, name: string, value: string): void {
  context.stdout.write(`${`${name}:`.padEnd(14)}${safeText(value)}\n`);
}
