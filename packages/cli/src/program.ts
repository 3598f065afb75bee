import { Command, CommanderError } from 'commander';
import { addApprovalsCommand } from './commands/approvals-command.ts';
import { addAuditCommand } from './commands/audit-command.ts';
import { addCheckCommand } from './commands/check-command.ts';
import type { CommandContext } from './commands/command-context.ts';
import { addConnectCommand } from './commands/connect-command.ts';
import { addDemoCommands } from './commands/demo-commands.ts';
import { addExplainCommand } from './commands/explain-command.ts';
import { addHardenCommand } from './commands/harden-command.ts';
import { addLoginCommand } from './commands/login-command.ts';
import { addPassCommand } from './commands/pass-command.ts';
import { addReloadCommand } from './commands/reload-command.ts';
import { addServeCommand } from './commands/serve-command.ts';
import { addSessionsCommand } from './commands/sessions-command.ts';
import { addSqlCommand } from './commands/sql-command.ts';
import { addUnbuiltCommands } from './commands/unbuilt-commands.ts';
import { CommandFailed, EXIT_DONE, EXIT_NO, EXIT_WRONG } from './exit.ts';
import { safeText } from './terminal/safe-text.ts';
import { VERSION } from './version.ts';

/** The `bailiwick` command with everything it can do (CONTRACT section 2). */
function makeProgram(context: CommandContext): Command {
  const program = new Command('bailiwick')
    .description('what stands between AI agents and a PostgreSQL database')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  addServeCommand(program, context);
  addDemoCommands(program, context);
  addSqlCommand(program, context);
  addCheckCommand(program, context);
  addExplainCommand(program, context);
  addHardenCommand(program, context);
  addSessionsCommand(program, context);
  addApprovalsCommand(program, context);
  addAuditCommand(program, context);
  addPassCommand(program, context);
  addReloadCommand(program, context);
  addLoginCommand(program, context);
  addConnectCommand(program, context);
  addUnbuiltCommands(program);
  return program;
}

/** Runs one command line (without `node` and the script). Gives the exit code; everything is printed already. */
export async function runCommand(words: readonly string[], context: CommandContext): Promise<number> {
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await makeProgram(context).parseAsync([...words], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT_DONE;
  } catch (error) {
    if (error instanceof CommandFailed) {
      for (const line of error.lines) context.stderr.write(`${line}\n`);
      return error.exitCode;
    }
    // Commander has printed its help or its complaint.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_WRONG;
    context.stderr.write(`${safeText(error instanceof Error ? error.message : 'failed')}\n`);
    return EXIT_NO;
  } finally {
    process.exitCode = before;
  }
}
