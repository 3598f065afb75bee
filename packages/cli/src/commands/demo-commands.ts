import type { Command } from 'commander';
import { CommandFailed, EXIT_NO } from '../exit.ts';
import { runBailiwick } from '../run/run-bailiwick.ts';
import { loadSite } from '../site/load-site.ts';
import { safeText } from '../terminal/safe-text.ts';
import {
  type CommandContext,
  type CommonOptions,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';
import { makeLogger } from './serve-command.ts';

/** `demo [--tour]` and `token --as NAME`. The demo's code, with its database, is loaded only when it is asked for. */
export function addDemoCommands(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('demo').description('a gateway with a database, an issuer and sample data'))
    .option('--tour', 'play a scripted tour and end')
    .option('--keep <directory>', 'use this directory for its files and keep it')
    .action(async (options: CommonOptions & { readonly tour?: boolean; readonly keep?: string }) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      const keep = options.keep ?? null;
      const serve = (file: string, logFile: string): Promise<{ stop(): Promise<void> }> =>
        serveFile(context, file, logFile);
      process.exitCode = await runDemo({ tour: options.tour === true, keep, serve });
    });
  withCommonOptions(program.command('token').description('a token of the running demo'))
    .requiredOption('--as <name>', 'identity of the demo')
    .action(async (options: CommonOptions & { readonly as: string }) => {
      const { demoToken } = await import('../demo/running-demo.ts');
      const token = await demoToken(options.as).catch((error: unknown) => {
        throw new CommandFailed(EXIT_NO, safeText(error instanceof Error ? error.message : 'no token'));
      });
      if (options.json) printJson(context, { token });
      else printLines(context, token);
    });
}

/** How long the demo's sessions may go on after Ctrl-C. */
const DRAIN_MS = 1000;

async function serveFile(
  { environment }: CommandContext,
  configurationFile: string,
  logFile: string,
): Promise<{ stop(): Promise<void> }> {
  const loaded = loadSite(configurationFile, environment);
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  const running = await runBailiwick(loaded.site, { log: makeLogger(logFile, 'info'), environment });
  return { stop: () => running.stop(DRAIN_MS) };
}
