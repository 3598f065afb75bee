import type { Command } from 'commander';
import { type ApprovalEntry, whoIs } from '../api/entries.ts';
import { CommandFailed, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import { table } from '../terminal/table.ts';
import {
  apiClient,
  type CommandContext,
  printField,
  printJson,
  printLines,
  type ServerOptions,
  withServerOptions,
} from './command-context.ts';

interface DecideOptions extends ServerOptions {
  readonly reason?: string;
  readonly digest?: string;
}

/** `approvals list|show|approve|reject`: the reviewer's view. */
export function addApprovalsCommand(program: Command, context: CommandContext): void {
  const approvals = program.command('approvals').description('held statements: list, show, approve, reject');
  withServerOptions(approvals.command('list').description('held statements, newest first'))
    .option('--status <status>', 'pending, approved, rejected, expired, used, cancelled; or all', 'pending')
    .action((options: ServerOptions & { readonly status: string }) => list(context, options));
  withServerOptions(approvals.command('show').description('one held statement').argument('<id>')).action(
    async (id: string, options: ServerOptions) => {
      const request = await fetchRequest(context, options, id);
      if (options.json) printJson(context, request);
      else show(context, request);
    },
  );
  for (const verdict of ['approve', 'reject'] as const) {
    const what = verdict === 'approve' ? 'let it run once' : 'refuse it';
    withServerOptions(approvals.command(verdict).description(what).argument('<id>'))
      .option('--reason <text>', 'recorded, and told to the requester')
      .option('--digest <hex>', 'decide only if the request still has this digest')
      .action((id: string, options: DecideOptions) => decide(context, options, id, verdict));
  }
}

async function list(context: CommandContext, options: ServerOptions & { readonly status: string }): Promise<void> {
  const status = options.status === 'all' ? undefined : options.status;
  const requests = await (await apiClient(context, options)).list<ApprovalEntry>('/approvals', { status });
  if (options.json) return printJson(context, { items: requests, next: null });
  const rows = requests.map((request) => [
    request.id,
    request.status,
    whoIs(request.identity),
    request.datasource,
    request.class,
    request.created,
    request.sql,
  ]);
  printLines(context, table(['request', 'status', 'who', 'datasource', 'class', 'created', 'sql'], rows));
}

async function decide(
  context: CommandContext,
  options: DecideOptions,
  id: string,
  verdict: 'approve' | 'reject',
): Promise<void> {
  const request = await fetchRequest(context, options, id);
  if (!options.json) show(context, request);
  const { reason = '', digest = request.digest } = options;
  if (verdict === 'reject' && reason.trim() === '') {
    throw new CommandFailed(EXIT_WRONG, 'a rejection needs --reason: the requester is told it');
  }
  const path = `/approvals/${encodeURIComponent(id)}/${verdict}`;
  const decided = (await (
    await apiClient(context, options)
  ).request('POST', path, { digest, reason })) as ApprovalEntry;
  if (options.json) return printJson(context, decided);
  printLines(context, '', `${safeText(decided.id)} is ${safeText(decided.status)}`);
}

async function fetchRequest(context: CommandContext, options: ServerOptions, id: string): Promise<ApprovalEntry> {
  return (await (
    await apiClient(context, options)
  ).request('GET', `/approvals/${encodeURIComponent(id)}`)) as ApprovalEntry;
}

function show(context: CommandContext, request: ApprovalEntry): void {
  const field = (name: string, value: string): void => printField(context, name, value);
  field('request', request.id);
  field('status', request.in_doubt ? `${request.status} (in doubt)` : request.status);
  field('who', whoIs(request.identity));
  field('datasource', `${request.datasource} as ${request.role}`);
  field('class', request.class);
  field('tables', request.tables.join(', '));
  field('tags', request.tags.join(', '));
  field('created', request.created);
  field('expires', request.expires);
  field('rule', request.terms.rule);
  field('needs', `${request.terms.min} of ${request.terms.groups.join(', ') || 'the reviewers'}`);
  for (const [name, value] of Object.entries(request.settings)) field('setting', `${name} = ${value}`);
  for (const { by, verdict, reason, at } of request.decisions)
    field('decision', `${verdict} by ${by} at ${at} ${reason}`);
  field('digest', request.digest);
  printLines(context, '', safeText(request.sql, 'many lines'));
  for (const [index, value] of request.parameters.entries()) {
    field(`$${index + 1}`, value === null ? 'NULL' : `'${value}'`);
  }
}
