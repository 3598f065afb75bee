import { ProtocolError } from '@bailiwick/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as postgres from '../index.ts';

/** Bytes as the manual's "Message Formats" lays them out, written by hand: text in quotes, the rest in hexadecimal. */
function bytes(layout: string): Buffer {
  const parts = layout.match(/'[^']*'|[0-9a-f]{2}/g) ?? [];
  return Buffer.concat(parts.map((p) => (p.startsWith("'") ? Buffer.from(p.slice(1, -1)) : Buffer.from(p, 'hex'))));
}

interface Golden {
  readonly name: string;
  readonly frame: Buffer;
  readonly value: unknown;
  readonly decode: (body: Buffer) => unknown;
  /** Decodes a body and encodes what came of it: the whole frame. */
  readonly again: (body: Buffer) => Buffer;
  /** Its last field takes whatever remains, so that a shorter or longer body is another message and no error. */
  readonly openEnded: boolean;
}

function golden<T>(
  name: string,
  layout: string,
  value: T,
  decode: (body: Buffer) => T,
  encode: (message: T) => Buffer,
  openEnded = false,
): Golden {
  const frame = bytes(layout);
  return { name, frame, value, decode, again: (body) => encode(decode(body)), openEnded };
}

const buffer = (text: string): Buffer => Buffer.from(text);
const p = postgres;

const GOLDENS: readonly Golden[] = [
  golden('Query', "51 0000000d 'SELECT 1' 00", { sql: 'SELECT 1' }, p.decodeQuery, p.encodeQuery),
  golden('Query, empty', '51 00000005 00', { sql: '' }, p.decodeQuery, p.encodeQuery),
  golden(
    'Parse',
    "50 0000001b 's1' 00 'SELECT $1' 00 0002 00000017 ffffffff",
    { statement: 's1', sql: 'SELECT $1', parameterTypeOids: [23, 4294967295] },
    p.decodeParse,
    p.encodeParse,
  ),
  golden(
    'Bind',
    "42 00000026 'p' 00 's1' 00 0002 0000 0001 0002 00000003 'abc' 00000004 0000002a 0002 0001 0000",
    {
      portal: 'p',
      statement: 's1',
      parameterFormats: [0, 1],
      parameters: [buffer('abc'), Buffer.from([0, 0, 0, 42])],
      resultFormats: [1, 0],
    },
    p.decodeBind,
    p.encodeBind,
  ),
  golden(
    'Bind of NULL, of nothing, and no format codes',
    '42 00000014 00 00 0000 0002 ffffffff 00000000 0000',
    { portal: '', statement: '', parameterFormats: [], parameters: [null, Buffer.alloc(0)], resultFormats: [] },
    p.decodeBind,
    p.encodeBind,
  ),
  golden(
    'Describe of a statement',
    "44 00000008 'Ss1' 00",
    { kind: 'statement', name: 's1' },
    p.decodeDescribe,
    p.encodeDescribe,
  ),
  golden(
    'Describe of a portal',
    "44 00000006 'P' 00",
    { kind: 'portal', name: '' },
    p.decodeDescribe,
    p.encodeDescribe,
  ),
  golden('Close', "43 00000008 'Pp1' 00", { kind: 'portal', name: 'p1' }, p.decodeClose, p.encodeClose),
  golden('Execute', "45 0000000a 'p' 00 00000064", { portal: 'p', rowsMax: 100 }, p.decodeExecute, p.encodeExecute),
  golden(
    'FunctionCall',
    "46 0000001c 00000514 0001 0001 0002 00000004 'data' ffffffff 0001",
    { functionOid: 1300, argumentFormats: [1], arguments: [buffer('data'), null], resultFormat: 1 },
    p.decodeFunctionCall,
    p.encodeFunctionCall,
  ),
  golden('CopyData', "64 00000008 'a\tb\n'", { data: buffer('a\tb\n') }, p.decodeCopyData, p.encodeCopyData, true),
  golden('CopyFail', "66 00000008 'why' 00", { reason: 'why' }, p.decodeCopyFail, p.encodeCopyFail),
  golden(
    'PasswordMessage',
    "70 0000000b 'secret' 00",
    { password: 'secret' },
    p.decodePasswordMessage,
    p.encodePasswordMessage,
  ),
  golden(
    'SASLInitialResponse',
    "70 00000021 'SCRAM-SHA-256' 00 0000000b 'n,,n=,r=abc'",
    { mechanism: 'SCRAM-SHA-256', data: buffer('n,,n=,r=abc') },
    p.decodeSaslInitialResponse,
    p.encodeSaslInitialResponse,
  ),
  golden(
    'SASLInitialResponse without data',
    "70 0000000a 'X' 00 ffffffff",
    { mechanism: 'X', data: null },
    p.decodeSaslInitialResponse,
    p.encodeSaslInitialResponse,
  ),
  golden(
    'SASLResponse',
    "70 00000007 'c=b'",
    { data: buffer('c=b') },
    p.decodeSaslResponse,
    p.encodeSaslResponse,
    true,
  ),
  golden(
    'BackendKeyData',
    '4b 0000000c 000004d2 deadbeef',
    { processId: 1234, secretKey: Buffer.from('deadbeef', 'hex') },
    p.decodeBackendKeyData,
    p.encodeBackendKeyData,
    true,
  ),
  golden(
    'ParameterStatus',
    "53 00000015 'TimeZone' 00 'Etc/UTC' 00",
    { name: 'TimeZone', value: 'Etc/UTC' },
    p.decodeParameterStatus,
    p.encodeParameterStatus,
  ),
  golden('ReadyForQuery', "5a 00000005 'T'", { status: 'T' }, p.decodeReadyForQuery, p.encodeReadyForQuery),
  golden(
    'RowDescription',
    `54 00000032 0002 'id' 00 00004001 0001 00000017 0004 ffffffff 0000
     'ctid' 00 00000000 ffff ffffffff ffff 00000108 0001`,
    {
      fields: [
        { name: 'id', tableOid: 16385, attnum: 1, typeOid: 23, typeSize: 4, typeModifier: -1, format: 0 },
        { name: 'ctid', tableOid: 0, attnum: -1, typeOid: 4294967295, typeSize: -1, typeModifier: 264, format: 1 },
      ],
    },
    p.decodeRowDescription,
    p.encodeRowDescription,
  ),
  golden(
    'DataRow',
    "44 00000014 0003 00000002 '42' ffffffff 00000000",
    [buffer('42'), null, Buffer.alloc(0)],
    p.decodeDataRow,
    p.encodeDataRow,
  ),
  golden(
    'CommandComplete',
    "43 0000000f 'INSERT 0 1' 00",
    { tag: 'INSERT 0 1' },
    p.decodeCommandComplete,
    p.encodeCommandComplete,
  ),
  golden(
    'ErrorResponse',
    "45 0000001a 'SERROR' 00 'C42501' 00 'Mno' 00 'z?' 00 00",
    { fields: new Map(Object.entries({ S: 'ERROR', C: '42501', M: 'no', z: '?' })) },
    p.decodeErrorResponse,
    p.encodeErrorResponse,
  ),
  golden('ErrorResponse, empty', '45 00000005 00', { fields: new Map() }, p.decodeErrorResponse, p.encodeErrorResponse),
  golden(
    'NoticeResponse',
    "4e 0000000d 'SNOTICE' 00 00",
    { fields: new Map([['S', 'NOTICE']]) },
    p.decodeNoticeResponse,
    p.encodeNoticeResponse,
  ),
  golden(
    'NotificationResponse',
    "41 0000000f 000000ff 'ch' 00 'hey' 00",
    { processId: 255, channel: 'ch', payload: 'hey' },
    p.decodeNotificationResponse,
    p.encodeNotificationResponse,
  ),
  golden(
    'ParameterDescription',
    '74 0000000e 0002 00000017 00000019',
    { typeOids: [23, 25] },
    p.decodeParameterDescription,
    p.encodeParameterDescription,
  ),
  golden(
    'CopyInResponse',
    '47 0000000b 00 0002 0000 0000',
    { format: 0, columnFormats: [0, 0] },
    p.decodeCopyInResponse,
    p.encodeCopyInResponse,
  ),
  golden(
    'CopyOutResponse',
    '48 00000009 01 0001 0001',
    { format: 1, columnFormats: [1] },
    p.decodeCopyOutResponse,
    p.encodeCopyOutResponse,
  ),
  golden(
    'CopyBothResponse',
    '57 00000007 00 0000',
    { format: 0, columnFormats: [] },
    p.decodeCopyBothResponse,
    p.encodeCopyBothResponse,
  ),
  golden(
    'NegotiateProtocolVersion',
    "76 00000013 00030000 00000001 '_pq_.x' 00",
    { protocolMinor: 0, unknownOptions: ['_pq_.x'] },
    p.decodeNegotiateProtocolVersion,
    p.encodeNegotiateProtocolVersion,
  ),
  golden(
    'FunctionCallResponse',
    "56 0000000a 00000002 'ok'",
    { value: buffer('ok') },
    p.decodeFunctionCallResponse,
    p.encodeFunctionCallResponse,
  ),
];

/** What a server says is kept readable even where it is not UTF-8, so that it alone need not come out as it went in. */
const LOSSY = new Set(['ErrorResponse', 'NoticeResponse']);

describe.each(GOLDENS)('$name', ({ name, frame, value, decode, again }) => {
  const body = frame.subarray(5);

  test('the golden is a frame', () => {
    expect(frame.readInt32BE(1)).toBe(frame.length - 1);
  });

  test('decodes to its fields and encodes to the same bytes', () => {
    expect(decode(body)).toEqual(value);
    expect(again(body).toString('hex')).toBe(frame.toString('hex'));
  });

  test('reads nothing outside its body', () => {
    const surrounded = Buffer.concat([buffer('before\0'), body, buffer('after\0')]).subarray(7, 7 + body.length);
    expect(decode(surrounded)).toEqual(value);
  });

  test('garbage is a ProtocolError, or another message of which no byte was overlooked', () => {
    const random = fc.uint8Array({ maxLength: 64 }).map((input) => Buffer.from(input));
    const mutated = fc
      .tuple(fc.nat(body.length), fc.uint8Array({ maxLength: 8 }), fc.nat(8))
      .map(([at, inserted, dropped]) => Buffer.concat([body.subarray(0, at), inserted, body.subarray(at + dropped)]));
    fc.assert(
      fc.property(fc.oneof(mutated, random), (attack) => {
        try {
          const frameAgain = again(attack);
          if (!LOSSY.has(name.split(',')[0] ?? '')) expect(frameAgain.subarray(5)).toEqual(attack);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(GOLDENS.filter((it) => !it.openEnded))('$name', ({ frame, decode }) => {
  const body = frame.subarray(5);
  const surrounded = Buffer.concat([buffer('before\0'), body, buffer('after\0')]);

  test('is malformed when cut at any byte', () => {
    for (let length = 0; length < body.length; length++) {
      expect(() => decode(Buffer.from(body.subarray(0, length))), `cut at ${length}`).toThrow(ProtocolError);
      expect(() => decode(surrounded.subarray(7, 7 + length)), `cut at ${length}`).toThrow(ProtocolError);
    }
  });

  test('is malformed when anything follows', () => {
    expect(() => decode(Buffer.concat([body, Buffer.of(0)]))).toThrow(ProtocolError);
    expect(() => decode(Buffer.concat([body, buffer('x')]))).toThrow(ProtocolError);
  });
});

describe('messages without a body', () => {
  test.each([
    [p.encodeCopyDone, 'c'],
    [p.encodeFlush, 'H'],
    [p.encodeSync, 'S'],
    [p.encodeTerminate, 'X'],
    [p.encodeParseComplete, '1'],
    [p.encodeBindComplete, '2'],
    [p.encodeCloseComplete, '3'],
    [p.encodeNoData, 'n'],
    [p.encodePortalSuspended, 's'],
    [p.encodeEmptyQueryResponse, 'I'],
  ])('%o is %s', (encode, type) => {
    expect(encode()).toEqual(Buffer.concat([buffer(type), Buffer.from([0, 0, 0, 4])]));
    p.decodeBodyless('Probe', encode().subarray(5));
    expect(() => p.decodeBodyless('Probe', buffer('x'))).toThrow(ProtocolError);
  });
});
