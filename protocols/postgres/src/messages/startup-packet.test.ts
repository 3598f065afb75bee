import { ProtocolError } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import { encodeCancelRequest } from './cancel-request.ts';
import { encodeGssencRequest, encodeSslRequest } from './encryption-request.ts';
import { encodeStartupMessage } from './startup-message.ts';
import { decodeStartupPacket } from './startup-packet.ts';

const V30 = '\0\x03\0\0';
const body = (text: string): Buffer => Buffer.from(text, 'latin1');
const parameters = (text: string): ReadonlyMap<string, string> => {
  const packet = decodeStartupPacket(body(V30 + text));
  if (packet.kind !== 'StartupMessage') throw new Error(packet.kind);
  return packet.message.parameters;
};
const malformed = expect.objectContaining({ code: 'malformed' });

describe('StartupMessage', () => {
  test('of protocol 3.0, as libpq sends it', () => {
    const hex = `0000002100030000${Buffer.from('user\0alice\0database\0crm\0\0').toString('hex')}`;
    const packet = Buffer.from(hex, 'hex');
    const decoded = decodeStartupPacket(packet.subarray(4));
    expect(decoded).toEqual({
      kind: 'StartupMessage',
      message: {
        protocolMinor: 0,
        parameters: new Map([
          ['user', 'alice'],
          ['database', 'crm'],
        ]),
        protocolOptions: new Map(),
      },
    });
    if (decoded.kind === 'StartupMessage') expect(encodeStartupMessage(decoded.message)).toEqual(packet);
  });

  test('of protocol 3.2 and of one that does not exist yet, with options apart', () => {
    for (const minor of [2, 9999]) {
      const bytes = Buffer.concat([Buffer.from([0, 3, minor >> 8, minor & 255]), body('user\0a\0_pq_.x\x001\0\0')]);
      expect(decodeStartupPacket(bytes)).toEqual({
        kind: 'StartupMessage',
        message: {
          protocolMinor: minor,
          parameters: new Map([['user', 'a']]),
          protocolOptions: new Map([['_pq_.x', '1']]),
        },
      });
    }
  });

  test('may have no parameters, and empty values', () => {
    expect(parameters('\0').size).toBe(0);
    expect(parameters('user\0\0\0').get('user')).toBe('');
  });

  test.each([
    ['a name given twice', 'user\0alice\0user\0postgres\0\0'],
    ['a setting given twice in different case', 'search_path\0a\0SEARCH_PATH\0b\0\0'],
    ['an option given twice', '_pq_.x\x001\0_pq_.x\x002\0\0'],
    ['no terminator', 'user\0alice\0'],
    ['nothing at all', ''],
    ['a name without a value', 'user\0'],
    ['an empty name in the middle, hiding the rest', 'user\0alice\0\0role\0postgres\0\0'],
    ['bytes behind the terminator', 'user\0alice\0\0x'],
    ['a value that is not UTF-8', 'user\0\xff\0\0'],
    ['a name that is not UTF-8', '\xff\0x\0\0'],
  ])('with %s is malformed', (_name, text) => {
    expect(() => parameters(text)).toThrow(malformed);
  });

  test('cannot be made to carry a parameter inside another', () => {
    const inject = (name: string, value: string): (() => Buffer) => {
      return () =>
        encodeStartupMessage({ protocolMinor: 0, parameters: new Map([[name, value]]), protocolOptions: new Map() });
    };
    expect(inject('user', 'alice\0role\0postgres')).toThrow(malformed);
    expect(inject('user\0alice\0role', 'postgres')).toThrow(malformed);
    expect(inject('', 'x')).toThrow(RangeError);
    expect(inject('user', 'a'.repeat(10_000))).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
});

describe('CancelRequest', () => {
  test('decodes and encodes', () => {
    const packet = Buffer.from('0000001004d2162e000004d2deadbeef', 'hex');
    const decoded = decodeStartupPacket(packet.subarray(4));
    expect(decoded).toEqual({
      kind: 'CancelRequest',
      message: { processId: 1234, secretKey: Buffer.from('deadbeef', 'hex') },
    });
    if (decoded.kind === 'CancelRequest') expect(encodeCancelRequest(decoded.message)).toEqual(packet);
  });

  test.each([
    [0, false],
    [3, false],
    [4, true],
    [256, true],
    [257, false],
  ])('a key of %d bytes: %s', (length, accepted) => {
    const bytes = Buffer.concat([Buffer.from('04d2162e00000001', 'hex'), Buffer.alloc(length, 1)]);
    const attempt = (): unknown => decodeStartupPacket(bytes);
    if (accepted) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(malformed);
    const encode = (): Buffer => encodeCancelRequest({ processId: 1, secretKey: Buffer.alloc(length) });
    if (accepted) expect(encode()).toHaveLength(12 + length);
    else expect(encode).toThrow(RangeError);
  });
});

test('requests for encryption are their code and nothing else', () => {
  expect(encodeSslRequest().toString('hex')).toBe('0000000804d2162f');
  expect(encodeGssencRequest().toString('hex')).toBe('0000000804d21630');
  expect(decodeStartupPacket(encodeSslRequest().subarray(4))).toEqual({ kind: 'SSLRequest' });
  expect(decodeStartupPacket(encodeGssencRequest().subarray(4))).toEqual({ kind: 'GSSENCRequest' });
  for (const packet of [encodeSslRequest(), encodeGssencRequest()]) {
    expect(() => decodeStartupPacket(Buffer.concat([packet.subarray(4), Buffer.of(0)]))).toThrow(malformed);
  }
});

test.each(['00020000', '00040000', '04d2162d', '04d21631', '00000000', 'ffffffff'])('code %s is unknown', (code) => {
  expect(() => decodeStartupPacket(Buffer.from(`${code}00`, 'hex'))).toThrow(
    expect.objectContaining({ code: 'unknown-message' }),
  );
});

test('a packet that is too short for a code is malformed', () => {
  for (const length of [0, 3]) expect(() => decodeStartupPacket(Buffer.alloc(length))).toThrow(ProtocolError);
});
