import type { Command } from 'commander';
import { CommandFailed, EXIT_WRONG } from '../exit.ts';

/** Commands of the contract whose features are not there yet. */
const UNBUILT = ['init', 'discover', 'policy', 'report'] as const;

/** Registers the contract's commands that this version does not have, so that they say so. */
export function addUnbuiltCommands(program: Command): void {
  for (const name of UNBUILT) addUnbuilt(program, name);
}

/** A command that takes anything and answers that it is not in this version. */
export function addUnbuilt(parent: Command, name: string): void {
  parent
    .command(name)
    .description('not in this version')
    .argument('[anything...]')
    .allowUnknownOption()
    .action(() => {
      const whole = parent.parent === null ? name : `${parent.name()} ${name}`;
      throw new CommandFailed(EXIT_WRONG, `${whole} is not in this version`);
    });
}
