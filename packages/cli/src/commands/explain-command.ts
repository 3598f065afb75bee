import { readFileSync } from 'node:fs';
import { GatewayError, silentLog } from '@bailiwick/domain';
import type { Explanation } from '@bailiwick/gateway';
import type { Command } from 'commander';
import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import { table } from '../terminal/table.ts';
import type { LocalExplainRequest } from '../upstream/explain-locally.ts';
import { siteOrFaults } from './check-command.ts';
import {
  apiClient,
  type CommandContext,
  printField,
  printJson,
  printLines,
  type ServerOptions,
  withServerOptions,
} from './command-context.ts';

interface ExplainOptions extends ServerOptions {
  readonly datasource: string;
  readonly as: string;
  readonly from?: string;
}

const ANYWHERE = '127.0.0.1';

/** `explain`: by the files of the configuration, or by a running gateway when one is named. */
export function addExplainCommand(program: Command, context: CommandContext): void {
  withServerOptions(program.command('explain').description('what would happen to a statement; nothing is run'))
    .requiredOption('--datasource <name>')
    .requiredOption('--as <claims.json>', 'claims of the identity, as a token would hold them')
    .option('--from <ip>', 'address of the client')
    .argument('<sql>')
    .action((sql: string, options: ExplainOptions) => explain(context, sql, options));
}

async function explain(context: CommandContext, sql: string, options: ExplainOptions): Promise<void> {
  const claims = readClaims(options.as);
  const { datasource, from } = options;
  const named = options.server ?? context.environment.BAILIWICK_SERVER ?? '';
  const explanation =
    named === ''
      ? await explainHere(context, options, { datasource, claims, ip: from ?? ANYWHERE, sql })
      : ((await (
          await apiClient(context, options)
        ).request('POST', '/policy/explain', {
          datasource,
          sql,
          as: claims,
          ...(from === undefined ? {} : { ip: from }),
        })) as Explanation);
  if (options.json) printJson(context, explanation);
  else print(context, explanation);
}

async function explainHere(
  context: CommandContext,
  options: ExplainOptions,
  request: LocalExplainRequest,
): Promise<Explanation> {
  const site = await siteOrFaults(context, options);
  if (!site.configuration.datasources.some(({ name }) => name === request.datasource)) {
    throw new CommandFailed(EXIT_WRONG, `there is no datasource ${safeText(request.datasource)}`);
  }
  const { explainLocally } = await import('../upstream/explain-locally.ts');
  try {
    return await explainLocally(site, request, silentLog);
  } catch (error) {
    // By name: its class is loaded only with what has thrown it.
    if (error instanceof Error && error.name === 'TokenRejected') {
      throw new CommandFailed(EXIT_NO, `the claims would not be accepted: ${safeText(error.message)}`);
    }
    if (error instanceof GatewayError) throw new CommandFailed(EXIT_NO, safeText(error.clientMessage));
    throw error;
  }
}

function readClaims(file: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new CommandFailed(EXIT_WRONG, `${safeText(file)}:1:1: cannot be read as JSON`);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Readonly<Record<string, unknown>>;
  }
  throw new CommandFailed(EXIT_WRONG, `${safeText(file)}:1:1: must hold an object of claims`);
}

function print(context: CommandContext, explanation: Explanation): void {
  const field = (name: string, value: string): void => printField(context, name, value);
  field('effect', `${explanation.effect} by ${explanation.rule}`);
  if (explanation.refusal !== null) {
    const { code, message, hint } = explanation.refusal;
    field('refusal', `[${code}] ${message}`);
    field('hint', hint);
  }
  for (const { rule, effect, excepted, dryRun } of explanation.rules) {
    field('rule', `${rule}: ${effect}${excepted ? ' (its except holds)' : ''}${dryRun ? ' (dry run)' : ''}`);
  }
  field('class', explanation.classes.join(', '));
  field('tables', explanation.tables.join(', '));
  field('tags', explanation.tags.join(', '));
  if (explanation.outputs.length > 0) {
    const rows = explanation.outputs.map((output) => [
      output.name,
      output.lineage,
      output.sources.join(', '),
      output.treatment,
      output.rule,
    ]);
    printLines(context, '', table(['column', 'lineage', 'from', 'treatment', 'rule'], rows));
  }
  printLines(context, '', safeText(explanation.upstreamSql, 'many lines'));
}
