import type { Command } from 'commander';
import { CommandFailed, EXIT_WRONG } from '../exit.ts';
import { siteOrFaults } from './check-command.ts';
import { type CommandContext, type CommonOptions, printJson, withCommonOptions } from './command-context.ts';

interface HardenOptions extends CommonOptions {
  readonly datasource: string;
  readonly role?: string;
}

/** `harden --datasource D`: SQL for an upstream account that sees masked views only. Changes nothing by itself. */
export function addHardenCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('harden').description('SQL for a low-privilege upstream role over masked views'))
    .requiredOption('--datasource <name>')
    .option('--role <name>', 'the account to make (default: bailiwick_<datasource>)')
    .action((options: HardenOptions) => printHardening(context, options));
}

async function printHardening(context: CommandContext, options: HardenOptions): Promise<void> {
  const site = await siteOrFaults(context, options);
  const datasource = site.configuration.datasources.find(({ name }) => name === options.datasource);
  if (datasource === undefined)
    throw new CommandFailed(EXIT_WRONG, `there is no datasource ${options.datasource} in the configuration`);
  const { harden } = await import('../harden/harden.ts');
  const sql = await harden(site, datasource, options.role ?? `bailiwick_${datasource.name}`);
  if (options.json) printJson(context, { datasource: datasource.name, sql });
  else context.stdout.write(sql);
}
