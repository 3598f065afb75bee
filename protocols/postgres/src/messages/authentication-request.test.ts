import { ProtocolError } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import {
  type AuthenticationRequest,
  decodeAuthenticationRequest,
  encodeAuthenticationRequest,
} from './authentication-request.ts';

const text = (value: string): string => Buffer.from(value).toString('hex');

const GOLDENS: readonly [hex: string, request: Exclude<AuthenticationRequest, { kind: 'unsupported' }>][] = [
  ['520000000800000000', { kind: 'Ok' }],
  ['520000000800000003', { kind: 'CleartextPassword' }],
  ['520000000c0000000501020304', { kind: 'MD5Password', salt: Buffer.from('01020304', 'hex') }],
  [`52000000170000000a${text('SCRAM-SHA-256\0\0')}`, { kind: 'SASL', mechanisms: ['SCRAM-SHA-256'] }],
  [`520000000b0000000b${text('r=x')}`, { kind: 'SASLContinue', data: Buffer.from('r=x') }],
  [`520000000b0000000c${text('v=x')}`, { kind: 'SASLFinal', data: Buffer.from('v=x') }],
];

describe.each(GOLDENS)('%s', (hex, request) => {
  const frame = Buffer.from(hex, 'hex');
  const body = frame.subarray(5);

  test('decodes and encodes', () => {
    expect(frame.readInt32BE(1)).toBe(frame.length - 1);
    expect(decodeAuthenticationRequest(body)).toEqual(request);
    expect(encodeAuthenticationRequest(request)).toEqual(frame);
  });

  test('cut, it is malformed, or its code alone with less data', () => {
    const openEnded = request.kind === 'SASLContinue' || request.kind === 'SASLFinal';
    for (let length = 0; length < (openEnded ? 4 : body.length); length++) {
      expect(() => decodeAuthenticationRequest(body.subarray(0, length))).toThrow(ProtocolError);
    }
  });
});

test('what follows a closed request is malformed', () => {
  for (const [hex, request] of GOLDENS) {
    if (request.kind === 'SASLContinue' || request.kind === 'SASLFinal') continue;
    const longer = Buffer.from(`${hex}00`, 'hex').subarray(5);
    expect(() => decodeAuthenticationRequest(longer), request.kind).toThrow(ProtocolError);
  }
});

test.each([2, 4, 6, 7, 8, 9, 13, -1])('code %d is told as unsupported, whatever its body', (code) => {
  const body = Buffer.alloc(9, 0xff);
  body.writeInt32BE(code);
  expect(decodeAuthenticationRequest(body)).toEqual({ kind: 'unsupported', code });
});

test('a salt of another length is not written', () => {
  expect(() => encodeAuthenticationRequest({ kind: 'MD5Password', salt: Buffer.alloc(5) })).toThrow(RangeError);
});
