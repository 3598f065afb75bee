// Whoever has no pass, or half of one, tries what SCRAM and the password field let them try.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { AuditEvent } from '@bailiwick/domain';
import { encodePasswordMessage, encodeQuery, encodeSaslInitialResponse, encodeSaslResponse } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  rowsOf,
  type SkippingClock,
  skippingClock,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
  typesOf,
} from '../servers/index.ts';
import { gatewayEndPoint, type ScramAttempt, type ScramOutcome, scramAttempt, startupOf } from './scram-exchange.ts';

const POLICY = `version: 1
rules: [{ id: roles, on: { does: [ROLE] }, do: block }]
defaults: { writes: allow }
`;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

let clock: SkippingClock;
let gateway: TestGateway;
let endPoint: Buffer;
beforeAll(async () => {
  clock = skippingClock();
  gateway = await startTestGateway({ policy: POLICY, data: 'CREATE TABLE runs (what text)', clock });
  endPoint = await gatewayEndPoint(gateway);
});
afterAll(() => gateway.close());

const make = (more: object = {}) => gateway.makePass({ claims: EU_PERSON, ...more });

/** What a client learns of a refusal, its exchange's random part left out. */
const told = ({ frames, serverFirst, loggedIn }: ScramOutcome) => ({
  loggedIn,
  types: typesOf(frames),
  sizes: frames.map(({ body }) => body.length),
  iterations: serverFirst?.replace(/^.*,i=/, ''),
  errors: errorsOf(frames),
});

/** Refused with a FATAL, nothing after it, and nothing run. */
async function expectRefused({ wire, frames, loggedIn }: ScramOutcome, code: string | RegExp = '28P01') {
  expect(loggedIn).toBe(false);
  const [error] = errorsOf(frames);
  expect(error).toMatchObject({ S: 'FATAL', C: expect.stringMatching(code) });
  expect(await wire.rest()).toEqual([]);
  return error;
}

test('the exchange of the tests is a right one, with the channel bound and without', async () => {
  const { pass, secret } = await make();
  for (const mechanism of ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']) {
    const { wire, loggedIn, mechanisms } = await scramAttempt(gateway, {
      ...{ user: `pass-${pass.id}`, secret, mechanism },
    });
    expect(mechanisms).toEqual(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']);
    expect(loggedIn).toBe(true);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  }
});

describe('whether a pass exists is not told', () => {
  test('unknown, revoked, expired, and bound to elsewhere: without the secret all answer alike', async () => {
    const live = (await make()).pass;
    const revoked = (await make()).pass;
    await gateway.passes.revoke(revoked.id);
    const elsewhere = (await make({ networks: ['10.0.0.0/8'] })).pass;
    const expired = (await make({ lifetimeMs: 1000 })).pass;
    clock.skip(1001);
    const { secret } = await make();
    const ids = [live.id, revoked.id, elsewhere.id, expired.id, 'aaaaaaaaaaaa', ''.padEnd(12, '7')];
    for (const mechanism of ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']) {
      const seen = new Set<string>();
      for (const id of ids) {
        const outcome = await scramAttempt(gateway, { user: `pass-${id}`, secret, mechanism, bound: endPoint });
        await expectRefused(outcome);
        seen.add(JSON.stringify(told(outcome)));
      }
      expect([...seen]).toHaveLength(1);
    }
  });

  test('an id has one salt, however often it is asked for, and whether it is there or not', async () => {
    const { pass } = await make();
    for (const id of [pass.id, 'bbbbbbbbbbbb', 'x', '', 'ü'.repeat(40), 'a'.repeat(3000)]) {
      const salts = new Set<string>();
      for (const _again of [1, 2, 3]) {
        const { serverFirst } = await scramAttempt(gateway, { user: `pass-${id}`, secret: 'x', bound: endPoint });
        salts.add(/,s=([^,]*),/.exec(serverFirst ?? '')?.[1] ?? 'none');
      }
      expect([...salts]).toHaveLength(1);
      expect(Buffer.from([...salts][0] ?? '', 'base64')).toHaveLength(16);
    }
  });

  test('nor is what of it is wrong, in the password field', async () => {
    const { pass, secret } = await make({ networks: ['10.0.0.0/8'] });
    await gateway.passes.revoke(pass.id);
    const stranger = (await make()).secret;
    const seen = new Set<string>();
    for (const password of [wellFormed(pass.id), wellFormed('cccccccccccc'), 'bwp_', `${secret}a`, 'bwp_\u00e9']) {
      const wire = await gateway.rawWire();
      const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, password);
      seen.add(JSON.stringify(errorsOf(frames)));
    }
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('28P01');
    expect(gateway.logText()).not.toContain(stranger.slice(16));
  });

  test('nor by whether the datasource exists', async () => {
    const { pass } = await make();
    const seen = new Set<string>();
    for (const database of ['crm', 'hr', 'postgres', '']) {
      const outcome = await scramAttempt(gateway, {
        ...{ user: `pass-${pass.id}`, secret: 'bwp_x', database, bound: endPoint },
      });
      seen.add(JSON.stringify(told(outcome)));
    }
    expect([...seen]).toHaveLength(1);
  });
});

describe('a proof', () => {
  test('with any bit turned is none', async () => {
    const { pass, secret } = await make();
    for (const bit of [0, 1, 7, 8, 100, 128, 200, 254, 255]) {
      const outcome = await scramAttempt(gateway, {
        ...{ user: `pass-${pass.id}`, secret, bound: endPoint },
        final: (message) => {
          const [before = '', proof = ''] = message.split(',p=');
          const bytes = Buffer.from(proof, 'base64');
          bytes.writeUInt8((bytes.at(bit >> 3) ?? 0) ^ (1 << (bit & 7)), bit >> 3);
          return `${before},p=${bytes.toString('base64')}`;
        },
      });
      await expectRefused(outcome);
    }
  });

  test('of another exchange is none, nor is the whole message of one', async () => {
    const { pass, secret } = await make();
    const user = `pass-${pass.id}`;
    const honest = await scramAttempt(gateway, { user, secret, bound: endPoint });
    expect(honest.loggedIn).toBe(true);
    const earlier = honest.clientFinal ?? '';
    const proof = earlier.split(',p=')[1] ?? '';
    await expectRefused(
      await scramAttempt(gateway, {
        ...{ user, secret: 'not known', bound: endPoint },
        final: (message) => message.replace(/,p=.*$/, `,p=${proof}`),
      }),
    );
    await expectRefused(
      await scramAttempt(gateway, { user, secret: 'not known', bound: endPoint, final: () => earlier }),
      '08P01',
    );
  });

  test('made of what the file holds is none: StoredKey is no ClientKey', async () => {
    const { pass } = await make();
    const { storedKey } = await gateway.passes.verifierOf(pass.id);
    const outcome = await scramAttempt(gateway, {
      ...{ user: `pass-${pass.id}`, secret: 'not known', bound: endPoint },
      final: (message) => message.replace(/,p=.*$/, `,p=${storedKey.toString('base64')}`),
    });
    await expectRefused(outcome);
  });

  test('of one pass is none of another', async () => {
    const [one, other] = [await make(), await make({ claims: EU_AGENT })];
    await expectRefused(
      await scramAttempt(gateway, { user: `pass-${other.pass.id}`, secret: one.secret, bound: endPoint }),
    );
  });

  test('comes too late when the pass was revoked after it had been asked for', async () => {
    const { pass, secret } = await make();
    const outcome = await scramAttempt(gateway, {
      ...{ user: `pass-${pass.id}`, secret, bound: endPoint },
      meanwhile: () => gateway.passes.revoke(pass.id),
    });
    const error = await expectRefused(outcome);
    expect(error?.M).toContain('revoked');
    expect(outcome.serverFinal).toBeNull();
  });
});

describe('guessing', () => {
  test('one pass is stopped, by SCRAM and in the password field, before a secret is asked for', async () => {
    const { pass, secret } = await make();
    const other = await make();
    for (const id of [pass.id, 'dddddddddddd']) {
      const user = `pass-${id}`;
      for (let count = 0; count < 10; count++)
        await expectRefused(await scramAttempt(gateway, { user, secret: 'x', bound: endPoint }));
      const outcome = await scramAttempt(gateway, { user, secret, bound: endPoint });
      const error = await expectRefused(outcome);
      expect(outcome.mechanisms).toEqual([]);
      expect(error?.M).toContain('too many failed attempts with this pass');
    }
    const wire = await gateway.rawWire();
    const [error] = errorsOf(await wire.logIn({ user: 'anyone', database: 'crm' }, secret));
    expect(error).toMatchObject({ C: '28P01', M: expect.stringContaining('too many failed attempts') });
    const beside = { user: `pass-${other.pass.id}`, secret: other.secret, bound: endPoint };
    expect((await scramAttempt(gateway, beside)).loggedIn).toBe(true);
    expect(await gateway.metrics()).toMatch(/auth_attempts_total\{[^}]*method="pass",outcome="throttled"\} 3$/m);
    clock.skip(6_000);
    expect((await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint })).loggedIn).toBe(true);
  });
});

describe('the channel', () => {
  test.each<readonly [what: string, attempt: Partial<ScramAttempt>, code: string]>([
    [
      'bound to another certificate',
      { bound: createHash('sha256').update('of a man in the middle').digest() },
      '28P01',
    ],
    ['bound to nothing', { bound: Buffer.alloc(0) }, '28P01'],
    ['bound, by a client that was told otherwise', { mechanism: 'SCRAM-SHA-256', gs2: 'y,,' }, '28P01'],
    ['bound by tls-unique', { gs2: 'p=tls-unique,,' }, '08P01'],
    ['bound by tls-exporter', { gs2: 'p=tls-exporter,,' }, '08P01'],
    ['bound by a type in capitals', { gs2: 'p=TLS-SERVER-END-POINT,,' }, '08P01'],
    ['not bound, by the mechanism that binds', { gs2: 'n,,' }, '08P01'],
    ['bound, by the mechanism that does not', { mechanism: 'SCRAM-SHA-256', gs2: 'p=tls-server-end-point,,' }, '08P01'],
    ['of a mechanism that nobody offered', { mechanism: 'SCRAM-SHA-1' }, '08P01'],
    ['of a mechanism in small letters', { mechanism: 'scram-sha-256', gs2: 'n,,' }, '08P01'],
    ['of OAUTHBEARER', { mechanism: 'OAUTHBEARER', gs2: 'n,,' }, '08P01'],
    ['of no mechanism', { mechanism: '', gs2: 'n,,' }, '08P01'],
    ['for somebody else', { mechanism: 'SCRAM-SHA-256', gs2: 'n,a=root,' }, '08P01'],
    [
      'unbound in the end, and bound in the beginning',
      { final: (message) => message.replace(/^c=[^,]*/, `c=${Buffer.from('n,,').toString('base64')}`) },
      '28P01',
    ],
  ])('%s: refused, whoever knows the secret', async (_what, attempt, code) => {
    const { pass, secret } = await make();
    await expectRefused(
      await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint, ...attempt }),
      code,
    );
  });
});

describe('a message', () => {
  const LONG = 'x'.repeat(2000);
  test.each<readonly [what: string, attempt: Partial<ScramAttempt>]>([
    ['that is empty', { first: () => '' }],
    ['with a nonce of two thousand characters', { first: (message) => message + LONG }],
    ['with a nonce of none', { first: (message) => message.replace(/r=.*$/, 'r=') }],
    ['with a comma in its nonce', { first: (message) => `${message},` }],
    ['with an extension that must be understood', { first: (message) => message.replace('n=,', 'm=ext,n=,') }],
    ['with a NUL', { first: (message) => `${message}\0` }],
    ['with a line feed behind it', { first: (message) => `${message}\n` }],
    ['that ends with an empty one', { final: () => '' }],
    ['that ends without a proof', { final: (message) => message.replace(/,p=.*$/, '') }],
    ['that ends with an empty proof', { final: (message) => message.replace(/,p=.*$/, ',p=') }],
    ['that ends with a proof of 64 bytes', { final: (message) => `${message.slice(0, -1)}${'A'.repeat(43)}=` }],
    ['that ends with two proofs', { final: (message) => `${message},p=${message.split(',p=')[1]}` }],
    ['that ends with the server’s nonce alone', { final: (message) => message.replace(/r=[^,]{24}/, 'r=') }],
    ['that ends with a longer nonce', { final: (message) => message.replace(',p=', 'x,p=') }],
    ['that ends with two thousand characters', { final: (message) => message.replace(',p=', `,x=${LONG},p=`) }],
  ])('%s ends the connection', async (_what, attempt) => {
    const { pass, secret } = await make();
    const outcome = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint, ...attempt });
    await expectRefused(outcome, /^(08P01|54000)$/);
  });

  test('that comes before it is asked for ends the connection', async () => {
    const { pass } = await make();
    const user = `pass-${pass.id}`;
    const initial = encodeSaslInitialResponse({ mechanism: 'SCRAM-SHA-256', data: Buffer.from('n,,n=,r=abcdefgh') });
    const final = encodeSaslResponse({ data: Buffer.from('c=biws,r=abcdefgh,p=x') });
    for (const bytes of [[startupOf({ user }), initial], [startupOf({ user })]]) {
      const wire = await gateway.rawWire();
      wire.send(...bytes);
      if (bytes.length === 1) {
        await wire.replies('R');
        wire.send(initial, final);
      }
      const frames = await wire.rest();
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    }
  });

  test('that holds the secret itself, where SCRAM was asked for, lets nobody in', async () => {
    const { pass, secret } = await make();
    const wire = await gateway.rawWire();
    wire.send(startupOf({ user: `pass-${pass.id}` }));
    await wire.replies('R');
    wire.send(encodePasswordMessage({ password: secret }));
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    expect(wire.received.includes(secret.slice(16))).toBe(false);
    expect(gateway.logText()).not.toContain(secret.slice(16));
  });

  test('behind the proof does not run', async () => {
    const { pass, secret } = await make();
    const wire = await gateway.rawWire();
    const send = wire.send.bind(wire);
    let sent = 0;
    wire.send = (...bytes) => {
      sent += 1;
      send(...bytes, ...(sent === 3 ? [encodeQuery({ sql: "INSERT INTO runs VALUES ('early')" })] : []));
    };
    const outcome = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint, wire });
    await expectRefused(outcome, '08P01');
    expect(await gateway.sql('SELECT * FROM runs')).toEqual([]);
  });
});

describe('a session by a pass', () => {
  test('ends when the pass does', async () => {
    const { pass, secret } = await make({ lifetimeMs: 60_000 });
    const { wire, loggedIn } = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint });
    expect(loggedIn).toBe(true);
    clock.skip(60_000);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
  });

  test('ends in the middle of a statement when it is revoked, and the statement is cancelled', async () => {
    const { pass, secret } = await make();
    const { wire } = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, bound: endPoint });
    const session = Object.fromEntries(rowsOf(await wire.query('SHOW bailiwick.session')));
    expect(session.credential).toBe(`pass ${pass.id}`);
    const other = await make();
    const { wire: beside } = await scramAttempt(gateway, {
      ...{ user: `pass-${other.pass.id}`, secret: other.secret, bound: endPoint },
    });
    wire.send(encodeQuery({ sql: 'SELECT count(*) FROM generate_series(1, 3000000000)' }));
    const running = async (): Promise<unknown> =>
      (
        await gateway.sql(
          "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 3%'",
        )
      ).length;
    await expect.poll(running, { timeout: 10_000 }).toBeGreaterThan(1);
    await gateway.passes.revoke(pass.id);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
    await expect.poll(running, { timeout: 10_000 }).toBe(1);
    expect(rowsOf(await beside.query('SELECT 1'))).toEqual([['1']]);
    const recorded: (AuditEvent | null)[] = [];
    for await (const { event } of gateway.audit.transcript(session.id ?? '')) recorded.push(event);
    expect(recorded[0]).toMatchObject({ type: 'session.start', session: { credential: `pass ${pass.id}` } });
    expect(recorded.at(-1)).toEqual({ type: 'session.end', reason: 'its pass was revoked' });
  });
});

describe('a listener that takes one of tokens and passes takes no other', () => {
  const attempt = async (methods: NonNullable<TestGatewayOptions['methods']>) => {
    const other = await startTestGateway({ policy: POLICY, methods });
    try {
      const { pass, secret } = await other.makePass({ claims: EU_PERSON });
      const login = async (user: string, password: string): Promise<string> => {
        const wire = await other.rawWire();
        const frames = await wire.logIn({ user, database: 'crm' }, password);
        return errorsOf(frames)[0]?.C ?? typesOf(frames.slice(-1));
      };
      const token = await other.token(EU_PERSON);
      return {
        token: await login('anyone', token),
        tokenOfPassUser: await login(`pass-${pass.id}`, token),
        pass: await login('anyone', secret),
        scram: (await scramAttempt(other, { user: `pass-${pass.id}`, secret })).loggedIn,
      };
    } finally {
      await other.close();
    }
  };

  test('of passes', async () => {
    expect(await attempt(['pass'])).toEqual({ token: '28P01', tokenOfPassUser: 'R', pass: 'Z', scram: true });
  });

  test('of tokens', async () => {
    expect(await attempt(['jwt'])).toEqual({ token: 'Z', tokenOfPassUser: 'Z', pass: '28P01', scram: false });
  });
});

/** A well-formed secret of an id, with a right check part (CRC-32), that nobody has given out. */
function wellFormed(id: string): string {
  const unchecked = `bwp_${id}${'a'.repeat(32)}`;
  const bits = crc32(unchecked).toString(2).padStart(35, '0');
  const check = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2)));
  return unchecked + check.join('');
}
