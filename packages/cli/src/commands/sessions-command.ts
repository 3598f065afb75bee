import type { Command } from 'commander';
import { type SessionEntry, whoIs } from '../api/entries.ts';
import { type ReplayEntry, replayLines } from '../api/replay-text.ts';
import { CommandFailed, EXIT_NO } from '../exit.ts';
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
import { addUnbuilt } from './unbuilt-commands.ts';

interface ListOptions extends ServerOptions {
  readonly live?: boolean;
  readonly identity?: string;
  readonly datasource?: string;
  readonly since?: string;
}

/** `sessions list|show|replay|kill`: the DBA's view. */
export function addSessionsCommand(program: Command, context: CommandContext): void {
  const sessions = program.command('sessions').description('sessions: list, show, replay, kill');
  withServerOptions(sessions.command('list').description('sessions, newest first'))
    .option('--live', 'only those that are open now')
    .option('--identity <name>', 'an identity key, or the subject of a person or agent')
    .option('--datasource <name>')
    .option('--since <time>', 'ISO 8601')
    .action((options: ListOptions) => list(context, options));
  const byId = (
    name: string,
    description: string,
    run: (id: string, options: ServerOptions) => Promise<void>,
  ): void => {
    withServerOptions(sessions.command(name).description(description).argument('<id>')).action(run);
  };
  byId('show', 'one session', (id, options) => show(context, id, options));
  byId('replay', 'the transcript as text', (id, options) => replay(context, id, options));
  byId('kill', 'end a live session', (id, options) => kill(context, id, options));
  addUnbuilt(sessions, 'tail');
}

async function list(context: CommandContext, options: ListOptions): Promise<void> {
  const { live, identity, datasource, since } = options;
  const query = { live: live ? 'true' : undefined, identity, datasource, since };
  const found = await (await apiClient(context, options)).list<SessionEntry>('/sessions', query);
  if (options.json) return printJson(context, { items: found, next: null });
  const rows = found.map((session) => [
    session.id,
    session.live ? 'live' : (session.end_reason ?? 'ended'),
    whoIs(session.identity),
    session.datasource,
    session.started,
    String(session.statements),
    String(session.refused),
  ]);
  printLines(context, table(['session', 'state', 'who', 'datasource', 'started', 'statements', 'refused'], rows));
}

async function show(context: CommandContext, id: string, options: ServerOptions): Promise<void> {
  const session = (await (await apiClient(context, options)).request('GET', pathOf(id))) as SessionEntry;
  if (options.json) return printJson(context, session);
  const { identity, ...rest } = session;
  printField(context, 'who', whoIs(identity));
  for (const [name, value] of Object.entries({ ...rest, ...identity })) {
    if (value !== null) printField(context, name, String(value));
  }
}

async function replay(context: CommandContext, id: string, options: ServerOptions): Promise<void> {
  const transcript = (await (await apiClient(context, options)).request('GET', `${pathOf(id)}/transcript`)) as {
    readonly items: readonly ReplayEntry[];
    readonly fault: string | null;
  };
  if (options.json) printJson(context, transcript);
  else for (const entry of transcript.items) printLines(context, ...replayLines(entry));
  if (transcript.fault !== null) {
    throw new CommandFailed(EXIT_NO, `the transcript ends here: ${safeText(transcript.fault)}`);
  }
}

async function kill(context: CommandContext, id: string, options: ServerOptions): Promise<void> {
  const killed = await (await apiClient(context, options)).request('DELETE', pathOf(id));
  if (options.json) return printJson(context, killed);
  printLines(context, `${safeText(id)} is ended`);
}

const pathOf = (id: string): string => `/sessions/${encodeURIComponent(id)}`;
