import { type Command, InvalidArgumentError } from 'commander';
import { type PassEntry, whoIs } from '../api/entries.ts';
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

interface CreateOptions extends ServerOptions {
  readonly datasource: string;
  readonly role?: string;
  readonly network: readonly string[];
  readonly ttl?: number;
}

/** `pass create|list|revoke`: access passes, short passwords that stand for whoever makes them. */
export function addPassCommand(program: Command, context: CommandContext): void {
  const pass = program.command('pass').description('access passes: create, list, revoke');
  withServerOptions(pass.command('create').description('a new pass for yourself; its secret is printed once'))
    .requiredOption('--datasource <name>')
    .option('--role <name>', 'the user name to connect as, where the datasource has roles')
    .option('--network <cidr>', 'where it may be used from, as in 10.0.0.0/8; may be given again', another, [])
    .option('--ttl <duration>', 'how long it lasts, as in 30m or 8h (default: as long as is allowed)', seconds)
    .action((options: CreateOptions) => create(context, options));
  withServerOptions(pass.command('list').description('passes, newest first')).action((options: ServerOptions) =>
    list(context, options),
  );
  withServerOptions(
    pass.command('revoke').description('end a pass, and the sessions that it let in').argument('<id>'),
  ).action((id: string, options: ServerOptions) => revoke(context, options, id));
}

async function create(context: CommandContext, options: CreateOptions): Promise<void> {
  const { datasource, role, network, ttl } = options;
  const made = (await (
    await apiClient(context, options)
  ).request('POST', '/passes', {
    datasource,
    ...(role === undefined ? {} : { role }),
    ...(network.length === 0 ? {} : { networks: network }),
    ...(ttl === undefined ? {} : { ttl_s: ttl }),
  })) as PassEntry & { readonly secret: string };
  if (options.json) return printJson(context, made);
  printField(context, 'pass', made.id);
  printField(context, 'user', made.user);
  printField(context, 'secret', made.secret);
  printField(context, 'datasource', made.role === '' ? made.datasource : `${made.datasource} as ${made.role}`);
  printField(context, 'expires', made.expires);
  printLines(context, '', 'The secret is the password. It is shown here and nowhere else.');
}

async function list(context: CommandContext, options: ServerOptions): Promise<void> {
  const passes = await (await apiClient(context, options)).list<PassEntry>('/passes');
  if (options.json) return printJson(context, { items: passes, next: null });
  const rows = passes.map(({ id, status, identity, datasource, role, networks, expires }) => [
    ...[id, status, whoIs(identity), datasource, role, networks.join(' '), expires],
  ]);
  printLines(context, table(['pass', 'status', 'who', 'datasource', 'role', 'networks', 'expires'], rows));
}

async function revoke(context: CommandContext, options: ServerOptions, id: string): Promise<void> {
  const path = `/passes/${encodeURIComponent(id)}`;
  const revoked = (await (await apiClient(context, options)).request('DELETE', path)) as PassEntry;
  if (options.json) return printJson(context, revoked);
  printLines(context, `${safeText(revoked.id)} is ${safeText(revoked.status)}`);
}

const another = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(written: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(written) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Must be a duration such as 90s, 30m, 8h or 1d.');
  return Number(count) * (UNIT_SECONDS[unit] ?? 1);
}
