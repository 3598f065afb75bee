import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as p from './index.ts';

const read = (name: string): string => readFileSync(new URL(`captures/${name}`, import.meta.url), 'utf8');
/** What whoever traces makes of a text; here, so that it can be seen that it is used. */
const safeSql = (sql: string): string => {
  if (sql.includes('unreadable')) throw new Error('no safe form');
  return sql.replaceAll(/'[^']*'|(?<!\$)\b\d+\b/g, '$n');
};
const trace = (from: 'client' | 'upstream', ...frames: readonly Buffer[]): string[] =>
  p.traceLines(from, Buffer.concat(frames), safeSql);

test('a real session reads as the golden trace beside it', () => {
  const captured = Buffer.from(read('postgresql-18-backend.hex').replaceAll('\n', ''), 'hex');
  expect(`${trace('upstream', captured).join('\n')}\n`).toBe(read('postgresql-18-backend.trace'));
});

const CANARY = 'canary';
const bytes = Buffer.from(CANARY);

/** One frame of each type of a client, with the canary wherever a value can be. */
const FRONTEND: readonly Buffer[] = [
  p.encodeQuery({ sql: `SELECT '${CANARY}', 42` }),
  p.encodeQuery({ sql: `${CANARY} unreadable` }),
  p.encodeParse({ statement: 's1', sql: `SELECT $1, '${CANARY}'`, parameterTypeOids: [23] }),
  p.encodeBind({
    portal: 'p',
    statement: 's1',
    parameterFormats: [0, 1],
    parameters: [bytes, null],
    resultFormats: [1],
  }),
  p.encodeDescribe({ kind: 'portal', name: 'p' }),
  p.encodeDescribe({ kind: 'statement', name: 's1' }),
  p.encodeExecute({ portal: 'p', rowsMax: 5 }),
  p.encodeClose({ kind: 'portal', name: 'p' }),
  p.encodeFunctionCall({ functionOid: 870, argumentFormats: [1], arguments: [bytes, null], resultFormat: 1 }),
  p.encodeCopyData({ data: bytes }),
  p.encodeCopyFail({ reason: CANARY }),
  p.encodeCopyDone(),
  p.encodePasswordMessage({ password: CANARY }),
  p.encodeFlush(),
  p.encodeSync(),
  p.encodeTerminate(),
];

test('what a client says, in the manner of PQtrace', () => {
  expect(trace('client', ...FRONTEND)).toEqual([
    'F\t24\tQuery\t"SELECT $n, $n"',
    'F\t22\tQuery\t?',
    'F\t33\tParse\t"s1" "SELECT $1, $n" 1 23',
    'F\t35\tBind\t"p" "s1" 2 0 1 2 ? ? 1 1',
    'F\t7\tDescribe\tP "p"',
    'F\t8\tDescribe\tS "s1"',
    'F\t10\tExecute\t"p" 5',
    'F\t7\tClose\tP "p"',
    'F\t30\tFunctionCall\t870 1 1 2 ? ? 1',
    'F\t10\tCopyData\t?',
    'F\t11\tCopyFail\t?',
    'F\t4\tCopyDone',
    'F\t11\tPasswordMessage\t?',
    'F\t4\tFlush',
    'F\t4\tSync',
    'F\t4\tTerminate',
  ]);
});

/** As above, of a database; it may say anything anywhere. */
const BACKEND: readonly Buffer[] = [
  p.encodeAuthenticationRequest({ kind: 'Ok' }),
  p.encodeAuthenticationRequest({ kind: 'SASLContinue', data: bytes }),
  p.encodeBackendKeyData({ processId: 1234, secretKey: bytes }),
  p.encodeParameterStatus({ name: 'application_name', value: CANARY }),
  p.encodeParameterStatus({ name: `${CANARY} is no name`, value: CANARY }),
  p.encodeNegotiateProtocolVersion({ protocolMinor: 0, unknownOptions: [CANARY] }),
  p.encodeRowDescription({
    fields: [{ name: CANARY, tableOid: 16_400, attnum: 2, typeOid: 25, typeSize: -1, typeModifier: -1, format: 0 }],
  }),
  p.encodeDataRow([bytes, null]),
  p.encodeCommandComplete({ tag: 'INSERT 0 1' }),
  p.encodeCommandComplete({ tag: CANARY }),
  p.encodeErrorResponse({
    fields: new Map(
      Object.entries({ S: CANARY, V: 'ERROR', C: '22012', M: CANARY, D: CANARY, t: CANARY, '1': CANARY }),
    ),
  }),
  p.encodeErrorResponse({ fields: new Map(Object.entries({ V: CANARY, C: CANARY })) }),
  p.encodeNoticeResponse({ fields: new Map(Object.entries({ V: 'NOTICE', C: '00000', M: CANARY })) }),
  p.encodeNotificationResponse({ processId: 7, channel: CANARY, payload: CANARY }),
  p.encodeFunctionCallResponse({ value: bytes }),
  p.encodeCopyData({ data: bytes }),
  p.encodeCopyInResponse({ format: 0, columnFormats: [0, 0] }),
  p.encodeParameterDescription({ typeOids: [23, 25] }),
  p.encodeReadyForQuery({ status: 'E' }),
];

test('what a database says, in the manner of PQtrace', () => {
  expect(trace('upstream', ...BACKEND)).toEqual([
    'B\t8\tAuthenticationRequest\tOk',
    'B\t14\tAuthenticationRequest\tSASLContinue',
    'B\t14\tBackendKeyData\t?',
    'B\t28\tParameterStatus\t"application_name" ?',
    'B\t29\tParameterStatus\t? ?',
    'B\t19\tNegotiateProtocolVersion\t3.0 1 ?',
    'B\t31\tRowDescription\t1 ? 16400 2 25 -1 -1 0',
    'B\t20\tDataRow\t2 ? ?',
    'B\t15\tCommandComplete\t"INSERT 0 1"',
    'B\t11\tCommandComplete\t?',
    'B\t59\tErrorResponse\t? ? S ? V "ERROR" C "22012" M ? D ? t ?',
    'B\t21\tErrorResponse\tV ? C ?',
    'B\t28\tNoticeResponse\tV "NOTICE" C "00000" M ?',
    'B\t22\tNotificationResponse\t?',
    'B\t14\tFunctionCallResponse\t?',
    'B\t10\tCopyData\t?',
    'B\t11\tCopyInResponse\t0 2 0 0',
    'B\t14\tParameterDescription\t2 23 25',
    'B\t5\tReadyForQuery\tE',
  ]);
});

describe('no value is shown', () => {
  test('of any message, nor of one that is cut or changed anywhere', () => {
    for (const [from, frames] of [
      ['client', FRONTEND],
      ['upstream', BACKEND],
    ] as const)
      for (const frame of frames) {
        expect(trace(from, frame).join('\n')).not.toContain(CANARY);
        for (let length = 5; length < frame.length; length++) {
          const cut = Buffer.from(frame.subarray(0, length));
          cut.writeInt32BE(length - 1, 1);
          expect(trace(from, cut).join('\n')).not.toContain(CANARY);
          expect(trace(from, frame.subarray(0, length)).join('\n')).not.toContain(CANARY);
        }
      }
  });
});

test('one line for each frame, whatever it holds', () => {
  const frame = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }))
    .map(([type, body]) => Buffer.concat([Buffer.from([type, 0, 0, 0, body.length + 4]), body]));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), (frames) => {
      for (const from of ['client', 'upstream'] as const) {
        const lines = trace(from, ...frames);
        expect(lines).toHaveLength(frames.length);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested.
        for (const line of lines) expect(line).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
      }
    }),
    { numRuns: 200 },
  );
});

test('a line has a bound', () => {
  const [line] = trace('upstream', p.encodeDataRow(Array.from({ length: 1_600 }, () => null)));
  expect(line).toHaveLength(2_000);
});
