import { readFileSync } from 'node:fs';
import { FRAME_HEADER_LENGTH, FrameDecoder } from '@bailiwick/wire';
import { expect, test } from 'vitest';
import * as p from './index.ts';

// What a PostgreSQL 18.4 sent in one session of protocol 3.2: SCRAM, simple and extended queries with row limit and
// binary results, COPY in and out, NOTIFY, FunctionCall, errors. Bytes that no encoder of ours has made.
const read = (name: string): string => readFileSync(new URL(`captures/${name}`, import.meta.url), 'utf8');
const captured = Buffer.from(read('postgresql-18-backend.hex').replaceAll('\n', ''), 'hex');

/** Decodes a body and encodes it again, for messages that have one. */
const AGAIN: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  BackendKeyData: (body) => p.encodeBackendKeyData(p.decodeBackendKeyData(body)),
  CommandComplete: (body) => p.encodeCommandComplete(p.decodeCommandComplete(body)),
  CopyData: (body) => p.encodeCopyData(p.decodeCopyData(body)),
  CopyInResponse: (body) => p.encodeCopyInResponse(p.decodeCopyInResponse(body)),
  CopyOutResponse: (body) => p.encodeCopyOutResponse(p.decodeCopyOutResponse(body)),
  DataRow: (body) => p.encodeDataRow(p.decodeDataRow(body)),
  ErrorResponse: (body) => p.encodeErrorResponse(p.decodeErrorResponse(body)),
  FunctionCallResponse: (body) => p.encodeFunctionCallResponse(p.decodeFunctionCallResponse(body)),
  NoticeResponse: (body) => p.encodeNoticeResponse(p.decodeNoticeResponse(body)),
  NotificationResponse: (body) => p.encodeNotificationResponse(p.decodeNotificationResponse(body)),
  ParameterDescription: (body) => p.encodeParameterDescription(p.decodeParameterDescription(body)),
  ParameterStatus: (body) => p.encodeParameterStatus(p.decodeParameterStatus(body)),
  ReadyForQuery: (body) => p.encodeReadyForQuery(p.decodeReadyForQuery(body)),
  RowDescription: (body) => p.encodeRowDescription(p.decodeRowDescription(body)),
  AuthenticationRequest: (body) => {
    const request = p.decodeAuthenticationRequest(body);
    if (request.kind === 'unsupported') throw new Error('the capture holds no such request');
    return p.encodeAuthenticationRequest(request);
  },
};

test('a real session reads as the golden transcript beside it', () => {
  const lines = p
    .describeFrames('upstream', captured)
    .map(({ name, bytes, text }) => `${name} ${bytes} ${text}`.trimEnd());
  expect(`${lines.join('\n')}\n`).toBe(read('postgresql-18-backend.txt'));
});

test('every message of a real session decodes and encodes to the same bytes, in chunks of any size', () => {
  for (const size of [1, 7, 64, captured.length]) {
    const decoder = new FrameDecoder({ bodyLengthMax: p.backendBodyLengthMax(1 << 20) });
    const frames: Buffer[] = [];
    for (let at = 0; at < captured.length; at += size) {
      decoder.push(Buffer.from(captured.subarray(at, at + size)));
      while (decoder.next()) {
        const frame = decoder.buffer.subarray(decoder.start, decoder.end);
        const body = frame.subarray(FRAME_HEADER_LENGTH);
        const again = AGAIN[p.messageName('backend', decoder.type)];
        if (again === undefined) expect(body).toHaveLength(0);
        else expect(again(body)).toEqual(frame);
        frames.push(frame);
      }
    }
    expect(Buffer.concat(frames)).toEqual(captured);
  }
});
