import { readFileSync } from 'node:fs';
import { systemClock } from '@bailiwick/domain';
import type { Command } from 'commander';
import { isLoopback, parseAddress } from '../config/address.ts';
import type { GatewayAddress } from '../connect/reach-gateway.ts';
import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import {
  type CommandContext,
  type CommonOptions,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';
import { configuredHere } from './configured.ts';
import { ownHost } from './own-address.ts';
import { untilSignal } from './until-signal.ts';

interface ConnectOptions extends CommonOptions {
  readonly port?: string;
  readonly gateway?: string;
  readonly ca?: string;
  readonly tls?: string;
}

/** `connect D [--port N]`: a port on loopback that leads to a datasource as whoever is logged in. */
export function addConnectCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('connect').description('a port on loopback whose clients need no secret'))
    .argument('<datasource>', 'what it leads to')
    .option('--port <n>', 'port on 127.0.0.1 (default: any free one)')
    .option('--gateway <host:port>', 'where the gateway is (default: the configuration of this machine)')
    .option('--ca <file>', "PEM of the authority of the gateway's certificate (default: those of the platform)")
    .option('--tls <mode>', 'off: a gateway on loopback that has no TLS')
    .action((datasource: string, options: ConnectOptions) => connect(context, datasource, options));
}

async function connect(context: CommandContext, datasource: string, options: ConnectOptions): Promise<void> {
  const port = Number(options.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommandFailed(EXIT_WRONG, `--port ${safeText(options.port ?? '')} is not a port`);
  }
  const gateway =
    options.gateway === undefined ? await configuredGateway(context, options) : namedGateway(options.gateway, options);
  const { FreshToken } = await import('../login/fresh-token.ts');
  const { LoginStore, loginFile } = await import('../login/login-store.ts');
  const { startForwarder } = await import('../connect/forwarder.ts');
  const fresh = new FreshToken(new LoginStore(loginFile(context.environment)), systemClock);
  // Whoever is not logged in learns it here, and not from the first client.
  await fresh.get().catch((error: unknown) => {
    throw new CommandFailed(EXIT_NO, safeText(error instanceof Error ? error.message : 'there is no token'));
  });
  const { signal, release } = untilSignal();
  const forwarder = await startForwarder(port, { datasource, gateway, token: () => fresh.get() }).catch(
    (error: unknown) => {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw new CommandFailed(EXIT_NO, `127.0.0.1:${port} cannot be listened on (${reason})`);
    },
  );
  const address = `${forwarder.host}:${forwarder.port}`;
  if (options.json) printJson(context, { ready: 'connect', address, datasource, private: forwarder.private });
  else {
    printLines(
      context,
      `postgresql://${address}/${encodeURIComponent(datasource)}?sslmode=disable leads to ${safeText(datasource)} as you, without a password.`,
      'Ctrl-C ends it.',
    );
  }
  if (!forwarder.private) {
    context.stderr.write('every account of this machine can use that port: this system does not tell them apart\n');
  }
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await forwarder.close();
  release();
}

function namedGateway(written: string, { ca, tls }: ConnectOptions): GatewayAddress {
  const address = parseAddress(written);
  if (address?.kind !== 'tcp' || address.port === 0) {
    throw new CommandFailed(EXIT_WRONG, `--gateway ${safeText(written)} is not host:port`);
  }
  const { host, port } = address;
  if (tls === undefined) {
    return { host, port, trust: { kind: 'authority', ca: ca === undefined ? null : authorities(ca) } };
  }
  if (tls !== 'off') throw new CommandFailed(EXIT_WRONG, `--tls ${safeText(tls)} is not off`);
  if (!isLoopback(address)) throw new CommandFailed(EXIT_WRONG, '--tls off is for loopback: a token goes this way');
  return { host, port, trust: { kind: 'off' } };
}

/** The gateway that the configuration of this machine runs here: the certificate that it names is the one to expect. */
async function configuredGateway(context: CommandContext, options: ConnectOptions): Promise<GatewayAddress> {
  if (options.ca !== undefined || options.tls !== undefined) {
    throw new CommandFailed(EXIT_WRONG, '--ca and --tls go with --gateway');
  }
  const listener = (await configuredHere(context, options))?.postgres;
  const address = listener?.address;
  const host = address?.kind === 'tcp' ? ownHost(address.host) : null;
  if (listener === undefined || address?.kind !== 'tcp' || host === null || address.port === 0) {
    throw new CommandFailed(EXIT_WRONG, 'which gateway? give --gateway host:port');
  }
  const { tls } = listener;
  return { host, port: address.port, trust: tls === null ? { kind: 'off' } : { kind: 'certificate', cert: tls.cert } };
}

function authorities(file: string): Buffer {
  try {
    const pem = readFileSync(file);
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch {
    // Said below.
  }
  throw new CommandFailed(EXIT_WRONG, `--ca ${safeText(file)} is not a file of certificates in PEM`);
}
