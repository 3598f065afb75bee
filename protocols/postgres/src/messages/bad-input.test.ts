// Every decoder of both directions against every way in which a field can lie. The table is total over the messages of
// the specification: a message without a row fails the first test.
import { FrameDecoder, ProtocolError, StartupDecoder } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import * as p from '../index.ts';
import { MESSAGE_COVERAGE } from '../message-coverage.ts';

/** One field of a body that is well formed. */
type Field =
  /** Text and its terminator, UTF-8. */
  | readonly ['text', string]
  /** As `text`, in an encoding that may not be agreed on yet. */
  | readonly ['bytes', string]
  | readonly ['int8' | 'int16' | 'int32', number]
  /** A format code, which is 0 or 1. */
  | readonly ['format', 0 | 1]
  /** How many things follow. */
  | readonly ['count16' | 'count32', number]
  /** A 32-bit length and that many bytes; null: -1 and none. */
  | readonly ['sized', string | null]
  /** Whatever remains: the body may end early, or go on. */
  | readonly ['rest', string];

interface Row {
  readonly fields: readonly Field[];
  readonly decode: (body: Buffer) => unknown;
}

const row = (decode: (body: Buffer) => unknown, ...fields: readonly Field[]): Row => ({ fields, decode });
const empty = (name: string): Row => row((body) => p.decodeBodyless(name, body));
const authentication = (code: number, ...fields: readonly Field[]): Row =>
  row(p.decodeAuthenticationRequest, ['int32', code], ...fields);
const startup = (code: number, ...fields: readonly Field[]): Row =>
  row(p.decodeStartupPacket, ['int32', code], ...fields);
const copy = (decode: (body: Buffer) => unknown): Row =>
  row(decode, ['format', 0], ['count16', 2], ['format', 0], ['format', 0]);
const error = (decode: (body: Buffer) => unknown): Row =>
  row(decode, ['int8', 0x53], ['bytes', 'ERROR'], ['int8', 0x43], ['bytes', '42501'], ['int8', 0]);
/** A key may have 4 to 256 bytes. */
const KEY: readonly Field[] = [
  ['int32', 7],
  ['int32', 0x0102_0304],
];

const ROWS: Readonly<Record<string, Row>> = {
  'AuthenticationCleartextPassword B': authentication(3),
  'AuthenticationGSS B': authentication(7, ['rest', '']),
  'AuthenticationGSSContinue B': authentication(8, ['rest', 'token']),
  'AuthenticationKerberosV5 B': authentication(2, ['rest', '']),
  'AuthenticationMD5Password B': authentication(5, ['int32', 0x7f01_0203]),
  'AuthenticationOk B': authentication(0),
  'AuthenticationSASL B': authentication(10, ['text', 'SCRAM-SHA-256'], ['int8', 0]),
  'AuthenticationSASLContinue B': authentication(11, ['rest', 'r=abc']),
  'AuthenticationSASLFinal B': authentication(12, ['rest', 'v=abc']),
  'AuthenticationSSPI B': authentication(9, ['rest', '']),
  'BackendKeyData B': row(p.decodeBackendKeyData, ...KEY),
  'Bind F': row(
    p.decodeBind,
    ...([
      ['text', 'portal'],
      ['text', 'statement'],
      ['count16', 2],
      ['format', 0],
      ['format', 1],
    ] as const),
    ...([
      ['count16', 2],
      ['sized', 'value'],
      ['sized', null],
      ['count16', 1],
      ['format', 1],
    ] as const),
  ),
  'BindComplete B': empty('BindComplete'),
  'CancelRequest F': startup(80_877_102, ...KEY),
  'Close F': row(p.decodeClose, ['int8', 0x53], ['text', 'name']),
  'CloseComplete B': empty('CloseComplete'),
  'CommandComplete B': row(p.decodeCommandComplete, ['text', 'SELECT 1']),
  'CopyBothResponse B': copy(p.decodeCopyBothResponse),
  'CopyData B': row(p.decodeCopyData, ['rest', 'row']),
  'CopyData F': row(p.decodeCopyData, ['rest', 'row']),
  'CopyDone B': empty('CopyDone'),
  'CopyDone F': empty('CopyDone'),
  'CopyFail F': row(p.decodeCopyFail, ['text', 'why']),
  'CopyInResponse B': copy(p.decodeCopyInResponse),
  'CopyOutResponse B': copy(p.decodeCopyOutResponse),
  'DataRow B': row(p.decodeDataRow, ['count16', 3], ['sized', 'cell'], ['sized', null], ['sized', 'x']),
  'Describe F': row(p.decodeDescribe, ['int8', 0x50], ['text', 'name']),
  'EmptyQueryResponse B': empty('EmptyQueryResponse'),
  'ErrorResponse B': error(p.decodeErrorResponse),
  'Execute F': row(p.decodeExecute, ['text', 'portal'], ['int32', 10]),
  'Flush F': empty('Flush'),
  'FunctionCall F': row(
    p.decodeFunctionCall,
    ...([
      ['int32', 1300],
      ['count16', 1],
      ['format', 0],
      ['count16', 2],
    ] as const),
    ...([
      ['sized', 'one'],
      ['sized', 'two'],
      ['format', 1],
    ] as const),
  ),
  'FunctionCallResponse B': row(p.decodeFunctionCallResponse, ['sized', 'value']),
  'GSSENCRequest F': startup(80_877_104),
  // Nobody is asked for one; the type byte is that of PasswordMessage, and so is the decoder.
  'GSSResponse F': row(p.decodePasswordMessage, ['text', 'token']),
  'NegotiateProtocolVersion B': row(
    p.decodeNegotiateProtocolVersion,
    ...([
      ['int16', 3],
      ['int16', 0],
      ['count32', 1],
      ['text', '_pq_.x'],
    ] as const),
  ),
  'NoData B': empty('NoData'),
  'NoticeResponse B': error(p.decodeNoticeResponse),
  'NotificationResponse B': row(p.decodeNotificationResponse, ['int32', 7], ['text', 'channel'], ['text', 'payload']),
  'ParameterDescription B': row(p.decodeParameterDescription, ['count16', 2], ['int32', 23], ['int32', 25]),
  'ParameterStatus B': row(p.decodeParameterStatus, ['text', 'TimeZone'], ['text', 'UTC']),
  'Parse F': row(p.decodeParse, ['text', 'name'], ['text', 'SELECT $1'], ['count16', 1], ['int32', 23]),
  'ParseComplete B': empty('ParseComplete'),
  'PasswordMessage F': row(p.decodePasswordMessage, ['text', 'hunter2']),
  'PortalSuspended B': empty('PortalSuspended'),
  'Query F': row(p.decodeQuery, ['text', 'SELECT 1']),
  'ReadyForQuery B': row(p.decodeReadyForQuery, ['int8', 0x49]),
  'RowDescription B': row(
    p.decodeRowDescription,
    ...([
      ['count16', 1],
      ['text', 'column'],
      ['int32', 0x0102_0304],
      ['int16', 1],
      ['int32', 23],
    ] as const),
    ...([
      ['int16', 4],
      ['int32', 7],
      ['format', 1],
    ] as const),
  ),
  'SASLInitialResponse F': row(p.decodeSaslInitialResponse, ['text', 'SCRAM-SHA-256'], ['sized', 'n,,n=,r=abc']),
  'SASLResponse F': row(p.decodeSaslResponse, ['rest', 'c=biws']),
  'SSLRequest F': startup(80_877_103),
  'StartupMessage F': startup(0x0003_0002, ['text', 'user'], ['text', 'maria'], ['int8', 0]),
  'Sync F': empty('Sync'),
  'Terminate F': empty('Terminate'),
};

const INTEGERS = { int8: 1, format: 2, int16: 2, int32: 4, count16: 2, count32: 4 } as const;
/** The largest body that a case announces, and never holds. */
const HUGE = 0x7fff_ffff;

function integer(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value < 0 ? value + 2 ** (8 * bytes) : value, 0, bytes);
  return buffer;
}

const sized = (length: number, bytes: string): Buffer => Buffer.concat([integer(length, 4), Buffer.from(bytes)]);

/** Copies say their whole format in one byte, their columns' in two. */
const formatBytes = (fields: readonly Field[], at: number): number => (at === 0 && fields.length > 1 ? 1 : 2);

function bytesOf(fields: readonly Field[], at: number): Buffer {
  const field = fields[at] ?? (['rest', ''] as const);
  switch (field[0]) {
    case 'text':
    case 'bytes':
      return Buffer.from(`${field[1]}\0`);
    case 'sized':
      return field[1] === null ? integer(-1, 4) : sized(Buffer.byteLength(field[1]), field[1]);
    case 'rest':
      return Buffer.from(field[1]);
    case 'format':
      return integer(field[1], formatBytes(fields, at));
    default:
      return integer(field[1], INTEGERS[field[0]]);
  }
}

const join = (fields: readonly Field[]): Buffer => Buffer.concat(fields.map((_, at) => bytesOf(fields, at)));

/** What the bytes of one field become: every way to lie in it. */
function liesOf(fields: readonly Field[], at: number): readonly (readonly [lie: string, bytes: Buffer])[] {
  const field = fields[at] ?? (['rest', ''] as const);
  switch (field[0]) {
    case 'text':
      return [['text that is not UTF-8', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${field[1]}\0`)])]];
    case 'format':
      return [2, 3, 0x7f, -1].map((code) => [`format code ${code}`, integer(code, formatBytes(fields, at))] as const);
    case 'count16':
      return [field[1] + 1, 0x7fff, 0x8000, 0xffff].map((count) => [`a count of ${count}`, integer(count, 2)] as const);
    case 'count32':
      return [field[1] + 1, HUGE, -1, -0x8000_0000].map((count) => [`a count of ${count}`, integer(count, 4)] as const);
    case 'sized': {
      const content = field[1] ?? '';
      const lengths = [content.length + 1000, HUGE, -2, -0x8000_0000];
      return lengths.map((length) => [`a length of ${length}`, sized(length, content)] as const);
    }
    default:
      return [];
  }
}

/** Bodies that are no bodies, each with its reason. */
function malformedBodies({ fields }: Row): readonly (readonly [lie: string, body: Buffer])[] {
  const body = join(fields);
  const openEnded = fields.some(([kind]) => kind === 'rest');
  const starts = fields.map((_, at) => join(fields.slice(0, at)).length);
  const cases: [string, Buffer][] = [];
  const cutFrom = openEnded ? body.length - bytesOf(fields, fields.length - 1).length : body.length;
  for (let length = 0; length < cutFrom; length++) cases.push([`cut at ${length}`, body.subarray(0, length)]);
  for (const [at, [kind]] of fields.entries()) {
    const pieces = fields.map((_, index) => bytesOf(fields, index));
    for (const [lie, bytes] of liesOf(fields, at))
      cases.push([`field ${at}: ${lie}`, Buffer.concat(pieces.with(at, bytes))]);
    if (kind !== 'text' && kind !== 'bytes') continue;
    const end = (starts[at] ?? 0) + (pieces[at]?.length ?? 0) - 1;
    const unterminated = Buffer.from(body);
    for (let index = end; index < body.length; index++) if (body[index] === 0) unterminated[index] = 1;
    cases.push([`field ${at}: no terminator`, unterminated]);
  }
  // A key takes what remains, up to its bound.
  const trailing = fields === ROWS['BackendKeyData B']?.fields || fields === ROWS['CancelRequest F']?.fields ? 260 : 1;
  if (!openEnded)
    for (const byte of [0, 0x78]) cases.push([`trailing ${byte}`, Buffer.concat([body, Buffer.alloc(trailing, byte)])]);
  return cases;
}

const named = MESSAGE_COVERAGE.map((coverage) => ({
  ...coverage,
  key: `${coverage.name} ${coverage.direction === 'frontend' ? 'F' : 'B'}`,
}));

test('the table has a row for every message of the specification', () => {
  expect(Object.keys(ROWS).toSorted()).toEqual(named.map(({ key }) => key).toSorted());
});

describe.each(Object.entries(ROWS))('%s', (_name, message) => {
  test('the body of the table is well formed', () => {
    expect(() => message.decode(join(message.fields))).not.toThrow();
  });

  test('every lie is one ProtocolError, which repeats nothing of the body', () => {
    const secret = /hunter2|value|maria|SCRAM|payload|SELECT/;
    for (const [lie, body] of malformedBodies(message)) {
      // Also where the body lies among other bytes, which belong to nobody.
      const among = Buffer.concat([Buffer.alloc(3, 0), body, Buffer.alloc(300, 0)]).subarray(3, 3 + body.length);
      for (const bytes of [body, among]) {
        let caught: unknown = null;
        try {
          message.decode(bytes);
        } catch (error) {
          caught = error;
        }
        expect(caught, lie).toBeInstanceOf(ProtocolError);
        expect(String(caught), lie).not.toMatch(secret);
      }
    }
  });
});

const FRAME_BYTES_MAX = 64 * 1024;

describe.each(named.filter(({ type }) => type !== null))('the frame of $key', ({ direction, type, bodyLengthMax }) => {
  const bound = direction === 'frontend' ? p.frontendBodyLengthMax : p.backendBodyLengthMax;
  const decoder = (): FrameDecoder => new FrameDecoder({ bodyLengthMax: bound(FRAME_BYTES_MAX) });
  const header = (length: number): Buffer => Buffer.concat([Buffer.from(type ?? '', 'latin1'), integer(length, 4)]);

  test.each([0, 3, -1, -0x8000_0000, HUGE, FRAME_BYTES_MAX + 1, bodyLengthMax + 5])(
    'a length of %i is one error, at its last byte, and the stream is over',
    (length) => {
      const bytes = header(length);
      const it = decoder();
      for (const byte of bytes.subarray(0, 4)) {
        it.push(Buffer.of(byte));
        expect(it.next()).toBe(false);
      }
      it.push(bytes.subarray(4));
      const caught: unknown[] = [];
      for (let time = 0; time < 2; time++) {
        try {
          it.next();
        } catch (error) {
          caught.push(error);
        }
        // What looks like a good frame behind it is none any more.
        it.push(header(4));
      }
      expect(caught).toHaveLength(2);
      expect(caught[0]).toBeInstanceOf(ProtocolError);
      expect(caught[1]).toBe(caught[0]);
    },
  );

  test('a length of 4 is an empty body', () => {
    const it = decoder();
    it.push(header(4));
    expect(it.next()).toBe(true);
    expect(it.end - it.start).toBe(5);
  });
});

test.each([0, 3, 4, 7, -1, -0x8000_0000, HUGE, 10_005])('a startup packet of length %i is one error', (length) => {
  const decoder = new StartupDecoder();
  expect(() => decoder.push(Buffer.concat([integer(length, 4), Buffer.alloc(16)]))).toThrow(ProtocolError);
  expect(() => decoder.push(Buffer.alloc(1))).toThrow(ProtocolError);
});
