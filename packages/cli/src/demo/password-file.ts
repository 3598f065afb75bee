import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes libpq's password file (PostgreSQL documentation, "The Password File"; `passfile` of a connection string), one
 * line a user, so that a token stands in no command line. libpq reads lines of any length since version 14.
 * Replaces the file whole. Returns its path.
 */
export async function writePasswordFile(
  directory: string,
  host: string,
  port: number,
  database: string,
  passwords: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(directory, 'pgpass');
  const lines = Object.entries(passwords).map(([user, password]) =>
    [host, String(port), database, user, password].map((field) => field.replace(/[\\:]/g, '\\$&')).join(':'),
  );
  await writeFile(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return path;
}
