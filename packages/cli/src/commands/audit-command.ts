import { readFileSync } from 'node:fs';
import type { VerifyReport } from '@bailiwick/audit';
import type { Command } from 'commander';
import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import { safeText } from '../terminal/safe-text.ts';
import {
  type CommandContext,
  type CommonOptions,
  configFile,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';
import { addUnbuilt } from './unbuilt-commands.ts';

interface VerifyCommandOptions extends CommonOptions {
  readonly publicKey?: string;
}

/** `audit verify [PATH]`: needs no server and no secret. */
export function addAuditCommand(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the record: verify');
  withCommonOptions(audit.command('verify').description('prove that nothing in the record was changed or left out'))
    .argument('[path]', 'directory of segments, or one file (default: as configured, with the open file)')
    .option('--public-key <file>', 'PEM of the key that the record must be signed with')
    .action((path: string | undefined, options: VerifyCommandOptions) => verify(context, path, options));
  for (const name of ['export', 'attest', 'shred']) addUnbuilt(audit, name);
}

async function verify(context: CommandContext, path: string | undefined, options: VerifyCommandOptions): Promise<void> {
  const { verifyAudit } = await import('@bailiwick/audit');
  const place = path === undefined ? await configured(context, options) : { path };
  let report: VerifyReport;
  try {
    const key = options.publicKey === undefined ? {} : { publicKey: readFileSync(options.publicKey) };
    report = verifyAudit(place.path, { ...key, ...('spool' in place ? { spoolDirectory: place.spool } : {}) });
  } catch (error) {
    throw new CommandFailed(EXIT_WRONG, safeText(error instanceof Error ? error.message : 'cannot be read'));
  }
  // A mistyped directory must not look like a clean record.
  if (path !== undefined && report.files.length === 0)
    throw new CommandFailed(EXIT_WRONG, `there is no record at ${safeText(path)}`);
  if (options.json) printJson(context, report);
  else print(context, report);
  if (!report.clean) throw new CommandFailed(EXIT_NO, 'the record does not verify');
}

async function configured(
  context: CommandContext,
  options: CommonOptions,
): Promise<{ readonly path: string; readonly spool: string }> {
  const { readConfiguration } = await import('../config/read-configuration.ts');
  const file = configFile(context, options);
  try {
    const { configuration } = readConfiguration(file, readFileSync(file, 'utf8'), context.environment);
    if (configuration !== null) {
      return { path: configuration.audit.segmentsDirectory, spool: configuration.audit.spoolDirectory };
    }
  } catch {
    // Falls through to the same advice.
  }
  throw new CommandFailed(EXIT_WRONG, `which record? name a PATH, or a configuration: ${file} cannot be read`);
}

function print(context: CommandContext, report: VerifyReport): void {
  const where = (file: string, offset: number): string => `${safeText(file)} at byte ${offset}`;
  for (const { file, offset, session, sequence, sentence } of report.faults) {
    const record = session === null ? '' : ` (session ${session}, record ${sequence ?? '?'})`;
    printLines(context, `FAULT ${where(file, offset)}${safeText(record)}: ${safeText(sentence)}`);
  }
  for (const note of report.notes) printLines(context, `note: ${safeText(note)}`);
  const { sessions, records, frames, files, lastRecordAt } = report;
  const last = lastRecordAt === null ? 'nothing' : new Date(lastRecordAt).toISOString();
  printLines(
    context,
    `${files.length} files, ${sessions} sessions, ${records} records, ${frames} frames; last record: ${last}`,
    `public key: ${report.publicKeyId ?? 'none'} (${report.publicKeySource})`,
    report.clean ? 'clean' : 'NOT CLEAN',
  );
}
