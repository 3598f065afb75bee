import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { CommandFailed, EXIT_NO } from '../exit.ts';
import type { SqlClient } from '../sql/sql-client.ts';
import { cutStatement } from '../sql/statement-end.ts';
import { type CommandContext, type CommonOptions, withCommonOptions } from './command-context.ts';

/** `sql DSN [SQL]`: a small client, for machines without psql. */
export function addSqlCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('sql').description('a small PostgreSQL client'))
    .argument('<dsn>', 'postgresql://user:token@host:port/datasource?sslmode=verify-full&sslrootcert=FILE')
    .argument('[sql]', 'what to run (default: statements from standard input)')
    .action((dsn: string, sql: string | undefined, options: CommonOptions) => run(context, dsn, sql, options));
}

async function run(
  { stdout, stderr }: CommandContext,
  dsn: string,
  sql: string | undefined,
  options: CommonOptions,
): Promise<void> {
  const output = { json: options.json === true, stdout, stderr };
  const { errorLines, SqlClient } = await import('../sql/sql-client.ts');
  const client = await SqlClient.connect(dsn, output).catch((error: unknown) => {
    throw new CommandFailed(EXIT_NO, ...errorLines(withoutDsn(error, dsn)));
  });
  try {
    const done = sql === undefined ? await runInput(client, stderr) : await client.run(sql);
    if (!done) throw new CommandFailed(EXIT_NO);
  } finally {
    await client.end().catch(() => {});
  }
}

/** What fails before there is a connection may quote its string, and that holds a token. */
function withoutDsn(error: unknown, dsn: string): unknown {
  const message = error instanceof Error ? error.message : 'cannot connect';
  return message.includes(dsn) ? { message: 'the connection string cannot be read' } : error;
}

/** Statement by statement. At a terminal an error is not the end; in a script it is. */
async function runInput(client: SqlClient, prompts: NodeJS.WritableStream): Promise<boolean> {
  const interactive = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(interactive ? { output: prompts } : {}),
    terminal: interactive,
  });
  let waiting = '';
  const prompt = (): void => {
    lines.setPrompt(waiting.trim() === '' ? '=> ' : '-> ');
    if (interactive) lines.prompt();
  };
  prompt();
  for await (const line of lines) {
    if (interactive && /^\s*(\\q|exit|quit)\s*;?\s*$/.test(line)) return true;
    waiting += `${line}\n`;
    for (let cut = cutStatement(waiting); cut !== null; cut = cutStatement(waiting)) {
      waiting = cut.rest;
      if (!(await client.run(cut.statement)) && (!interactive || client.isLost)) return false;
    }
    if (waiting.trim() === '') waiting = '';
    prompt();
  }
  return waiting.trim() === '' || (await client.run(waiting));
}
