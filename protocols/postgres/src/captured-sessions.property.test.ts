// Twelve sessions between real clients and a real PostgreSQL 18 (generate/capture-sessions.mjs), both directions: however
// the network cuts and joins the bytes, they are the same packets and frames.
import { readdirSync, readFileSync } from 'node:fs';
import { FRAME_HEADER_LENGTH, FrameDecoder, StartupDecoder } from '@bailiwick/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as p from './index.ts';

const home = new URL('captures/sessions/', import.meta.url);
const SESSIONS = readdirSync(home).filter((name) => name.endsWith('.hex'));
const FRAME_BYTES_MAX = 1 << 20;

/** What one side said: its chunks as they came. */
function chunksOf(session: string, letter: 'F' | 'B'): readonly Buffer[] {
  const lines = readFileSync(new URL(session, home), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(letter)).map((line) => Buffer.from(line.slice(2), 'hex'));
}

const textOf = (from: 'client' | 'upstream', frame: Buffer): string =>
  p
    .describeFrames(from, frame)
    .map(({ name, bytes, text }) => `${name} ${bytes} ${text}`)
    .join('\n');

/** Frames as text and as bytes, from chunks that are consumed one at a time. */
function decodeFrames(from: 'client' | 'upstream', chunks: readonly Buffer[]): string[] {
  const bound = from === 'client' ? p.frontendBodyLengthMax : p.backendBodyLengthMax;
  const decoder = new FrameDecoder({ bodyLengthMax: bound(FRAME_BYTES_MAX) });
  const decoded: string[] = [];
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    // The decoder owns what it is given.
    decoder.push(Buffer.from(chunk));
    while (decoder.next()) {
      const frame = decoder.buffer.subarray(decoder.start, decoder.end);
      frames.push(frame);
      decoded.push(`${textOf(from, frame)} ${frame.subarray(FRAME_HEADER_LENGTH).toString('hex')}`);
    }
  }
  expect(decoder.bufferedBytes).toBe(0);
  expect(Buffer.concat(frames)).toEqual(Buffer.concat(chunks));
  return decoded;
}

/** A client's stream begins with packets that have no type. */
function decodeClient(chunks: readonly Buffer[]): string[] {
  const startup = new StartupDecoder();
  let index = 0;
  for (; index < chunks.length && startup.body() === null; index++) startup.push(Buffer.from(chunks[index] ?? []));
  const body = startup.body();
  if (body === null) throw new Error('the session has no beginning');
  const packet = p.decodeStartupPacket(body);
  const opened =
    packet.kind === 'StartupMessage'
      ? `3.${packet.message.protocolMinor} ${[...packet.message.parameters, ...packet.message.protocolOptions].join(' ')}`
      : packet.kind;
  return [opened, ...decodeFrames('client', [startup.rest(), ...chunks.slice(index)])];
}

const decode = (letter: 'F' | 'B', chunks: readonly Buffer[]): string[] =>
  letter === 'F' ? decodeClient(chunks) : decodeFrames('upstream', chunks);

/** The stream in pieces of any size, empty ones too. */
const pieces = (stream: Buffer): fc.Arbitrary<readonly Buffer[]> =>
  fc.array(fc.nat(stream.length), { maxLength: 40 }).map((cuts) => {
    const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
    return at.slice(1).map((end, index) => stream.subarray(at[index] ?? 0, end));
  });

test('there are twelve of them, and what can be said in a session is said in one', () => {
  expect(SESSIONS).toHaveLength(12);
  const said = (letter: 'F' | 'B'): Set<string> =>
    new Set(SESSIONS.flatMap((name) => decode(letter, chunksOf(name, letter)).map((line) => line.split(' ')[0] ?? '')));
  const named = (rows: ReadonlyMap<number, p.MessageRow>): string[] => [...rows.values()].map(({ name }) => name);
  const missing = (letter: 'F' | 'B', rows: ReadonlyMap<number, p.MessageRow>): string[] =>
    named(rows).filter((name) => !said(letter).has(name));
  expect(missing('F', p.FRONTEND_MESSAGES)).toEqual([]);
  // Only replication has CopyBothResponse.
  expect(missing('B', p.BACKEND_MESSAGES)).toEqual(['CopyBothResponse']);
});

describe.each(SESSIONS)('%s', (session) => {
  test.each(['F', 'B'] as const)('%s: any split and any joining decodes alike', (letter) => {
    const chunks = chunksOf(session, letter);
    const stream = Buffer.concat(chunks);
    const expected = decode(letter, chunks);
    expect(expected.length).toBeGreaterThan(3);
    expect(expected.join('\n')).not.toContain('cannot be decoded');
    expect(decode(letter, [stream])).toEqual(expected);
    expect(
      decode(
        letter,
        [...stream].map((byte) => Buffer.of(byte)),
      ),
    ).toEqual(expected);
    fc.assert(
      fc.property(pieces(stream), (cut) => {
        expect(decode(letter, cut)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
