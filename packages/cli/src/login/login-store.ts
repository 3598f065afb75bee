import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a login left behind: enough to go on without a person, until the issuer wants one again. */
export interface StoredLogin {
  readonly version: 1;
  readonly issuer: string;
  readonly clientId: string;
  /** As asked for. */
  readonly scope: string;
  /** What the gateway takes: a JWT. */
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Null: when the token has expired, a person must log in again. */
  readonly refreshToken: string | null;
}

const FILE_BYTES_MAX = 256 * 1024;
/** A refresh takes a request or two of 30 s at most; a lock older than this belongs to a process that died. */
const LOCK_STALE_MS = 90_000;
const LOCK_RETRY_MS = 50;

/** Where the login of this account is kept, as the environment says. */
export function loginFile(environment: Readonly<Record<string, string | undefined>>): string {
  const { BAILIWICK_LOGIN_FILE: file, XDG_CONFIG_HOME: base, HOME: home } = environment;
  if (file) return file;
  return join(base || join(home || homedir(), '.config'), 'bailiwick', 'login.json');
}

/** One login in one file (0600), which several commands of one account share. */
export class LoginStore {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Null: there is none. Rejects where the file is not this account's own, or not what `write` writes. */
  async read(): Promise<StoredLogin | null> {
    let handle: FileHandle;
    try {
      handle = await open(this.file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
      if (codeOf(error) === 'ELOOP') throw new Error(`${this.file} is a link; remove it and log in again`);
      throw error;
    }
    try {
      const { uid, mode, size } = await handle.stat();
      const mine = process.getuid === undefined || uid === process.getuid();
      if (!mine || (process.platform !== 'win32' && (mode & 0o077) !== 0)) {
        throw new Error(`${this.file} can be reached by other accounts; remove it and log in again`);
      }
      const login = size > FILE_BYTES_MAX ? null : parseLogin(await handle.readFile('utf8'));
      if (login === null) throw new Error(`${this.file} holds no login; remove it and log in again`);
      return login;
    } finally {
      await handle.close();
    }
  }

  /** Replaces what is there. Whoever reads meanwhile gets the old one or the new one. */
  async write(login: StoredLogin): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    const fresh = `${this.file}.${randomBytes(6).toString('hex')}`;
    try {
      const handle = await open(fresh, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(login)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(fresh, this.file);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
  }

  /** Runs `work` while no other process does: a refresh token is good for one use, and a second one ends the login. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const lock = `${this.file}.lock`;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    for (;;) {
      try {
        await (await open(lock, 'wx', 0o600)).close();
        break;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        const made = await stat(lock).then(
          ({ mtimeMs }) => mtimeMs,
          () => null,
        );
        // Files are dated by the machine's clock.
        if (made !== null && Date.now() - made > LOCK_STALE_MS) await rm(lock, { force: true });
        else await delay(LOCK_RETRY_MS);
      }
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

function parseLogin(text: string): StoredLogin | null {
  try {
    const { version, issuer, clientId, scope, accessToken, expiresAt, refreshToken } = JSON.parse(text) as Record<
      keyof StoredLogin,
      unknown
    >;
    const texts = [issuer, clientId, scope, accessToken].every((value) => typeof value === 'string');
    const refreshable = refreshToken === null || typeof refreshToken === 'string';
    const valid = version === 1 && texts && typeof expiresAt === 'number' && refreshable;
    return valid ? (JSON.parse(text) as StoredLogin) : null;
  } catch {
    return null;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
