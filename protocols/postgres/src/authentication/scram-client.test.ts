import { describe, expect, test } from 'vitest';
import { ScramClient } from './scram-client.ts';

// RFC 7677, section 3.
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const SERVER_FIRST = `r=${SERVER_NONCE},s=${SALT},i=4096`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

const client = (password = 'pencil'): ScramClient => new ScramClient({ user: 'user', password, nonce: NONCE });
const started = (password?: string): ScramClient => {
  const scram = client(password);
  scram.clientFirst();
  return scram;
};

test('the exchange of RFC 7677', async () => {
  const scram = client();
  expect(scram.clientFirst().toString()).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  expect((await scram.clientFinal(Buffer.from(SERVER_FIRST))).toString()).toBe(
    `c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  expect(scram.verified).toBe(false);
  scram.verify(Buffer.from(SERVER_FINAL));
  expect(scram.verified).toBe(true);
});

test('a nonce of its own is fresh, printable, and without a comma', () => {
  const first = new ScramClient({ password: 'x' }).clientFirst().toString();
  expect(first).toMatch(/^n,,n=,r=[\x21-\x2b\x2d-\x7e]{24}$/);
  expect(new ScramClient({ password: 'x' }).clientFirst().toString()).not.toBe(first);
});

test('a user name cannot add attributes', () => {
  const scram = new ScramClient({ user: 'a,r=x=', password: 'x', nonce: NONCE });
  expect(scram.clientFirst().toString()).toBe(`n,,n=a=2Cr=3Dx=3D,r=${NONCE}`);
});

describe('a hostile first message of the server', () => {
  test.each([
    ['a nonce that is ours alone', `r=${NONCE},s=${SALT},i=4096`, 'nonce-invalid'],
    ['a nonce that is not ours', `r=x${SERVER_NONCE},s=${SALT},i=4096`, 'nonce-invalid'],
    ['a nonce of 257 bytes', `r=${NONCE.padEnd(257, 'x')},s=${SALT},i=4096`, 'nonce-invalid'],
    ['iterations for minutes', `r=${SERVER_NONCE},s=${SALT},i=1000001`, 'iterations-excessive'],
    ['iterations for hours', `r=${SERVER_NONCE},s=${SALT},i=2147483647`, 'iterations-excessive'],
  ])('%s', async (_name, message, failure) => {
    await expect(started().clientFinal(Buffer.from(message))).rejects.toMatchObject({ failure });
  });

  test.each([
    ['nothing', ''],
    ['iterations 0', `r=${SERVER_NONCE},s=${SALT},i=0`],
    ['iterations -1', `r=${SERVER_NONCE},s=${SALT},i=-1`],
    ['iterations with more digits than a number', `r=${SERVER_NONCE},s=${SALT},i=99999999999`],
    ['iterations in another notation', `r=${SERVER_NONCE},s=${SALT},i=1e3`],
    ['no salt', `r=${SERVER_NONCE},s=,i=4096`],
    ['a salt that is not base64', `r=${SERVER_NONCE},s=W22Z*J0SNY7soEsUEjb6gQ==,i=4096`],
    ['a mandatory extension', `m=ext,r=${SERVER_NONCE},s=${SALT},i=4096`],
    ['something behind it', `r=${SERVER_NONCE},s=${SALT},i=4096,x=y`],
    ['a line behind it', `r=${SERVER_NONCE},s=${SALT},i=4096\n`],
    ['a zero byte in the nonce', `r=${NONCE}\0,s=${SALT},i=4096`],
    ['letters outside ASCII in the nonce', `r=${NONCE}é,s=${SALT},i=4096`],
    ['another order', `s=${SALT},r=${SERVER_NONCE},i=4096`],
  ])('%s', async (_name, message) => {
    await expect(started().clientFinal(Buffer.from(message))).rejects.toMatchObject({ code: 'malformed' });
  });

  test('bounds themselves are accepted', async () => {
    const long = `r=${NONCE.padEnd(256, 'x')},s=${SALT},i=1`;
    expect((await started().clientFinal(Buffer.from(long))).toString()).toContain(',p=');
  });
});

describe('a server that does not know the verifier', () => {
  const answered = async (): Promise<ScramClient> => {
    const scram = started();
    await scram.clientFinal(Buffer.from(SERVER_FIRST));
    return scram;
  };

  test('cannot sign', async () => {
    const scram = await answered();
    const forged = `v=${Buffer.alloc(32).toString('base64')}`;
    expect(() => scram.verify(Buffer.from(forged))).toThrow(expect.objectContaining({ failure: 'server-unproven' }));
    expect(scram.verified).toBe(false);
  });

  test('cannot sign with the proof of another password', async () => {
    const scram = started('crayon');
    await scram.clientFinal(Buffer.from(SERVER_FIRST));
    expect(() => scram.verify(Buffer.from(SERVER_FINAL))).toThrow(
      expect.objectContaining({ failure: 'server-unproven' }),
    );
  });

  test.each(['', 'v=', 'v=AAAA', `${SERVER_FINAL},x=y`, `${SERVER_FINAL}\n`, `x=y,${SERVER_FINAL}`])(
    'cannot send %j instead',
    async (message) => {
      const scram = await answered();
      expect(() => scram.verify(Buffer.from(message))).toThrow(expect.objectContaining({ code: 'malformed' }));
      expect(scram.verified).toBe(false);
    },
  );

  test('may report an error, which is not repeated in ours', async () => {
    const scram = await answered();
    expect(() => scram.verify(Buffer.from('e=secret-word'))).toThrow(
      expect.objectContaining({ failure: 'server-rejected', message: expect.not.stringContaining('secret-word') }),
    );
  });
});

test('steps out of order are refused', async () => {
  const outOfOrder = expect.objectContaining({ code: 'out-of-order' });
  await expect(client().clientFinal(Buffer.from(SERVER_FIRST))).rejects.toEqual(outOfOrder);
  expect(() => started().verify(Buffer.from(SERVER_FINAL))).toThrow(outOfOrder);
  const scram = started();
  expect(() => scram.clientFirst()).toThrow(outOfOrder);
  const answering = scram.clientFinal(Buffer.from(SERVER_FIRST));
  expect(() => scram.verify(Buffer.from(SERVER_FINAL))).toThrow(outOfOrder);
  await answering;
  await expect(scram.clientFinal(Buffer.from(SERVER_FIRST))).rejects.toEqual(outOfOrder);
});
