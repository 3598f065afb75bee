import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '@bailiwick/domain';
import Database from 'libsql';

const LOCK_NAME = 'lock.db';

/**
 * Takes the spool for this process; the returned function gives it back. SQLite's lock on an empty database is used
 * because the operating system releases it with the process, however that ends. Throws while another holds it.
 */
export function lockSpool(spoolDirectory: string): () => void {
  const path = join(spoolDirectory, LOCK_NAME);
  closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new GatewayError(
      'audit-unavailable',
      `The spool ${spoolDirectory} is in use by another process.`,
      'give each gateway a spool of its own',
    );
  }
  return () => {
    database.close();
  };
}
