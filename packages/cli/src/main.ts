import { runCommand } from './program.ts';

const { stdout, stderr, env: environment } = process;
// A pager that was closed is no failure of ours.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const exitCode = await runCommand(process.argv.slice(2), { environment, stdout, stderr });
// What has been printed is flushed; a timer or an idle connection that is left keeps no command from ending.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)));
