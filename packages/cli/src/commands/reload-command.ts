import type { Command } from 'commander';
import { safeText } from '../terminal/safe-text.ts';
import {
  apiClient,
  type CommandContext,
  printJson,
  printLines,
  type ServerOptions,
  withServerOptions,
} from './command-context.ts';

/** `reload`: asks a running gateway to reload; prints what changed and what became weaker. */
export function addReloadCommand(program: Command, context: CommandContext): void {
  withServerOptions(program.command('reload').description('reload a running gateway: all valid or nothing')).action(
    async (options: ServerOptions) => {
      const report = (await (await apiClient(context, options)).request('POST', '/reload')) as {
        readonly changed: readonly string[];
        readonly weaker: readonly string[];
      };
      if (options.json) return printJson(context, report);
      const weaker = new Set(report.weaker);
      const strict = report.changed.filter((sentence) => !weaker.has(sentence));
      printLines(context, ...strict.map((sentence) => `changed: ${safeText(sentence)}`));
      printLines(context, ...report.weaker.map((sentence) => `WEAKER:  ${safeText(sentence)}`));
      if (report.changed.length === 0) printLines(context, 'nothing changed');
    },
  );
}
