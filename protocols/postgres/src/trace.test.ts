import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as p from './index.ts';
import { describeFrames } from './trace.ts';

const field = (name: string, format: 0 | 1): p.RowField => ({
  name,
  tableOid: 0,
  attnum: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format,
});
const trace = (from: 'client' | 'upstream', ...frames: Buffer[]): string[] =>
  describeFrames(from, Buffer.concat(frames)).map(({ name, bytes, text }) => `${name} ${bytes} ${text}`.trimEnd());

test('what a client says in a session', () => {
  expect(
    trace(
      'client',
      p.encodeQuery({ sql: 'SELECT "Name"\nFROM t' }),
      p.encodeParse({ statement: 's1', sql: 'SELECT $1, $2', parameterTypeOids: [23, 0] }),
      p.encodeBind({
        portal: '',
        statement: 's1',
        parameterFormats: [0, 1, 0, 0],
        parameters: [Buffer.from('été'), Buffer.from([0, 0, 0, 42]), null, Buffer.from([0xff])],
        resultFormats: [1],
      }),
      p.encodeDescribe({ kind: 'portal', name: '' }),
      p.encodeExecute({ portal: '', rowsMax: 0 }),
      p.encodeExecute({ portal: 'c', rowsMax: 10 }),
      p.encodeClose({ kind: 'statement', name: 's1' }),
      p.encodeSync(),
      p.encodeCopyData({ data: Buffer.from('1\tAda\n') }),
      p.encodeCopyDone(),
      p.encodeCopyFail({ reason: 'no' }),
      p.encodeFunctionCall({ functionOid: 7, argumentFormats: [], arguments: [null], resultFormat: 0 }),
      p.encodeTerminate(),
    ),
  ).toEqual([
    'Query 26 SELECT "Name"\\nFROM t',
    'Parse 32 statement "s1" (types 23, 0): SELECT $1, $2',
    'Bind 51 portal "" of statement "s1" ("été", \\x0000002a, NULL, \\xff)',
    'Describe 7 portal ""',
    'Execute 10 portal ""',
    'Execute 11 portal "c", at most 10 rows',
    'Close 9 statement "s1"',
    'Sync 5',
    'CopyData 11 "1\\tAda\\n"',
    'CopyDone 5',
    'CopyFail 8 "no"',
    'FunctionCall 19 function 7 (NULL)',
    'Terminate 5',
  ]);
});

test('what a database says in a session', () => {
  expect(
    trace(
      'upstream',
      p.encodeAuthenticationRequest({ kind: 'SASL', mechanisms: ['SCRAM-SHA-256'] }),
      p.encodeAuthenticationRequest({ kind: 'Ok' }),
      p.encodeParameterStatus({ name: 'TimeZone', value: 'UTC' }),
      p.encodeBackendKeyData({ processId: 77, secretKey: Buffer.from('deadbeef', 'hex') }),
      p.encodeReadyForQuery({ status: 'I' }),
      p.encodeRowDescription({ fields: [field('id', 1), field('name', 0)] }),
      p.encodeDataRow([Buffer.from('ABCD'), Buffer.from('Ada')]),
      p.encodeDataRow([null, Buffer.alloc(0)]),
      p.encodeCommandComplete({ tag: 'SELECT 2' }),
      p.encodeErrorResponse({ fields: new Map(Object.entries({ S: 'FEHLER', V: 'ERROR', C: '42501', M: 'no' })) }),
      p.encodeNoticeResponse({ fields: new Map([['S', 'NOTICE']]) }),
      p.encodeNotificationResponse({ processId: 5, channel: 'c', payload: 'x' }),
      p.encodeParameterDescription({ typeOids: [23, 25] }),
      p.encodeCopyOutResponse({ format: 0, columnFormats: [0, 0] }),
      p.encodeNegotiateProtocolVersion({ protocolMinor: 0, unknownOptions: ['_pq_.x'] }),
      p.encodeNoData(),
    ),
  ).toEqual([
    'AuthenticationRequest 24 SASL "SCRAM-SHA-256"',
    'AuthenticationRequest 9 Ok',
    'ParameterStatus 18 TimeZone = "UTC"',
    'BackendKeyData 13 (not shown)',
    'ReadyForQuery 6 idle',
    'RowDescription 51 "id", "name"',
    'DataRow 22 \\x41424344, "Ada"',
    'DataRow 15 NULL, ""',
    'CommandComplete 14 SELECT 2',
    'ErrorResponse 32 ERROR 42501 "no"',
    'NoticeResponse 14 NOTICE ? ""',
    'NotificationResponse 13 "c" from 5: "x"',
    'ParameterDescription 15 types 23, 25',
    'CopyOutResponse 12 text, 2 columns',
    'NegotiateProtocolVersion 20 3.0, "_pq_.x"',
    'NoData 5',
  ]);
});

describe('cells', () => {
  test('the formats of a result do not outlive it', () => {
    const lines = trace(
      'upstream',
      p.encodeRowDescription({ fields: [field('id', 1)] }),
      p.encodeCommandComplete({ tag: 'SELECT 0' }),
      p.encodeDataRow([Buffer.from('ABCD')]),
    );
    expect(lines[2]).toBe('DataRow 15 "ABCD"');
  });

  test('what cannot be text is shown in digits, and no more than 64 bytes of it', () => {
    expect(trace('upstream', p.encodeDataRow([Buffer.from([1, 0])]))).toEqual(['DataRow 13 \\x0100']);
    const [line] = trace('upstream', p.encodeDataRow([Buffer.alloc(65, 0xab)]));
    expect(line).toBe(`DataRow 76 \\x${'ab'.repeat(64)}… (65 bytes)`);
    expect(trace('upstream', p.encodeDataRow([Buffer.alloc(64, 0xab)]))).toEqual([`DataRow 75 \\x${'ab'.repeat(64)}`]);
  });
});

describe('a value cannot play the transcript', () => {
  const shown = (text: string): string => trace('upstream', p.encodeDataRow([Buffer.from(text)]))[0] ?? '';

  test.each([
    ['a second line', 'a\nQuery 5 DROP'],
    ['a carriage return', 'a\rQuery'],
    ['an escape sequence', '\u001b[2J\u001b]0;x\u0007'],
    ['an eight-bit escape', '\u009b2J'],
    ['a text direction', 'abc\u202edcba\u2066'],
    ['a line separator', 'a\u2028b\u2029c\u0085d'],
    ['what is not seen', 'a\u200bb\ufeffc\u00add'],
    ['a deletion', 'a\u007f\u0008b'],
  ])('%s', (_name, text) => {
    expect(shown(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test('two texts never look the same, nor like two cells', () => {
    expect(shown('a\nb')).not.toBe(shown('a\\nb'));
    expect(shown('a", "b')).toBe('DataRow 17 "a\\", \\"b"');
    expect(shown('NULL')).toBe('DataRow 15 "NULL"');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        fc.pre(a !== b && !a.includes('\0') && !b.includes('\0'));
        expect(shown(a)).not.toBe(shown(b));
      }),
      { numRuns: 200 },
    );
  });
});

test('secrets are never shown', () => {
  const lines = trace(
    'client',
    p.encodePasswordMessage({ password: 'canary' }),
    p.encodeSaslInitialResponse({ mechanism: 'canary', data: Buffer.from('canary') }),
    p.encodeSaslResponse({ data: Buffer.from('canary') }),
  );
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toContain('canary');
  const data = Buffer.from('canary');
  const replies = trace(
    'upstream',
    p.encodeAuthenticationRequest({ kind: 'SASLContinue', data }),
    p.encodeAuthenticationRequest({ kind: 'SASLFinal', data }),
    p.encodeBackendKeyData({ processId: 1, secretKey: data }),
  );
  expect(replies.join('\n')).not.toContain('canary');
});

describe('what cannot be decoded', () => {
  test('is described as such, without its bytes, and what follows is read on', () => {
    const broken = Buffer.from('510000000a63616e617279', 'hex');
    const lines = trace('client', broken, p.encodeSync());
    expect(lines).toEqual([
      'Query 11 (cannot be decoded: Query: text is not terminated (malformed at byte 0))',
      'Sync 5',
    ]);
  });

  test('unknown types and incomplete frames', () => {
    expect(trace('client', Buffer.from('0100000004', 'hex'))).toEqual(['unknown 0x01 5 (no such message)']);
    const sync = p.encodeSync();
    for (const rest of ['51', '51000000', '5100000003', '51ffffffff', '5100000005', '517fffffff']) {
      expect(trace('client', sync, Buffer.from(rest, 'hex'))).toEqual([
        'Sync 5',
        `incomplete frame ${rest.length / 2}`,
      ]);
    }
    expect(trace('client')).toEqual([]);
  });

  test('nothing makes it throw, and no byte is left out', () => {
    const frame = fc
      .tuple(fc.integer({ min: 0, max: 127 }), fc.uint8Array({ maxLength: 30 }))
      .map(([type, body]) => Buffer.concat([Buffer.from([type, 0, 0, 0, body.length + 4]), body]));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.uint8Array({ maxLength: 6 }), (frames, rest) => {
        const run = Buffer.concat([...frames, rest]);
        for (const from of ['client', 'upstream'] as const) {
          const total = describeFrames(from, run).reduce((sum, { bytes }) => sum + bytes, 0);
          expect(total).toBe(run.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
