import type { Command } from 'commander';
import { destination, type Logger, pino } from 'pino';
import { formatAddress } from '../config/address.ts';
import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import type { RunningBailiwick, RunOptions } from '../run/run-bailiwick.ts';
import { safeText } from '../terminal/safe-text.ts';
import { siteOrFaults } from './check-command.ts';
import { type CommandContext, type CommonOptions, printJson, withCommonOptions } from './command-context.ts';

/** How long sessions in the middle of a transaction may go on after SIGTERM. */
const DRAIN_MS = 25_000;
/** Files are the owner's alone, whatever the shell says. */
const UMASK = 0o077;

/** `serve`: the gateway in the foreground. */
export function addServeCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('serve').description('run the gateway'))
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .action((options: CommonOptions & { readonly logLevel: string }) => serve(context, options));
}

/** A logger to a file or a descriptor. Fields that could hold a credential are removed wherever they turn up. */
export function makeLogger(target: string | number, level: string): Logger {
  const paths = ['token', 'password', 'authorization', '*.token', '*.password', '*.authorization'];
  return pino({ level, redact: { paths, remove: true } }, destination({ dest: target, sync: true, mode: 0o600 }));
}

async function serve(context: CommandContext, options: CommonOptions & { readonly logLevel: string }): Promise<void> {
  process.umask(UMASK);
  const site = await siteOrFaults(context, options);
  const trace = traceOption(context);
  const log = makeLogger(2, options.logLevel);
  const { runBailiwick } = await import('../run/run-bailiwick.ts');
  let running: RunningBailiwick;
  try {
    running = await runBailiwick(site, { log, environment: context.environment, ...trace });
  } catch (error) {
    throw new CommandFailed(EXIT_NO, `cannot start: ${safeText(error instanceof Error ? error.message : 'unknown')}`);
  }
  printJson(context, { ready: 'postgres', address: formatAddress(running.postgresAddress) });
  printJson(context, { ready: 'admin', address: formatAddress({ kind: 'tcp', ...running.adminAddress }) });
  const onHangup = (): void => {
    running.reload('SIGHUP').catch((error: unknown) => {
      const faults = error instanceof Error && 'faults' in error ? error.faults : [];
      log.error({ faults, error: String(error) }, 'reload refused');
    });
  };
  process.on('SIGHUP', onHangup);
  const signal = await endSignal();
  log.info({ signal }, 'draining');
  // A second signal means now.
  const hurry = (): void => process.exit(EXIT_NO);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, hurry);
  await running.stop(DRAIN_MS);
  process.off('SIGHUP', onHangup);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, hurry);
}

/** `BAILIWICK_TRACE=frames` prints every frame of every session, values left out, to standard error. */
function traceOption({ environment, stderr }: CommandContext): Pick<RunOptions, 'trace'> {
  const wanted = environment.BAILIWICK_TRACE ?? '';
  if (wanted === '') return {};
  if (wanted !== 'frames')
    throw new CommandFailed(EXIT_WRONG, `BAILIWICK_TRACE is ${safeText(wanted)}: all there is to trace is frames`);
  return { trace: (line) => stderr.write(`${line}\n`) };
}

function endSignal(): Promise<string> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const end = (signal: string): void => {
      clearInterval(alive);
      process.off('SIGTERM', end);
      process.off('SIGINT', end);
      resolve(signal);
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
  });
}
