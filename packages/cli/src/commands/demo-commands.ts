import type { Command } from 'commander';
import { CommandFailed, EXIT_NO } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import {
  type CommandContext,
  type CommonOptions,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';

/** `demo [--tour]` and `token --as NAME`. The demo's code, with its database, is loaded only when it is asked for. */
export function addDemoCommands(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('demo').description('a gateway with a database, an issuer and sample data'))
    .option('--tour', 'play a scripted tour and end')
    .option('--keep <directory>', 'use this directory for its files and keep it')
    .action(async (options: CommonOptions & { readonly tour?: boolean; readonly keep?: string }) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      const { serveDemo } = await import('../demo/serve-demo.ts');
      const keep = options.keep ?? null;
      process.exitCode = await runDemo({ tour: options.tour === true, keep, serve: serveDemo });
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
