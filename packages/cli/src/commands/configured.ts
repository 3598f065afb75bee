import { readFileSync } from 'node:fs';
import type { Configuration } from '../config/configuration.ts';
import { type CommandContext, type CommonOptions, configFile } from './command-context.ts';

/**
 * What the configuration on this machine says, whatever else may be wrong with the file: people's machines need none.
 * Null: there is no such file, or it cannot be read.
 */
export async function configuredHere(context: CommandContext, options: CommonOptions): Promise<Configuration | null> {
  const file = configFile(context, options);
  try {
    const { readConfiguration } = await import('../config/read-configuration.ts');
    return readConfiguration(file, readFileSync(file, 'utf8'), context.environment).configuration;
  } catch {
    return null;
  }
}
