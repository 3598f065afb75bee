import { closeSync, fstatSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type AuditEvent, GatewayError, type Protocol, type TranscriptEntry } from '@bailiwick/domain';
import { decodeEvent } from '../format/event-record.ts';
import { decodeFrames, FRAME_HEADER_BYTES, type FramesPayload, openBody } from '../format/frames-record.ts';
import {
  computeHash,
  KIND,
  LOG_CHAIN_PREFIX,
  type RecordHead,
  statedHash,
  WRAPPED_KEYS_BYTES,
} from '../format/record.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { type BodyKey, type SessionKeys, unwrapSessionKeys } from '../format/session-keys.ts';
import type { SegmentFiles } from '../log/segment-files.ts';
import { ChainBook } from '../verify/chain-book.ts';
import { FileWindow } from './file-window.ts';
import { type WalkedRecord, walkRecords } from './walk-records.ts';

/** Turns the frames of one direction into words; given by the composition root, because formats know no protocol. */
export type DescribeFrames = (
  protocol: Protocol,
  from: 'client' | 'upstream',
  bytes: Buffer,
) => readonly { readonly name: string; readonly bytes: number; readonly text: string | null }[];

export interface SessionReaderOptions {
  readonly files: SegmentFiles;
  readonly sessionId: string;
  /** Segment to begin with: the one that holds the session's first record, or an earlier one. */
  readonly fromSegment: number;
  /** How far the log reaches: its open segment and how many bytes of it were written. */
  readonly through: { readonly number: number; readonly bytes: number };
  readonly bodyKey: BodyKey;
  /** Keys of a session that is still live; needed where none are written. */
  readonly liveKeys: SessionKeys | null;
  readonly describeFrames: DescribeFrames;
}

/** Records looked at before other work gets its turn. */
const TURN_RECORDS = 200;

/** A session's entries in order, each record checked before it is shown. Throws at the first that does not verify. */
export async function* readSession(options: SessionReaderOptions): AsyncGenerator<TranscriptEntry> {
  const { files, sessionId, through } = options;
  const reading = new SessionReading(options);
  let looked = 0;
  for (let number = options.fromSegment; number <= through.number; number++) {
    const descriptor = files.open(number);
    if (descriptor === null) {
      if (!reading.begun) continue;
      throw broken(sessionId, `segment ${number} of the log is missing`);
    }
    try {
      const end = number === through.number ? through.bytes : fstatSync(descriptor).size;
      const walk = walkRecords(new FileWindow(descriptor, end), SEGMENT_HEADER_BYTES);
      for (;;) {
        const step = walk.next();
        if (step.done) {
          if (step.value.state === 'complete') break;
          throw broken(sessionId, `segment ${number} cannot be read behind byte ${step.value.offset}`);
        }
        looked += 1;
        if (looked % TURN_RECORDS === 0) await setImmediate();
        const { head } = step.value;
        if (head.sessionId === sessionId) {
          const entry = reading.entry(step.value);
          if (entry !== null) yield entry;
          if (reading.ended) return;
        } else if (reading.begun && head.sequence === 1 && head.sessionId.startsWith(LOG_CHAIN_PREFIX)) {
          return; // The gateway was started anew: the session cannot have gone on.
        }
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

class SessionReading {
  readonly #options: SessionReaderOptions;
  readonly #chain = new ChainBook(true);
  #keys: SessionKeys | null;
  #protocol: Protocol | null = null;
  begun = false;
  ended = false;

  constructor(options: SessionReaderOptions) {
    this.#options = options;
    this.#keys = options.liveKeys;
  }

  /** The entry that a record of the session makes; null for records that are no one's to read. */
  entry({ head, whole }: WalkedRecord): TranscriptEntry | null {
    this.begun = true;
    const record = whole();
    const stated = statedHash(record, head);
    if (!computeHash(record, head).equals(stated)) throw this.#broken(head, 'was altered');
    const fault = this.#chain.follow(head, stated);
    if (fault !== null) throw this.#broken(head, `is out of place (${fault.replace(/\.$/, '')})`);
    switch (head.kind) {
      case KIND.event:
        return this.#event(record, head);
      case KIND.clientFrames:
      case KIND.upstreamFrames:
        return this.#frames(record, head);
      case KIND.key:
        this.#unwrap(record, head);
        return null;
      case KIND.seal:
        return null;
      default:
        return head.kind satisfies never;
    }
  }

  #event(record: Buffer, head: RecordHead): TranscriptEntry {
    const event: AuditEvent | null = decodeEvent(record, head);
    if (event === null) throw this.#broken(head, 'holds no event');
    if (event.type === 'session.start') this.#protocol = event.session.protocol;
    if (event.type === 'session.end') this.ended = true;
    return { sequence: head.sequence, at: head.timeMicros / 1000, kind: 'event', event, messages: [] };
  }

  #frames(record: Buffer, head: RecordHead): TranscriptEntry {
    const frames = decodeFrames(record, head);
    if (frames === null) throw this.#broken(head, 'holds frames that do not fit its length');
    const kind = head.kind === KIND.clientFrames ? 'client' : 'upstream';
    let body: Buffer | null = null;
    if (frames.body !== null && this.#keys !== null) {
      body = openBody(record, head, frames, this.#keys);
      if (body === null) throw this.#broken(head, 'has a body that does not decrypt to what it commits to');
    }
    const messages = this.#describe(kind, frames, body);
    return { sequence: head.sequence, at: head.timeMicros / 1000, kind, event: null, messages };
  }

  #describe(from: 'client' | 'upstream', frames: FramesPayload, body: Buffer | null): TranscriptEntry['messages'] {
    if (body === null || this.#protocol === null) return namesOnly(frames.headers);
    try {
      return this.#options.describeFrames(this.#protocol, from, body);
    } catch {
      // What the describer says about bytes that it does not understand may quote them.
      return namesOnly(frames.headers);
    }
  }

  /** Bodies stay closed where the keys were erased or belong to another gateway; keys of ours must open. */
  #unwrap(record: Buffer, head: RecordHead): void {
    const { bodyKey, sessionId } = this.#options;
    const wrapped = record.subarray(head.length - WRAPPED_KEYS_BYTES);
    if (wrapped.every((byte) => byte === 0) || !head.keyId.equals(bodyKey.id)) return;
    this.#keys = unwrapSessionKeys(wrapped, bodyKey, sessionId);
    if (this.#keys === null) throw this.#broken(head, 'holds session keys that do not unwrap');
  }

  #broken(head: RecordHead, what: string): GatewayError {
    return broken(this.#options.sessionId, `record ${head.sequence} ${what}`);
  }
}

function namesOnly(headers: Buffer): TranscriptEntry['messages'] {
  const messages: { name: string; bytes: number; text: null }[] = [];
  for (let at = 0; at + FRAME_HEADER_BYTES <= headers.length; at += FRAME_HEADER_BYTES) {
    const type = headers.readUInt8(at);
    const printable = type > 0x20 && type < 0x7f;
    const bytes = headers.readUInt32BE(at + 1) + (type === 0 ? 0 : 1);
    messages.push({ name: printable ? String.fromCharCode(type) : 'untyped', bytes, text: null });
  }
  return messages;
}

function broken(sessionId: string, what: string): GatewayError {
  return new GatewayError(
    'audit-unavailable',
    `The transcript of ${sessionId} does not verify: ${what}.`,
    'run `bailiwick audit verify`',
  );
}
