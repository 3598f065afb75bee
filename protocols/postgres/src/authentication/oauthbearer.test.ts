import { ProtocolError } from '@bailiwick/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BearerResponse,
  checkBearerFailureAcknowledged,
  decodeBearerResponse,
  encodeBearerFailure,
} from './oauthbearer.ts';

const read = (text: string): BearerResponse => decodeBearerResponse(Buffer.from(text, 'latin1'));

test('the example of RFC 7628, section 4.1', () => {
  const data =
    'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB';
  const text = Buffer.from(data, 'base64').toString('latin1');
  // It names an authorization identity, which PostgreSQL refuses.
  expect(() => read(text)).toThrow('authorization identity');
  expect(read(text.replace('a=user@example.com', ''))).toEqual({
    kind: 'token',
    token: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
  });
});

test.each<readonly [text: string, response: BearerResponse]>([
  ['n,,\x01auth=Bearer a.b-c_d~e+f/g==\x01\x01', { kind: 'token', token: 'a.b-c_d~e+f/g==' }],
  ['y,,\x01auth=Bearer x\x01\x01', { kind: 'token', token: 'x' }],
  ['n,,\x01auth=bEARER    x\x01\x01', { kind: 'token', token: 'x' }],
  ['n,,\x01host=h\x01auth=Bearer x\x01port=1\x01unknown=\x01\x01', { kind: 'token', token: 'x' }],
  ['n,,\x01auth=\x01\x01', { kind: 'discovery' }],
])('takes %j', (text, response) => {
  expect(read(text)).toEqual(response);
});

test.each([
  'n,,\x01auth=Basic dXNlcjpwYXNz\x01\x01',
  'n,,\x01auth=Bearer\x01\x01',
  'n,,\x01auth=Bearer \x01\x01',
  'n,,\x01auth=Bearerx\x01\x01',
  'n,,\x01auth=Bearer a b\x01\x01',
  'n,,\x01auth=Bearer a=b\x01\x01',
  'n,,\x01auth=Bearer =\x01\x01',
  'n,,\x01auth=Bearer a\n\x01\x01',
  'n,,\x01auth= Bearer a\x01\x01',
])('%j is well-formed and no token', (text) => {
  expect(read(text).kind).toBe('unusable');
});

test.each<readonly [text: string, reason: string]>([
  ['', 'empty'],
  ['\x01', 'channel-binding flag'],
  ['p=tls-server-end-point,,\x01auth=Bearer x\x01\x01', 'binds the channel'],
  ['N,,\x01auth=Bearer x\x01\x01', 'channel-binding flag'],
  ['nn,,\x01auth=Bearer x\x01\x01', 'comma'],
  ['n,a=root,\x01auth=Bearer x\x01\x01', 'authorization identity'],
  ['n,m=x,\x01auth=Bearer x\x01\x01', 'attribute'],
  ['n,,auth=Bearer x\x01\x01', 'separator'],
  ['n,,', 'separator'],
  ['n,,\x01', 'final terminator'],
  ['n,,\x01\x01', 'no auth value'],
  ['n,,\x01host=h\x01\x01', 'no auth value'],
  ['n,,\x01AUTH=Bearer x\x01\x01', 'no auth value'],
  ['n,,\x01auth=Bearer x', 'not terminated'],
  ['n,,\x01auth=Bearer x\x01', 'final terminator'],
  ['n,,\x01auth=Bearer x\x01\x01y', 'follows the final terminator'],
  ['n,,\x01auth=Bearer x\x01\x01\x01', 'follows the final terminator'],
  ['n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01', 'several auth values'],
  ['n,,\x01auth=\x01auth=\x01\x01', 'several auth values'],
  ['n,,\x01auth\x01\x01', 'key has no value'],
  ['n,,\x01=x\x01\x01', 'name that no key has'],
  ['n,,\x01a1=x\x01auth=Bearer x\x01\x01', 'name that no key has'],
  ['n,,\x01 auth=Bearer x\x01\x01', 'name that no key has'],
  ['n,,\x01auth=Bearer \xe9\x01\x01', 'characters that no value has'],
  ['n,,\x01host=\x7f\x01auth=Bearer x\x01\x01', 'characters that no value has'],
  ['n,,\x01auth=Bearer x\x01\x01\0', 'zero byte'],
  ['n,,\x01auth=Bear\0er x\x01\x01', 'zero byte'],
])('%j is a violation', (text, reason) => {
  expect(() => read(text)).toThrow(ProtocolError);
  expect(() => read(text)).toThrow(reason);
});

test('any bytes are read or are a violation, and no byte of a token gets into the violation', () => {
  const secret = 'c2VjcmV0LXRva2Vu';
  const whole = Buffer.from(`n,,\x01auth=Bearer ${secret}\x01\x01`, 'latin1');
  const property = fc.property(fc.nat(whole.length), fc.nat(255), fc.boolean(), (at, byte, cut) => {
    const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole.map((b, i) => (i === at ? byte : b)));
    try {
      decodeBearerResponse(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect(String(error)).not.toContain(secret);
    }
  });
  fc.assert(property, { numRuns: 200 });
});

describe('a failure', () => {
  test('says where to get a token, as PostgreSQL does', () => {
    const openidConfiguration = 'https://idp.example/.well-known/openid-configuration';
    expect(JSON.parse(encodeBearerFailure({ openidConfiguration, scope: 'openid "db"' }).toString())).toEqual({
      status: 'invalid_token',
      'openid-configuration': openidConfiguration,
      scope: 'openid "db"',
    });
    expect(JSON.parse(encodeBearerFailure({ openidConfiguration, scope: null }).toString())).not.toHaveProperty(
      'scope',
    );
  });

  test.each(['', '\x01\x01', 'n,,\x01auth=Bearer x\x01\x01', '\0', '\x01\0'])('%j is no answer to it', (text) => {
    expect(() => checkBearerFailureAcknowledged(Buffer.from(text, 'latin1'))).toThrow(ProtocolError);
  });

  test('^A is', () => {
    expect(() => checkBearerFailureAcknowledged(Buffer.from([1]))).not.toThrow();
  });
});
