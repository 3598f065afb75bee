import { systemClock } from '@bailiwick/domain';
import type { Command } from 'commander';
import { CommandFailed, EXIT_NO, EXIT_WRONG } from '../exit.ts';
import type { LoginClient } from '../login/device-login.ts';
import { safeText } from '../terminal/safe-text.ts';
import {
  type CommandContext,
  type CommonOptions,
  printJson,
  printLines,
  withCommonOptions,
} from './command-context.ts';
import { configuredHere } from './configured.ts';
import { untilSignal } from './until-signal.ts';

interface LoginOptions extends CommonOptions {
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope?: string;
}

/** `login`: the device flow; what comes of it is kept for `connect` and for the commands that use the API. */
export function addLoginCommand(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('login').description('log in with a browser; keeps the tokens in a file of 0600'))
    .option('--issuer <url>', 'who gives tokens (default: identity.cli of the configuration)')
    .option('--client-id <id>', 'public client of the issuer (default: identity.cli of the configuration)')
    .option('--scope <scopes>', 'what to ask for (default: identity.cli, else "openid offline_access")')
    .action((options: LoginOptions) => login(context, options));
}

async function login(context: CommandContext, options: LoginOptions): Promise<void> {
  const { beginDeviceLogin, LoginFailed } = await import('../login/device-login.ts');
  const { LoginStore, loginFile } = await import('../login/login-store.ts');
  const client = await loginClient(context, options);
  const store = new LoginStore(loginFile(context.environment));
  const { signal, release } = untilSignal();
  try {
    const waiting = await beginDeviceLogin(client, systemClock);
    const { verificationUri, complete, userCode } = waiting;
    if (options.json) {
      printJson(context, {
        verification_uri: verificationUri,
        verification_uri_complete: complete,
        user_code: userCode,
      });
    } else {
      printLines(
        context,
        `Open   ${safeText(complete ?? verificationUri)}`,
        `Code   ${safeText(userCode)}${complete === null ? '' : '   (compare it with the one on the page)'}`,
      );
    }
    const stored = await waiting.finished(signal);
    await store.exclusively(() => store.write(stored));
    const expires = new Date(stored.expiresAt).toISOString();
    const refreshed = stored.refreshToken !== null;
    if (options.json) printJson(context, { logged_in: true, file: store.file, expires, refreshed });
    else {
      const until = refreshed ? 'and is refreshed' : 'and cannot be refreshed';
      printLines(context, `You are logged in. The token lasts until ${expires} ${until}.`, `It is in ${store.file}`);
    }
  } catch (error) {
    if (error instanceof LoginFailed) throw new CommandFailed(EXIT_NO, safeText(error.message));
    throw error;
  } finally {
    release();
  }
}

async function loginClient(context: CommandContext, options: LoginOptions): Promise<LoginClient> {
  const { LOGIN_SCOPE } = await import('../login/device-login.ts');
  const cli = (await configuredHere(context, options))?.cli ?? null;
  // The client of one issuer is nobody at another.
  const configured = cli !== null && (options.issuer ?? cli.issuer) === cli.issuer ? cli : null;
  const issuer = options.issuer ?? configured?.issuer ?? '';
  const clientId = options.clientId ?? configured?.clientId ?? '';
  if (issuer === '' || clientId === '') {
    throw new CommandFailed(
      EXIT_WRONG,
      `where do you log in? give ${issuer === '' ? '--issuer' : '--client-id'}, or write identity: { cli: { client_id } } into the configuration`,
    );
  }
  return { issuer, clientId, scope: options.scope ?? configured?.scope ?? LOGIN_SCOPE };
}
