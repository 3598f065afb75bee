import { GatewayError } from '@bailiwick/domain';
import type { StartupMessage } from '@bailiwick/postgres';
import { settingKind } from '@bailiwick/sql';

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
  let database: string | undefined;
  let application = '';
  const set = (name: string, value: string): void => {
    if (name === 'application_name') application = value.slice(0, APPLICATION_LENGTH_MAX);
    else if (name === 'client_encoding' && becomesUtf8(value)) settings.set(name, 'UTF8');
    else if (isAllowed(name, value)) settings.set(name, value);
    else throw refused(name);
  };
  for (const [name, value] of startup.parameters) {
    if (name === 'user') user = value;
    else if (name === 'database') database = value;
    else if (name === 'options') for (const [key, text] of parseOptions(value)) set(key, text);
    else if (name === 'replication') refuseReplication(value);
    else set(name.toLowerCase(), value);
  }
  if (user === '') throw new GatewayError('startup-refused', 'the startup message names no user', 'set user');
  return { user, database: database ?? user, application, settings };
}

/**
 * The server compares names of encodings by their letters and digits alone, and asyncpg sends `'utf-8'`, quotes
 * included. psql asks for SQL_ASCII under a C locale; it gets UTF-8, which the masks and the parser read.
 */
const becomesUtf8 = (encoding: string): boolean =>
  /^(sqlascii|utf8|unicode)$/i.test(encoding.replaceAll(/[^a-z0-9]/gi, ''));

function isAllowed(name: string, value: string): boolean {
  const kind = settingKind(name, value);
  return kind === 'harmless' || kind === 'tracked';
}

function refuseReplication(value: string): void {
  if (!FALSE_WORDS.has(value.toLowerCase()))
    throw new GatewayError('not-supported-at-connect', 'replication connections are not offered', 'connect without it');
}

const refused = (name: string): GatewayError =>
  new GatewayError(
    'startup-refused',
    `the setting ${/^[\w.]{1,64}$/.test(name) ? name : 'in options'} may not be set to that by clients`,
    'leave it out of the connection string',
  );

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
    else throw refused('options');
    const equals = assignment.indexOf('=');
    if (equals < 1) throw refused('options');
    settings.push([assignment.slice(0, equals).replaceAll('-', '_').toLowerCase(), assignment.slice(equals + 1)]);
  }
  return settings;
}

function splitOptions(options: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let index = 0; index < options.length; index++) {
    const character = options.charAt(index);
    if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\') word = (word ?? '') + options.charAt(++index);
    else word = (word ?? '') + character;
  }
  if (word !== null) words.push(word);
  return words;
}

/** The reverse of `splitOptions` for one word. */
export const escapeOption = (word: string): string => word.replaceAll(/[\\\s]/g, (character) => `\\${character}`);
