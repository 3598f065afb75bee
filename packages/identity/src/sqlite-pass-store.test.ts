import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlitePassStore } from './sqlite-pass-store.ts';
import { type PassFixture, passFixture } from './testing/pass-desks.ts';

let at: PassFixture;
beforeEach(async () => {
  at = await passFixture();
});
afterEach(() => at.close());

const issue = async (sub = 'alice', lifetimeMs = 60_000) =>
  at.desk.issue({
    claims: await at.claims({ sub, groups: ['agents'], secret_claim: 'canary-claim' }),
    ...{ datasource: 'crm', role: 'analyst', networks: ['10.1.0.0/16'], lifetimeMs },
  });

/** Runs SQL in the file, as whoever can write it but has no key. */
function tamper(sql: string, values: readonly unknown[] = []): void {
  const database = new Database(at.file);
  database.prepare(sql).all([...values]);
  database.close();
}

/** Everything that is in the file and beside it. */
const bytesOnDisk = (): Buffer =>
  Buffer.concat(readdirSync(dirname(at.file)).map((name) => readFileSync(`${dirname(at.file)}/${name}`)));

describe('what is kept', () => {
  test('is there for the next process, and the file is its owner’s alone', async () => {
    const { pass, secret } = await issue();
    const next = openSqlitePassStore(at.file, at.key);
    expect((await next.get(pass.id))?.pass).toEqual(pass);
    await next.close();
    expect((await at.desk.admitSecret(secret, '10.1.0.1')).pass).toEqual(pass);
    for (const name of readdirSync(dirname(at.file)))
      expect([name, statSync(`${dirname(at.file)}/${name}`).mode & 0o077]).toEqual([name, 0]);
  });

  test('is nobody else’s, also where somebody had opened it to them', async () => {
    chmodSync(at.file, 0o666);
    await openSqlitePassStore(at.file, at.key).close();
    expect(statSync(at.file).mode & 0o777).toBe(0o600);
  });

  test('holds neither the secret nor what would do in its place, nor any claim', async () => {
    const { pass, secret } = await issue();
    const { verifier } = (await at.store.get(pass.id)) ?? {};
    const disk = bytesOnDisk();
    expect(disk.includes(pass.id)).toBe(true);
    const random = secret.slice(16);
    const keys = [verifier?.storedKey, verifier?.serverKey, verifier?.salt].map((key) => key ?? Buffer.from('absent'));
    const hidden = [secret, random, random.slice(0, 12), 'canary-claim', at.key, at.key.toString('hex'), ...keys];
    for (const piece of hidden) expect(disk.includes(piece)).toBe(false);
    for (const key of keys)
      for (const form of ['base64', 'hex'] as const) expect(disk.includes(key.toString(form))).toBe(false);
  });

  test('is listed newest first, page by page, also of one identity alone', async () => {
    const made = [];
    for (const sub of ['alice', 'bob', 'alice', 'alice']) made.push((await issue(sub)).pass);
    const ids = made.map(({ id }) => id).reverse();
    expect((await at.store.list({ limit: 10 })).map(({ id }) => id)).toEqual(ids);
    expect((await at.store.list({ limit: 2 })).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const after = ids[1] ?? '';
    expect((await at.store.list({ limit: 10, after })).map(({ id }) => id)).toEqual(ids.slice(2));
    const identityKey = made[0]?.identityKey ?? '';
    expect((await at.store.list({ limit: 10, identityKey })).map(({ human }) => human)).toEqual(Array(3).fill('alice'));
    expect(await at.store.list({ limit: 10, identityKey: "x' OR '1'='1" })).toEqual([]);
  });

  test('is forgotten thirty days after it has expired, and not before', async () => {
    const { pass } = await issue();
    at.clock.advance(60_000 + 30 * 86_400_000);
    await issue('bob');
    expect(await at.desk.get(pass.id)).not.toBeNull();
    at.clock.advance(1);
    await issue('bob');
    expect(await at.desk.get(pass.id)).toBeNull();
  });
});

describe('whoever can write the file and has no key', () => {
  test.each<readonly [what: string, sql: string, value: unknown]>([
    ['lengthens no pass', 'UPDATE passes SET expires_at = ?', Date.UTC(2099, 0, 1)],
    ['gives none to somebody else', 'UPDATE passes SET identity_key = ?', 'f'.repeat(64)],
    ['moves none to another datasource', 'UPDATE passes SET datasource = ?', 'payroll'],
    ['gives none another role', 'UPDATE passes SET role = ?', 'owner'],
    ['opens none to other networks', 'UPDATE passes SET networks = ?', '[]'],
    ['renames none', 'UPDATE passes SET id = ?', 'zzzzzzzzzzzz'],
    ['puts no other person on one', 'UPDATE passes SET human = ?', 'mallory'],
    ['swaps no verifier', 'UPDATE passes SET sealed = ?', randomBytes(400)],
    ['cuts no seal short', 'UPDATE passes SET sealed = ?', Buffer.alloc(0)],
  ])('%s', async (_what, sql, value) => {
    const { pass } = await issue();
    tamper(sql, [value]);
    const id = sql.includes('SET id =') ? 'zzzzzzzzzzzz' : pass.id;
    await expect(at.store.get(id)).rejects.toThrow(/does not verify/);
    await expect(at.desk.admit(id, '10.1.0.1')).rejects.toThrow(/does not verify/);
    await expect(at.desk.verifierOf(id)).rejects.toThrow(/does not verify/);
  });

  test('revives no revoked pass', async () => {
    const { pass } = await issue();
    await at.desk.revoke(pass.id);
    tamper('UPDATE passes SET revoked_at = NULL');
    await expect(at.desk.admit(pass.id, '10.1.0.1')).rejects.toThrow(/does not verify/);
  });

  test('puts no seal of one pass on another', async () => {
    const { pass } = await issue();
    await issue('bob');
    tamper('UPDATE passes SET sealed = (SELECT sealed FROM passes WHERE id <> ?) WHERE id = ?', [pass.id, pass.id]);
    await expect(at.store.get(pass.id)).rejects.toThrow(`pass ${pass.id} does not verify`);
  });
});

describe('a file that cannot be used is named, and stays as it is', () => {
  const spoiled = (name: string, content: Buffer | string): string => {
    const path = `${dirname(at.file)}/${name}`;
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };

  test('one that is no database', async () => {
    for (const content of ['not a database, whatever it is called'.repeat(200), randomBytes(8192)]) {
      const path = spoiled('other.db', content);
      expect(() => openSqlitePassStore(path, at.key)).toThrow(`The passes in ${path} cannot be opened`);
      expect(readFileSync(path)).toEqual(Buffer.from(content));
    }
  });

  test('one whose pages were overwritten', async () => {
    await issue();
    tamper('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(at.file);
    expect(bytes.length).toBeGreaterThan(8192);
    const path = spoiled('overwritten.db', Buffer.concat([bytes.subarray(0, 100), randomBytes(bytes.length - 100)]));
    const before = readFileSync(path);
    expect(() => openSqlitePassStore(path, at.key)).toThrow(path);
    expect(readFileSync(path)).toEqual(before);
  });

  test('one that was sealed under another key, whose passes are then still good under theirs', async () => {
    const { secret } = await issue();
    const other = randomBytes(32);
    expect(() => openSqlitePassStore(at.file, other)).toThrow(/sealed under another key/);
    try {
      openSqlitePassStore(at.file, other);
    } catch (error) {
      expect(String(error)).not.toContain(other.toString('hex'));
    }
    expect((await at.desk.admitSecret(secret, '10.1.0.1')).pass.human).toBe('alice');
  });

  test('one of a later version', async () => {
    const { pass } = await issue();
    tamper("UPDATE pass_meta SET value = 'bailiwick passes 2' WHERE name = 'format'");
    expect(() => openSqlitePassStore(at.file, at.key)).toThrow(/written by another version/);
    expect((await at.store.get(pass.id))?.pass).toEqual(pass);
  });

  test('a key of another length is refused before the file is touched', () => {
    const path = `${dirname(at.file)}/never.db`;
    expect(() => openSqlitePassStore(path, randomBytes(16))).toThrow('16 bytes, not 32');
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });
});
