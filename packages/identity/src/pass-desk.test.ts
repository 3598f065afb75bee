import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PassFailure, PassNotIssued, PassRejected, type PassRequest } from './pass-desk.ts';
import { newPassSecret, passIdOf } from './pass-secret.ts';
import { LIFETIME_MAX_MS, type PassFixture, passFixture } from './testing/pass-desks.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ALICE = { sub: 'alice', groups: ['agents'], region: 'DE' };
const ALICES_AGENT = { ...ALICE, client_id: 'bot', act: { sub: 'bot', groups: ['agents'], model_region: 'DE' } };

let at: PassFixture;
beforeEach(async () => {
  at = await passFixture();
});
afterEach(() => at.close());

const issue = async (more: Partial<PassRequest> = {}, claims: Readonly<Record<string, unknown>> = ALICE) =>
  at.desk.issue({
    ...{ claims: await at.claims(claims), datasource: 'crm', role: '', networks: [], lifetimeMs: null },
    ...more,
  });

async function failureOf(admitting: Promise<unknown>): Promise<PassFailure | 'admitted'> {
  return admitting.then(
    () => 'admitted',
    (error: unknown) => {
      if (error instanceof PassRejected) return error.failure;
      throw error;
    },
  );
}

describe('a pass', () => {
  test('stands for the identity of whoever made it, by its secret and by its id', async () => {
    const { pass, secret } = await issue({ role: 'analyst' });
    const identity = await at.identity(ALICE);
    for (const admitted of [await at.desk.admitSecret(secret, null), await at.desk.admit(pass.id, null)]) {
      expect(admitted.pass).toEqual(pass);
      expect(admitted.identity).toEqual({ ...identity, expiresAt: pass.expiresAt });
    }
    expect(pass).toMatchObject({ human: 'alice', agent: null, datasource: 'crm', role: 'analyst', revokedAt: null });
    expect(pass.identityKey).toBe(identity.key);
  });

  test('of a person outlives the token; what a machine was lent does not', async () => {
    const tokenEnds = at.clock.now() + 600_000;
    expect((await issue()).pass.expiresAt).toBe(at.clock.now() + LIFETIME_MAX_MS);
    expect((await issue({}, ALICES_AGENT)).pass.expiresAt).toBe(tokenEnds);
    expect((await issue({ lifetimeMs: 60_000 }, ALICES_AGENT)).pass.expiresAt).toBe(at.clock.now() + 60_000);
    const machine = { sub: 'batch', client_id: 'batch', groups: ['agents'] };
    expect((await issue({}, machine)).pass.expiresAt).toBe(tokenEnds);
  });

  test.each<readonly [what: string, more: Partial<PassRequest>]>([
    ['longer than is allowed', { lifetimeMs: LIFETIME_MAX_MS + 1 }],
    ['shorter than a second', { lifetimeMs: 999 }],
    ['of no time', { lifetimeMs: Number.NaN }],
    ['of endless time', { lifetimeMs: Number.POSITIVE_INFINITY }],
    ['of a network that is none', { networks: ['10.0.0.0/8', 'office'] }],
    ['of an address without a length', { networks: ['10.0.0.1'] }],
    ['of a network of 33 bits', { networks: ['10.0.0.0/33'] }],
    ['of too many networks', { networks: Array.from({ length: 33 }, (_, index) => `10.${index}.0.0/16`) }],
  ])('%s is not made', async (_what, more) => {
    await expect(issue(more)).rejects.toSatisfy((error) => (error as PassNotIssued).reason === 'not-valid');
    expect(await at.desk.list({ limit: 10 })).toEqual([]);
  });

  test('is refused where it has expired, exactly then', async () => {
    const { pass, secret } = await issue({ lifetimeMs: 60_000 });
    at.clock.advance(59_999);
    expect(await failureOf(at.desk.admitSecret(secret, null))).toBe('admitted');
    expect(await at.desk.isActive(pass.id)).toBe(true);
    at.clock.advance(1);
    expect(await failureOf(at.desk.admitSecret(secret, null))).toBe('expired');
    expect(await failureOf(at.desk.admit(pass.id, null))).toBe('expired');
    expect(await at.desk.isActive(pass.id)).toBe(false);
  });

  test('is refused once it is revoked, also when it is presented again', async () => {
    const { pass, secret } = await issue();
    const heard: string[] = [];
    const stop = at.desk.onRevoked((id) => heard.push(id));
    expect(await at.desk.revoke(pass.id)).toEqual({ ...pass, revokedAt: at.clock.now() });
    for (const _again of [1, 2]) {
      expect(await failureOf(at.desk.admitSecret(secret, null))).toBe('revoked');
      expect(await failureOf(at.desk.admit(pass.id, null))).toBe('revoked');
    }
    expect(heard).toEqual([pass.id]);
    const first = at.clock.now();
    at.clock.advance(1000);
    expect((await at.desk.revoke(pass.id))?.revokedAt).toBe(first);
    stop();
    await at.desk.revoke(pass.id);
    expect(heard).toEqual([pass.id, pass.id]);
    expect(await at.desk.revoke('aaaaaaaaaaaa')).toBeNull();
  });

  test.each<readonly [networks: readonly string[], address: string | null, verdict: PassFailure | 'admitted']>([
    [[], null, 'admitted'],
    [[], '203.0.113.9', 'admitted'],
    [['10.1.0.0/16'], '10.1.2.3', 'admitted'],
    [['10.1.0.0/16'], '::ffff:10.1.2.3', 'admitted'],
    [['192.168.0.0/24', '2001:db8::/32'], '2001:db8::7', 'admitted'],
    [['10.1.0.0/16'], '10.2.0.1', 'network'],
    [['10.1.0.0/16'], '::ffff:10.2.0.1', 'network'],
    [['10.1.0.0/16'], null, 'network'],
    [['10.1.0.0/16'], '', 'network'],
    [['10.1.0.0/16'], 'localhost', 'network'],
    [['2001:db8::/32'], '2001:db9::1', 'network'],
    [['0.0.0.0/0'], '2001:db8::7', 'network'],
  ])('of networks %j, used from %s: %s', async (networks, address, verdict) => {
    const { pass, secret } = await issue({ networks });
    expect(await failureOf(at.desk.admitSecret(secret, address))).toBe(verdict);
    expect(await failureOf(at.desk.admit(pass.id, address))).toBe(verdict);
  });

  test('that is none, is another’s, or is mistyped is told in the same words', async () => {
    const { secret } = await issue();
    const other = newPassSecret().secret;
    const words = new Set<string>();
    for (const wrong of ['', 'hunter2', 'bwp_', other, secret.toUpperCase(), `${secret}a`, secret.slice(0, -1)]) {
      const failed = await at.desk.admitSecret(wrong, null).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(PassRejected);
      words.add(`${(failed as PassRejected).failure}: ${(failed as PassRejected).message}`);
    }
    expect(words).toEqual(new Set(['unknown: the pass was not accepted']));
  });

  test('of a right id and a wrong secret tells nothing of whether it is revoked, expired or bound', async () => {
    const { pass } = await issue({ networks: ['10.1.0.0/16'], lifetimeMs: 1000 });
    await at.desk.revoke(pass.id);
    at.clock.advance(5000);
    const forged = forgedSecretOf(pass.id);
    expect(passIdOf(forged)).toBe(pass.id);
    expect(await failureOf(at.desk.admitSecret(forged, null))).toBe('unknown');
  });

  test('stands for nobody once the configuration no longer says what the token meant', async () => {
    const { secret } = await issue();
    const { secret: agents } = await issue({}, ALICES_AGENT);
    const later = at.deskWith(new Map([['bot', { owner: 'somebody.else' }]]));
    expect(await failureOf(later.admitSecret(secret, null))).toBe('admitted');
    expect(await failureOf(later.admitSecret(agents, null))).toBe('identity');
  });

  test('is one of a hundred at most; those that are over do not count', async () => {
    const claims = await at.claims(ALICE);
    const request = { claims, datasource: 'crm', role: '', networks: [], lifetimeMs: 60_000 };
    const made = [];
    for (let count = 0; count < 100; count++) made.push(await at.desk.issue(request));
    await expect(at.desk.issue(request)).rejects.toSatisfy((error) => (error as PassNotIssued).reason === 'quota');
    await expect(at.desk.issue(request)).rejects.toBeInstanceOf(PassNotIssued);
    await at.desk.issue({ ...request, claims: await at.claims({ sub: 'bob' }) });
    await at.desk.revoke(made[0]?.pass.id ?? '');
    await at.desk.issue(request);
    at.clock.advance(60_000);
    await at.desk.issue(request);
  });
});

describe('guessing', () => {
  const guess = (id: string, address: string | null): Promise<PassFailure | 'admitted'> =>
    failureOf(at.desk.admitSecret(forgedSecretOf(id), address));
  const HERE = '192.0.2.1';

  test('is stopped after ten tries of one pass from one network, whether there is such a pass or not', async () => {
    const { pass, secret } = await issue();
    for (const id of [pass.id, 'aaaaaaaaaaaa']) {
      for (let count = 0; count < 10; count++) expect(await guess(id, HERE)).toBe('unknown');
      expect(await guess(id, HERE)).toBe('throttled');
      expect(() => at.desk.checkAttempts(id, HERE)).toThrow(PassRejected);
    }
    expect(await failureOf(at.desk.admitSecret(secret, HERE))).toBe('throttled');
    expect(await failureOf(at.desk.admitSecret(secret, '198.51.100.1'))).toBe('admitted');
    expect(await failureOf(at.desk.admitSecret((await issue()).secret, HERE))).toBe('admitted');
    at.clock.advance(6_000);
    expect(await failureOf(at.desk.admitSecret(secret, HERE))).toBe('admitted');
  });

  test('counts by SCRAM and in the clear alike, also where there is no address', async () => {
    const { pass } = await issue();
    for (const address of [HERE, null]) {
      for (let count = 0; count < 9; count++) at.desk.unproven(pass.id, address);
      expect(() => at.desk.checkAttempts(pass.id, address)).not.toThrow();
      expect(await guess(pass.id, address)).toBe('unknown');
      expect(() => at.desk.checkAttempts(pass.id, address)).toThrow(/wait 6 s/);
    }
  });

  test('what succeeds, or is refused for another reason than the secret, does not count', async () => {
    const { pass, secret } = await issue({ networks: ['10.1.0.0/16'] });
    for (let count = 0; count < 20; count++) {
      expect(await failureOf(at.desk.admitSecret(secret, '10.1.0.1'))).toBe('admitted');
      expect(await failureOf(at.desk.admitSecret(secret, HERE))).toBe('network');
    }
    await at.desk.revoke(pass.id);
    for (let count = 0; count < 20; count++)
      expect(await failureOf(at.desk.admitSecret(secret, '10.1.0.1'))).toBe('revoked');
  });

  test('with what can be no id is not remembered', () => {
    for (const id of ['', 'x'.repeat(9000), 'AAAAAAAAAAAA', 'aaaaaaaaaaaa\n']) {
      for (let count = 0; count < 20; count++) at.desk.unproven(id, HERE);
      expect(() => at.desk.checkAttempts(id, HERE)).not.toThrow();
    }
  });
});

describe('what SCRAM gets', () => {
  test('recognises the secret as RFC 5802 says', async () => {
    const { pass, secret } = await issue();
    const { salt, iterations, storedKey, serverKey } = await at.desk.verifierOf(pass.id);
    const salted = pbkdf2Sync(secret, salt, iterations, 32, 'sha256');
    const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
    expect(iterations).toBeGreaterThanOrEqual(4096);
    expect(storedKey).toEqual(createHash('sha256').update(keyed('Client Key')).digest());
    expect(serverKey).toEqual(keyed('Server Key'));
  });

  test('looks alike for an id that does not exist, and stays as it is', async () => {
    const { pass } = await issue();
    const shape = ({ salt, iterations, storedKey, serverKey }: Awaited<ReturnType<typeof at.desk.verifierOf>>) =>
      [salt.length, iterations, storedKey.length, serverKey.length].join();
    const known = await at.desk.verifierOf(pass.id);
    for (const id of ['aaaaaaaaaaaa', '', 'x'.repeat(9000), '../../etc', pass.id.toUpperCase()]) {
      const nobody = await at.desk.verifierOf(id);
      expect(shape(nobody)).toBe(shape(known));
      expect(await at.desk.verifierOf(id)).toEqual(nobody);
      expect(nobody.salt).not.toEqual(known.salt);
    }
  });

  test('keeps the salt of an id when the pass is forgotten: nobody learns that it was there', async () => {
    const { pass } = await issue({ lifetimeMs: 1000 });
    const before = await at.desk.verifierOf(pass.id);
    at.clock.advance(31 * 86_400_000);
    await issue({}, { sub: 'bob' });
    expect(await at.desk.get(pass.id)).toBeNull();
    expect((await at.desk.verifierOf(pass.id)).salt).toEqual(before.salt);
  });
});

/** A well-formed secret of an id, with a right check part (CRC-32), that is not the pass's own. */
function forgedSecretOf(id: string): string {
  const unchecked = `bwp_${id}${newPassSecret().secret.slice(16, 48)}`;
  const bits = crc32(unchecked).toString(2).padStart(35, '0');
  const check = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2)));
  return unchecked + check.join('');
}
