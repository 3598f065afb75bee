import { GatewayError } from '@bailiwick/domain';
import type { StartupMessage } from '@bailiwick/postgres';
import { type SettingKind, settingKind } from '@bailiwick/sql';

/** What a client's StartupMessage asks for, by allow-list (SEMANTICS 13). */
export interface StartupRequest {
  readonly user: string;
  /** Which datasource. */
  readonly database: string;
  readonly application: string;
  /** Settings that go upstream as startup parameters, so that RESET restores them. */
  readonly settings: ReadonlyMap<string, string>;
}

const FALSE_WORDS = new Set(['', '0', 'off', 'false', 'no']);
const APPLICATION_LENGTH_MAX = 64;

/** Reads the startup parameters. Throws `GatewayError`, naming the parameter that may not be set. */
export function readStartupRequest(startup: StartupMessage): StartupRequest {
  const settings = new Map<string, string>();
  let user = '';
  let database = '';
  let application = '';
  const set = (name: string, value: string): void => {
    if (name === 'application_name') application = value.slice(0, APPLICATION_LENGTH_MAX);
    else if (name === 'client_encoding' && becomesUtf8(value)) settings.set(name, 'UTF8');
    else {
      const kind = settingKind(name, value);
      if (kind !== 'harmless' && kind !== 'tracked') throw refused(name, WHY[kind]);
      settings.set(name, value);
    }
  };
  const { parameters } = startup;
  // As the server does: what stands on its own overrides what is in `options`, wherever it stands.
  for (const [name, value] of parseOptions(parameters.get('options') ?? '')) set(name, value);
  for (const [name, value] of parameters) {
    if (name === 'user') user = value;
    else if (name === 'database') database = value;
    else if (name === 'replication') refuseReplication(value);
    else if (name !== 'options') set(name.toLowerCase(), value);
  }
  if (user === '') throw new GatewayError('startup-refused', 'the startup message names no user', 'set user');
  // An empty name is none (ProcessStartupPacket): judged is what would be connected to.
  return { user, database: database || user, application, settings };
}

const OTHER_MEANING = 'may not have that value: texts and results would no longer be what the gateway reads';

const WHY: Readonly<Record<Exclude<SettingKind, 'harmless' | 'tracked'>, string>> = {
  gateway: 'belongs to the gateway',
  fixed: OTHER_MEANING,
  pinned: OTHER_MEANING,
  unknown: 'is not on the list of settings that clients may set',
};

/**
 * The server compares names of encodings by their letters and digits alone, and asyncpg sends `'utf-8'`, quotes
 * included. psql asks for SQL_ASCII under a C locale; it gets UTF-8, which the masks and the parser read.
 */
const becomesUtf8 = (encoding: string): boolean =>
  /^(sqlascii|utf8|unicode)$/i.test(encoding.replaceAll(/[^a-z0-9]/gi, ''));

function refuseReplication(value: string): void {
  if (!FALSE_WORDS.has(value.toLowerCase()))
    throw new GatewayError('not-supported-at-connect', 'replication connections are not offered', 'connect without it');
}

const refused = (name: string, why: string): GatewayError =>
  new GatewayError(
    'startup-refused',
    `the setting ${/^[\w.]{1,64}$/.test(name) ? name : 'in options'} ${why}`,
    'leave it out of the connection string',
  );

const unreadable = (what: string): GatewayError =>
  new GatewayError('startup-refused', `options ${what}`, 'write -c name=value or --name=value');

/**
 * `options` as the server splits it (pg_split_opts): words at white space, a backslash takes the next character as it
 * is; then `-c name=value`, `-cname=value` or `--name=value`. Anything else is refused.
 */
export function parseOptions(options: string): readonly (readonly [name: string, value: string])[] {
  const settings: (readonly [string, string])[] = [];
  const words = splitOptions(options);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    let assignment: string;
    if (word === '-c') assignment = words[++index] ?? '';
    else if (word.startsWith('-c')) assignment = word.slice(2);
    else if (word.startsWith('--')) assignment = word.slice(2);
    else throw unreadable('may hold settings and nothing else');
    const equals = assignment.indexOf('=');
    if (equals < 1) throw unreadable('name a setting without a value');
    settings.push([assignment.slice(0, equals).replaceAll('-', '_').toLowerCase(), assignment.slice(equals + 1)]);
  }
  return settings;
}

/** What `isspace` of the C locale takes for white space; JavaScript's \s is more than that. */
const SPACE = /[ \t\n\v\f\r]/;

function splitOptions(options: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let index = 0; index < options.length; index++) {
    const character = options.charAt(index);
    if (SPACE.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\') word = (word ?? '') + options.charAt(++index);
    else word = (word ?? '') + character;
  }
  if (word !== null) words.push(word);
  return words;
}

/** The reverse of `splitOptions` for one word. */
export const escapeOption = (word: string): string =>
  word.replaceAll(/[\\ \t\n\v\f\r]/g, (character) => `\\${character}`);
