import { describe, expect, test } from 'vitest';
import type { AuthenticationRequest } from '../messages/authentication-request.ts';
import { decodePasswordMessage } from '../messages/password-message.ts';
import { decodeSaslInitialResponse } from '../messages/sasl-initial-response.ts';
import { md5Password } from './md5-password.ts';
import { UpstreamAuthentication } from './upstream-authentication.ts';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const OK: AuthenticationRequest = { kind: 'Ok' };
const CLEARTEXT: AuthenticationRequest = { kind: 'CleartextPassword' };
const MD5: AuthenticationRequest = { kind: 'MD5Password', salt: Buffer.from('01020304', 'hex') };
const SASL: AuthenticationRequest = { kind: 'SASL', mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] };
// Salt and iterations of RFC 7677 with an empty user name, as PostgreSQL's clients send it.
const CONTINUE: AuthenticationRequest = {
  kind: 'SASLContinue',
  data: Buffer.from(`r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`),
};
const FORGED: AuthenticationRequest = {
  kind: 'SASLFinal',
  data: Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`),
};

const authentication = (encrypted = false): UpstreamAuthentication =>
  new UpstreamAuthentication({ user: 'svc', password: 'pencil', encrypted, nonce: NONCE });

const body = (frame: Buffer | null): Buffer => {
  if (frame === null) throw new Error('there was no answer');
  return frame.subarray(5);
};

test('a server that trusts the address', async () => {
  const it = authentication();
  expect(await it.answer(OK)).toBeNull();
  expect(it.authenticated).toBe(true);
});

test('MD5: the answer hides the password and depends on user and salt', async () => {
  const it = authentication();
  // Independently: printf '%s' "$(printf '%s' pencilsvc | md5sum | cut -c1-32)" followed by the salt bytes, | md5sum
  const { password } = decodePasswordMessage(body(await it.answer(MD5)));
  expect(password).toBe('md59b031ce8751a3447ac2fd4de9d8037de');
  expect(md5Password('other', 'pencil', Buffer.from('01020304', 'hex'))).not.toBe(password);
  expect(md5Password('svc', 'pencil', Buffer.from('01020305', 'hex'))).not.toBe(password);
  expect(await it.answer(OK)).toBeNull();
  expect(it.authenticated).toBe(true);
});

test('cleartext on TLS only', async () => {
  expect(decodePasswordMessage(body(await authentication(true).answer(CLEARTEXT))).password).toBe('pencil');
  await expect(authentication(false).answer(CLEARTEXT)).rejects.toMatchObject({ failure: 'cleartext-off-tls' });
});

test('SCRAM is chosen without channel binding, and its first message asks for none', async () => {
  const { mechanism, data } = decodeSaslInitialResponse(body(await authentication().answer(SASL)));
  expect(mechanism).toBe('SCRAM-SHA-256');
  expect(data?.toString()).toBe(`n,,n=,r=${NONCE}`);
});

describe('a server that is not the database', () => {
  const inside = async (...requests: AuthenticationRequest[]): Promise<UpstreamAuthentication> => {
    const it = authentication(true);
    for (const request of requests) await it.answer(request);
    return it;
  };

  test.each([
    ['says Ok in the middle of SCRAM', [SASL], OK],
    ['says Ok instead of its signature', [SASL, CONTINUE], OK],
    ['asks for the password after it took a proof', [SASL, CONTINUE], CLEARTEXT],
    ['asks for a weaker hash in the middle', [SASL], MD5],
    ['asks twice for a password', [CLEARTEXT], CLEARTEXT],
    ['begins SCRAM twice', [SASL], SASL],
    ['continues what has not begun', [], CONTINUE],
    ['ends what has not begun', [], FORGED],
    ['ends before its challenge', [SASL], FORGED],
    ['challenges twice', [SASL, CONTINUE], CONTINUE],
    ['goes on after Ok', [OK], CLEARTEXT],
    ['says Ok twice', [OK], OK],
  ] as const)('%s', async (_name, before, attack) => {
    const it = await inside(...before);
    await expect(it.answer(attack)).rejects.toMatchObject({ code: 'out-of-order' });
    expect(it.authenticated).toBe(false);
  });

  test('forges its signature, and then says Ok', async () => {
    const it = await inside(SASL, CONTINUE);
    await expect(it.answer(FORGED)).rejects.toMatchObject({ failure: 'server-unproven' });
    await expect(it.answer(OK)).rejects.toMatchObject({ code: 'out-of-order' });
    expect(it.authenticated).toBe(false);
  });

  test('sends Ok while the key is being derived: all is over, whatever comes of the key', async () => {
    const it = await inside(SASL);
    const deriving = it.answer(CONTINUE);
    await expect(it.answer(OK)).rejects.toMatchObject({ code: 'out-of-order' });
    await deriving;
    await expect(it.answer(FORGED)).rejects.toMatchObject({ code: 'out-of-order' });
    await expect(it.answer(OK)).rejects.toMatchObject({ code: 'out-of-order' });
    expect(it.authenticated).toBe(false);
  });

  test.each([
    [{ kind: 'SASL', mechanisms: ['OAUTHBEARER'] }],
    [{ kind: 'SASL', mechanisms: [] }],
    [{ kind: 'unsupported', code: 7 }],
  ] as const)('wants what is not spoken here: %j', async (request) => {
    await expect(authentication(true).answer(request)).rejects.toMatchObject({ failure: 'method-unsupported' });
  });
});
