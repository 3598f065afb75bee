import type { AuditEvent, SessionInfo } from '@bailiwick/domain';

/**
 * Consecutive frames that travelled in one direction in one turn of a session. The buffers are read before `frames`
 * returns and never kept.
 */
export interface FrameRun {
  /** Which peer sent the frames. */
  readonly from: 'client' | 'upstream';
  /**
   * 5 bytes a frame, as on the client's side of the gateway: type byte, then the length field of the wire. Empty where
   * nothing travelled there: messages of the gateway's own, and their answers.
   */
  readonly headers: Buffer;
  /** What travelled on the client's side: received from it, or delivered to it. */
  readonly clientSide: readonly Buffer[];
  /** What travelled on the upstream's side; null where it is the same bytes. */
  readonly upstreamSide: readonly Buffer[] | null;
  /** What is kept, encrypted, as the body; null where it is the client's side. Differs where a reader was exempt (law 3). */
  readonly recorded: readonly Buffer[] | null;
}

/** One session's record. Calls are ordered; each throws when the record cannot be written, and then nothing may run. */
export interface Transcript {
  /** Appends a run of frames to the chain in memory. */
  frames(run: FrameRun): void;
  /** Appends an event to the chain in memory. */
  event(event: AuditEvent): void;
  /** Hands everything appended so far to the operating system with write(2), at once. Cheap when nothing is new. */
  flush(): void;
  /** Resolves when everything appended so far is on stable storage (one fsync for all who wait). */
  durable(): Promise<void>;
  /** Appends `session.end` and releases the session's key. Idempotent. */
  end(reason: string): void;
}

/** What the gateway needs of the audit log. */
export interface Recorder {
  /** Opens a transcript; its `session.start` event is written before this returns. */
  open(session: SessionInfo): Transcript;
}
