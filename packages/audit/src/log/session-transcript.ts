import { randomBytes } from 'node:crypto';
import { type AuditEvent, GatewayError } from '@bailiwick/domain';
import {
  commit,
  FRAME_HEADER_BYTES,
  framesPayloadBytes,
  NONCE_BYTES,
  writeBody,
  writeFramesHead,
} from '../format/frames-record.ts';
import { writeUint64 } from '../format/numbers.ts';
import { FLAG, KIND } from '../format/record.ts';
import { type SessionKeys, wipeSessionKeys } from '../format/session-keys.ts';
import type { FrameRun, Transcript } from '../transcript.ts';
import type { ChainWriter } from './chain-writer.ts';
import type { Spool } from './spool.ts';

/** What a session's transcript writes with, and whom it tells. */
export interface SessionParts {
  readonly chain: ChainWriter;
  readonly spool: Spool;
  readonly keys: SessionKeys;
  /** False: commitments only. */
  readonly keepBodies: boolean;
  /** Told how many frames a run held. */
  readonly onFrames: (from: 'client' | 'upstream', frames: number) => void;
  /** Told once, when the session ended and its keys are about to be wiped. */
  readonly onEnd: () => void;
}

/** One session's writing end. One record per run of frames, however many frames it holds. */
export class SessionTranscript implements Transcript {
  readonly #parts: SessionParts;
  /** 4 random bytes of the session, then the record's sequence: no nonce repeats under a session's key. */
  readonly #nonce: Buffer = Buffer.alloc(NONCE_BYTES);
  #ended = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    randomBytes(4).copy(this.#nonce);
  }

  frames(run: FrameRun): void {
    this.#assertOpen();
    const { chain, spool, keys, keepBodies } = this.#parts;
    // No frames at all on the client's side: the gateway's own messages and the answers to them.
    if (run.headers.length % FRAME_HEADER_BYTES !== 0) {
      throw new GatewayError('internal', 'A run of frames has headers of the wrong size.');
    }
    const kind = run.from === 'client' ? KIND.clientFrames : KIND.upstreamFrames;
    const recorded = run.recorded ?? run.clientSide;
    const flags =
      (run.upstreamSide === null ? FLAG.sameUpstream : 0) |
      (keepBodies ? FLAG.body : 0) |
      (keepBodies && run.recorded === null ? FLAG.bodyIsClientSide : 0);
    const bodyBytes = keepBodies ? byteCount(recorded) : null;
    const record = chain.begin(kind, flags, framesPayloadBytes(run.headers.length, bodyBytes));
    const client = commit(keys, record.sequence, run.clientSide);
    const upstream = run.upstreamSide === null ? client : commit(keys, record.sequence, run.upstreamSide);
    const bodyAt = writeFramesHead(spool.buffer, record.payloadAt, run.headers, upstream, client);
    if (keepBodies) {
      writeUint64(this.#nonce, 4, record.sequence);
      writeBody(spool.buffer, record.at, bodyAt, keys, this.#nonce, recorded);
    }
    chain.finish(record);
    this.#parts.onFrames(run.from, run.headers.length / FRAME_HEADER_BYTES);
  }

  event(event: AuditEvent): void {
    this.#assertOpen();
    if (event.type === 'session.start' || event.type === 'session.end') {
      throw new GatewayError('internal', `The audit log itself writes ${event.type}.`);
    }
    this.#parts.chain.event(event);
  }

  flush(): void {
    this.#parts.spool.flush();
  }

  durable(): Promise<void> {
    return this.#parts.spool.durable();
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      this.#parts.chain.event({ type: 'session.end', reason });
      this.#parts.spool.flush();
    } finally {
      this.#parts.onEnd();
      wipeSessionKeys(this.#parts.keys);
    }
  }

  #assertOpen(): void {
    if (this.#ended) throw new GatewayError('internal', 'The transcript of this session has ended.');
  }
}

function byteCount(parts: readonly Buffer[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}
