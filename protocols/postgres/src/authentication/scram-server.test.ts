import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { ProtocolError } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import { ScramClient } from './scram-client.ts';
import { SCRAM_MESSAGE_LENGTH_MAX, ScramServer, type ScramVerifier, scramMechanisms } from './scram-server.ts';

// RFC 7677, section 3.
const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const NONCE = CLIENT_NONCE + SERVER_NONCE;
const CLIENT_FIRST = `n,,n=user,r=${CLIENT_NONCE}`;
const SERVER_FIRST = `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const CLIENT_FINAL = `c=biws,r=${NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
const BINDING = createHash('sha256').update('a certificate').digest();

const verifierOf = (password: string): ScramVerifier => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    salt,
    iterations: 4096,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: createHmac('sha256', salted).update('Server Key').digest(),
  };
};
const PENCIL = verifierOf('pencil');

const server = (channelBinding: Buffer | null = null, verifier = PENCIL): ScramServer =>
  new ScramServer({ verifier, channelBinding, nonce: SERVER_NONCE });
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What a client that knows the password answers, with the given gs2-header and binding data. */
function finalOf(gs2: string, data: Buffer, password = 'pencil', nonce = NONCE): Buffer {
  const salted = pbkdf2Sync(password, PENCIL.salt, 4096, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const binding = Buffer.concat([bytes(gs2), data]).toString('base64');
  const withoutProof = `c=${binding},r=${nonce}`;
  const said = `n=user,r=${CLIENT_NONCE},${SERVER_FIRST},${withoutProof}`;
  const signature = createHmac('sha256', storedKey).update(said).digest();
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  return bytes(`${withoutProof},p=${proof.toString('base64')}`);
}

test('the exchange of RFC 7677', () => {
  const scram = server();
  expect(scram.serverFirst('SCRAM-SHA-256', bytes(CLIENT_FIRST)).toString()).toBe(SERVER_FIRST);
  expect(scram.serverFinal(bytes(CLIENT_FINAL)).toString()).toBe(SERVER_FINAL);
  expect(scram.bound).toBe(false);
});

test('the client of this package gets in, and is shown the server signature', async () => {
  const client = new ScramClient({ password: 'pencil' });
  const scram = new ScramServer({ verifier: PENCIL, channelBinding: null });
  const final = await client.clientFinal(scram.serverFirst('SCRAM-SHA-256', client.clientFirst()));
  client.verify(scram.serverFinal(final));
  expect(client.verified).toBe(true);
});

test('a nonce of its own is fresh', () => {
  const nonceOf = (): string =>
    new ScramServer({ verifier: PENCIL, channelBinding: null })
      .serverFirst('SCRAM-SHA-256', bytes(CLIENT_FIRST))
      .toString();
  expect(nonceOf()).toMatch(/^r=rOprNGfwEbeRWgbNEkqO[\x21-\x2b\x2d-\x7e]{24},/);
  expect(nonceOf()).not.toBe(nonceOf());
});

test('binding is offered where the channel can be bound', () => {
  expect(scramMechanisms(null)).toEqual(['SCRAM-SHA-256']);
  expect(scramMechanisms(BINDING)).toEqual(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']);
});

describe('channel binding', () => {
  const GS2 = 'p=tls-server-end-point,,';
  const plus = (): ScramServer => {
    const scram = server(BINDING);
    scram.serverFirst('SCRAM-SHA-256-PLUS', bytes(`${GS2}n=user,r=${CLIENT_NONCE}`));
    return scram;
  };

  test('the right certificate gets in', () => {
    const scram = plus();
    expect(scram.serverFinal(finalOf(GS2, BINDING)).toString()).toMatch(/^v=/);
    expect(scram.bound).toBe(true);
  });

  test.each([
    ['the hash of another certificate', GS2, createHash('sha256').update('of somebody between').digest()],
    ['one bit less', GS2, Buffer.from(BINDING.map((byte, index) => (index === 31 ? byte ^ 1 : byte)))],
    ['no data', GS2, Buffer.alloc(0)],
    ['more data', GS2, Buffer.concat([BINDING, Buffer.from([0])])],
    ['another gs2-header than was sent', 'n,,', Buffer.alloc(0)],
    ['another gs2-header with the data', 'y,,', BINDING],
  ])('%s is refused, though the password is right', (_name, gs2, data) => {
    expect(() => plus().serverFinal(finalOf(gs2, data))).toThrow(
      expect.objectContaining({ failure: 'channel-binding-wrong' }),
    );
  });

  test('a client that was not told of it is told now', () => {
    expect(() => server(BINDING).serverFirst('SCRAM-SHA-256', bytes(`y,,n=,r=${CLIENT_NONCE}`))).toThrow(
      expect.objectContaining({ failure: 'channel-binding-downgrade' }),
    );
  });

  test('a client that cannot bind may say so, and one that could may where it was not offered', () => {
    const cannot = server(BINDING);
    cannot.serverFirst('SCRAM-SHA-256', bytes(CLIENT_FIRST));
    expect(cannot.serverFinal(bytes(CLIENT_FINAL)).toString()).toBe(SERVER_FINAL);
    const could = server(null);
    could.serverFirst('SCRAM-SHA-256', bytes(`y,,n=user,r=${CLIENT_NONCE}`));
    expect(could.serverFinal(finalOf('y,,', Buffer.alloc(0))).toString()).toMatch(/^v=/);
  });

  test.each([
    ['PLUS without binding', BINDING, 'SCRAM-SHA-256-PLUS', 'n,,'],
    ['PLUS from a client that thinks there is none', BINDING, 'SCRAM-SHA-256-PLUS', 'y,,'],
    ['PLUS by another binding', BINDING, 'SCRAM-SHA-256-PLUS', 'p=tls-unique,,'],
    ['PLUS by an exporter', BINDING, 'SCRAM-SHA-256-PLUS', 'p=tls-exporter,,'],
    ['binding without PLUS', BINDING, 'SCRAM-SHA-256', 'p=tls-server-end-point,,'],
    ['PLUS where it was not offered', null, 'SCRAM-SHA-256-PLUS', 'p=tls-server-end-point,,'],
    ['a mechanism that nobody offered', BINDING, 'PLAIN', 'n,,'],
    ['the older mechanism', BINDING, 'SCRAM-SHA-1', 'n,,'],
  ])('%s is a violation', (_name, binding, mechanism, gs2) => {
    expect(() => server(binding).serverFirst(mechanism, bytes(`${gs2}n=user,r=${CLIENT_NONCE}`))).toThrow(
      ProtocolError,
    );
  });
});

describe('a first message that is none', () => {
  test.each([
    ['nothing', ''],
    ['no gs2-header', `n=user,r=${CLIENT_NONCE}`],
    ['an authorisation identity', `n,a=admin,n=user,r=${CLIENT_NONCE}`],
    ['a mandatory extension', `n,,m=x,n=user,r=${CLIENT_NONCE}`],
    ['no name', `n,,r=${CLIENT_NONCE}`],
    ['no nonce', 'n,,n=user'],
    ['an empty nonce', 'n,,n=user,r='],
    ['a nonce with a space', 'n,,n=user,r=a b'],
    ['a nonce of 257 characters', `n,,n=user,r=${'x'.repeat(257)}`],
    ['an unknown flag', `x,,n=user,r=${CLIENT_NONCE}`],
    ['something behind it', `${CLIENT_FIRST},`],
    ['a line behind it', `${CLIENT_FIRST}\n`],
    ['too much of it', `n,,n=${'u'.repeat(SCRAM_MESSAGE_LENGTH_MAX)},r=${CLIENT_NONCE}`],
  ])('%s', (_name, message) => {
    expect(() => server().serverFirst('SCRAM-SHA-256', bytes(message))).toThrow(ProtocolError);
  });

  test('extensions that nobody must know are passed over', () => {
    expect(() => server().serverFirst('SCRAM-SHA-256', bytes(`${CLIENT_FIRST},x=y`))).not.toThrow();
  });
});

describe('a final message', () => {
  const started = (verifier = PENCIL): ScramServer => {
    const scram = server(null, verifier);
    scram.serverFirst('SCRAM-SHA-256', bytes(CLIENT_FIRST));
    return scram;
  };
  const unproven = expect.objectContaining({ failure: 'client-unproven' });

  test('another password, and a password nobody has, fail at the proof alike', () => {
    expect(() => started().serverFinal(finalOf('n,,', Buffer.alloc(0), 'pencils'))).toThrow(unproven);
    const nobody = { ...PENCIL, storedKey: Buffer.alloc(32, 1), serverKey: Buffer.alloc(32, 2) };
    expect(() => started(nobody).serverFinal(bytes(CLIENT_FINAL))).toThrow(unproven);
  });

  test('the stored key is of no use to who has it', () => {
    const said = `n=user,r=${CLIENT_NONCE},${SERVER_FIRST},c=biws,r=${NONCE}`;
    const signature = createHmac('sha256', PENCIL.storedKey).update(said).digest();
    const forged = Buffer.from(PENCIL.storedKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    expect(() => started().serverFinal(bytes(`c=biws,r=${NONCE},p=${forged.toString('base64')}`))).toThrow(unproven);
  });

  test.each([
    ['nothing', ''],
    ['the nonce of another exchange', CLIENT_FINAL.replace('%hvY', '%hvX')],
    ['the client part of the nonce alone', `c=biws,r=${CLIENT_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`],
    ['no proof', `c=biws,r=${NONCE}`],
    ['a proof of 31 bytes', `c=biws,r=${NONCE},p=${Buffer.alloc(31).toString('base64')}`],
    ['a proof of 33 bytes', `c=biws,r=${NONCE},p=${Buffer.alloc(33).toString('base64')}`],
    ['something behind the proof', `${CLIENT_FINAL},x=y`],
    ['two proofs', `${CLIENT_FINAL},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`],
    ['a line behind the proof', `${CLIENT_FINAL}\n`],
    ['no binding', `r=${NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`],
  ])('%s is a violation', (_name, message) => {
    expect(() => started().serverFinal(bytes(message))).toThrow(ProtocolError);
  });

  test('comes once, and not before the first', () => {
    expect(() => server().serverFinal(bytes(CLIENT_FINAL))).toThrow(ProtocolError);
    const scram = started();
    scram.serverFinal(bytes(CLIENT_FINAL));
    expect(() => scram.serverFinal(bytes(CLIENT_FINAL))).toThrow(ProtocolError);
    expect(() => scram.serverFirst('SCRAM-SHA-256', bytes(CLIENT_FIRST))).toThrow(ProtocolError);
    const failed = started();
    expect(() => failed.serverFinal(finalOf('n,,', Buffer.alloc(0), 'pencils'))).toThrow(unproven);
    expect(() => failed.serverFinal(bytes(CLIENT_FINAL))).toThrow(ProtocolError);
  });
});
