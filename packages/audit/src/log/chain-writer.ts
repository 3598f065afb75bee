import { hash } from 'node:crypto';
import type { AuditEvent, Clock } from '@bailiwick/domain';
import { writeUint64 } from '../format/numbers.ts';
import {
  AT,
  KEY_ID_BYTES,
  KIND,
  LINK_AT,
  PREVIOUS_AT,
  type RecordKind,
  SEQUENCE_AT,
  SESSION_ID_AT,
  SESSION_ID_BYTES_MAX,
  TIME_AT,
  trailerBytes,
} from '../format/record.ts';
import { FORMAT_VERSION, HASH_BYTES, NO_HASH } from '../format/segment-header.ts';
import type { Spool } from './spool.ts';

/** A record that is being built in the spool's buffer. */
export interface OpenRecord {
  readonly kind: RecordKind;
  /** Where it begins in the spool's buffer. */
  readonly at: number;
  readonly bytes: number;
  readonly payloadAt: number;
  readonly sequence: number;
}

/** Appends one session's records to the spool: numbers them, links them, hashes them. */
export class ChainWriter {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #sessionId: Buffer;
  readonly #keyId: Buffer;
  #sequence = 0;
  #previous: Buffer = NO_HASH;

  /** @param sessionId 1 to 64 ASCII characters. @param keyId names the wrapping key; null: no key is kept. */
  constructor(spool: Spool, clock: Clock, sessionId: string, keyId: Buffer | null) {
    if (!/^[\x21-\x7e]{1,64}$/.test(sessionId) || sessionId.length > SESSION_ID_BYTES_MAX) {
      throw new RangeError('a session id is 1 to 64 printable ASCII characters');
    }
    this.#spool = spool;
    this.#clock = clock;
    this.#sessionId = Buffer.from(sessionId, 'latin1');
    this.#keyId = keyId ?? Buffer.alloc(KEY_ID_BYTES);
  }

  /** Writes the head of a record; nothing is appended before `finish`, and no other record may begin before that. */
  begin(kind: RecordKind, flags: number, payloadBytes: number): OpenRecord {
    const bytes = SESSION_ID_AT + this.#sessionId.length + payloadBytes + trailerBytes(kind);
    const at = this.#spool.reserve(bytes);
    const buffer = this.#spool.buffer;
    const sequence = this.#sequence + 1;
    buffer.writeUInt32BE(bytes, at + AT.length);
    buffer.writeUInt32BE(~bytes >>> 0, at + AT.complement);
    buffer[at + AT.version] = FORMAT_VERSION;
    buffer[at + AT.kind] = kind;
    buffer[at + AT.flags] = flags;
    buffer[at + AT.idLength] = this.#sessionId.length;
    this.#keyId.copy(buffer, at + AT.keyId);
    writeUint64(buffer, at + SEQUENCE_AT, sequence);
    writeUint64(buffer, at + TIME_AT, Math.round(this.#clock.now() * 1000));
    this.#previous.copy(buffer, at + PREVIOUS_AT);
    this.#spool.link.copy(buffer, at + LINK_AT);
    this.#sessionId.copy(buffer, at + SESSION_ID_AT);
    return { kind, at, bytes, payloadAt: at + SESSION_ID_AT + this.#sessionId.length, sequence };
  }

  /** Hashes the record and appends it. */
  finish(record: OpenRecord): void {
    const buffer = this.#spool.buffer;
    const hashAt = record.at + record.bytes - trailerBytes(record.kind);
    const digest = hash('sha256', buffer.subarray(record.at, hashAt), 'buffer');
    digest.copy(buffer, hashAt);
    this.#sequence = record.sequence;
    this.#previous = digest;
    this.#spool.commit(record.bytes, digest);
  }

  /** Appends an event, in clear: events hold no values (law 3). */
  event(event: AuditEvent): void {
    const json = Buffer.from(JSON.stringify(event));
    const record = this.begin(KIND.event, 0, json.length);
    json.copy(this.#spool.buffer, record.payloadAt);
    this.finish(record);
  }

  /** Appends wrapped session keys; the hash covers their digest, so that they can be erased and the chain still verifies. */
  keys(wrapped: Buffer): void {
    const record = this.begin(KIND.key, 0, HASH_BYTES);
    const buffer = this.#spool.buffer;
    hash('sha256', wrapped, 'buffer').copy(buffer, record.payloadAt);
    wrapped.copy(buffer, record.at + record.bytes - wrapped.length);
    this.finish(record);
  }
}
