import type { Command } from 'commander';
import { CommandFailed, EXIT_WRONG } from '../exit.ts';
import type { LoadedSite, Site } from '../site/load-site.ts';
import { safeText } from '../terminal/safe-text.ts';
import type { UpstreamFindings } from '../upstream/check-upstreams.ts';
import {
  type CommandContext,
  type CommonOptions,
  configFile,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';

interface CheckOptions extends CommonOptions {
  readonly upstream?: boolean;
}

/** `check [--upstream]`: every fault of the configuration and the policies. */
export function addCheckCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('check').description('validate the configuration and the policies'))
    .option('--upstream', 'also against the live databases')
    .action((options: CheckOptions) => check(context, options));
}

/** The site of the configuration file. Throws `CommandFailed` (exit 2) with every fault. */
export async function siteOrFaults(context: CommandContext, options: CommonOptions): Promise<Site> {
  const loaded = await load(context, options);
  if ('faults' in loaded) throw new CommandFailed(EXIT_WRONG, ...loaded.faults.map((fault) => safeText(fault)));
  return loaded.site;
}

async function check(context: CommandContext, options: CheckOptions): Promise<void> {
  const loaded = await load(context, options);
  if ('faults' in loaded) {
    if (options.json) printJson(context, { valid: false, faults: loaded.faults, warnings: [] });
    throw new CommandFailed(EXIT_WRONG, ...loaded.faults.map((fault) => safeText(fault)));
  }
  const { site } = loaded;
  const upstream = options.upstream ? await upstreamFindings(site) : { faults: [], warnings: [], notes: [] };
  const warnings = [...site.configuration.warnings, ...upstream.warnings];
  if (options.json) {
    const notes = options.upstream ? { notes: upstream.notes } : {};
    printJson(context, { valid: upstream.faults.length === 0, faults: upstream.faults, warnings, ...notes });
  } else
    printLines(
      context,
      ...warnings.map((warning) => `warning: ${safeText(warning)}`),
      ...upstream.notes.map((note) => `note: ${safeText(note)}`),
    );
  if (upstream.faults.length > 0) {
    throw new CommandFailed(EXIT_WRONG, ...upstream.faults.map((fault) => safeText(fault)));
  }
  if (!options.json) printLines(context, `valid: policy ${site.policy.version}`);
}

/** What reads policies and asks databases is loaded only when it is needed: other commands start faster. */
async function load(context: CommandContext, options: CommonOptions): Promise<LoadedSite> {
  const { loadSite } = await import('../site/load-site.ts');
  return loadSite(configFile(context, options), context.environment);
}

async function upstreamFindings(site: Site): Promise<UpstreamFindings> {
  const { checkUpstreams } = await import('../upstream/check-upstreams.ts');
  return checkUpstreams(site);
}
