import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type AuditIdentity,
  type Clock,
  GatewayError,
  type Log,
  type SessionInfo,
  type SessionSummary,
  type StatementSummary,
  type Telemetry,
  type TranscriptEntry,
  type TranscriptReader,
} from '@bailiwick/domain';
import { KIND, LOG_CHAIN_PREFIX } from '../format/record.ts';
import { SEAL_PAYLOAD_BYTES, writeSeal } from '../format/seal-record.ts';
import { type BodyKey, makeSessionKeys, type SessionKeys, wrapSessionKeys } from '../format/session-keys.ts';
import { type DescribeFrames, readSession } from '../read/session-reader.ts';
import { firstSegmentOf, selectSession, selectSessions, selectStatements } from '../session-index/index-queries.ts';
import { LOG_OPENED } from '../session-index/index-store.ts';
import { Indexer } from '../session-index/indexer.ts';
import type { Recorder, Transcript } from '../transcript.ts';
import { ChainWriter } from './chain-writer.ts';
import { isReadableByOthers, loadBodyKey, loadSigningKey, publishKey, type SigningKey } from './key-files.ts';
import { type Found, recover } from './recovery.ts';
import { PUBLIC_KEY_NAME, SegmentFiles } from './segment-files.ts';
import { SessionTranscript } from './session-transcript.ts';
import { Spool } from './spool.ts';
import { lockSpool } from './spool-lock.ts';

/** A segment is sealed when it reaches this. */
const SEGMENT_BYTES_MAX: number = 64 * 1024 * 1024;

export interface AuditLogOptions {
  /** Where the open file is. One process at a time. */
  readonly spoolDirectory: string;
  /** Where sealed segments go; on the spool's file system. */
  readonly segmentsDirectory: string;
  /** SQLite file of the index; may be shared with other tables. */
  readonly indexPath: string;
  /** Ed25519 private key (PKCS 8, PEM); made while the log is empty. The public half is written beside it. */
  readonly signingKeyFile: string;
  /** Key that wraps session keys (64 hexadecimal digits); made while the log is empty. */
  readonly bodyKeyFile: string;
  /** `keep`: readable by whoever has the body key. `session`: only while the session lives. `off`: commitments only. */
  readonly bodies: 'keep' | 'session' | 'off';
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly describeFrames: DescribeFrames;
  /** Size at which a segment is sealed; 64 MiB unless given. */
  readonly segmentBytesMax?: number;
}

/**
 * Opens the log: takes the spool, brings what a crash left in order, seals it, and begins a new segment. Throws
 * `audit-unavailable`, naming file and offset, when the files are not what a crash can leave, a key is missing, or
 * another process has the spool.
 */
export function openAuditLog(options: AuditLogOptions): AuditLog {
  const files = new SegmentFiles(options.spoolDirectory, options.segmentsDirectory);
  const unlock = lockSpool(options.spoolDirectory);
  try {
    const empty = files.sealed().length === 0 && files.spooled().length === 0;
    const signingKey = loadSigningKey(options.signingKeyFile, empty);
    const bodyKey = loadBodyKey(options.bodyKeyFile, empty);
    for (const path of [options.signingKeyFile, options.bodyKeyFile]) {
      if (isReadableByOthers(path)) options.log.warn({ path }, 'the key can be read by others than its owner');
    }
    publishKey(options.signingKeyFile.replace(/(\.key)?$/, '.pub'), signingKey);
    publishKey(join(options.segmentsDirectory, PUBLIC_KEY_NAME), signingKey);
    return new AuditLog(options, { files, signingKey, bodyKey, found: recover(files, signingKey), unlock });
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The transcript of all sessions: written by sessions through `open`, read through the other methods. */
export class AuditLog implements Recorder, TranscriptReader {
  readonly #options: AuditLogOptions;
  readonly #files: SegmentFiles;
  readonly #bodyKey: BodyKey;
  readonly #unlock: () => void;
  readonly #spool: Spool;
  readonly #indexer: Indexer;
  /** Keys of sessions that have not ended. */
  readonly #live = new Map<string, SessionKeys>();

  /** Use `openAuditLog`. */
  constructor(
    options: AuditLogOptions,
    parts: {
      readonly files: SegmentFiles;
      readonly signingKey: SigningKey;
      readonly bodyKey: BodyKey;
      readonly found: Found;
      readonly unlock: () => void;
    },
  ) {
    const { clock, telemetry, log } = options;
    const { files, signingKey, found } = parts;
    this.#options = options;
    this.#files = files;
    this.#bodyKey = parts.bodyKey;
    this.#unlock = parts.unlock;
    const written = (): { number: number; bytes: number } => ({
      number: this.#spool.number,
      bytes: this.#spool.fileBytes,
    });
    this.#indexer = new Indexer({ path: options.indexPath, files, written, clock, telemetry, log });
    this.#spool = new Spool({
      files,
      tail: found.tail,
      resume: found.unsealed,
      signingKeyId: signingKey.id,
      segmentBytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
      clock,
      telemetry,
      log,
      appendSeal: () => this.#appendSeal(chain, signingKey),
      onWritten: () => this.#indexer.poke(),
    });
    const chain = new ChainWriter(this.#spool, clock, LOG_CHAIN_PREFIX + randomBytes(10).toString('hex'), null);
    this.#begin(chain, found);
  }

  /** Opens a session's transcript; its start and its wrapped keys are with the operating system when this returns. */
  open(session: SessionInfo): Transcript {
    if (this.#live.has(session.id)) throw new GatewayError('internal', 'A transcript of this session is open already.');
    if (session.id.startsWith(LOG_CHAIN_PREFIX)) throw new GatewayError('internal', 'The session id is reserved.');
    const keys = makeSessionKeys();
    const { bodies, clock, telemetry } = this.#options;
    const keepKeys = bodies !== 'session';
    const chain = new ChainWriter(this.#spool, clock, session.id, keepKeys ? this.#bodyKey.id : null);
    chain.event({ type: 'session.start', session: auditSession(session) });
    if (keepKeys) chain.keys(wrapSessionKeys(keys, this.#bodyKey, session.id));
    this.#spool.flush();
    this.#live.set(session.id, keys);
    return new SessionTranscript({
      chain,
      spool: this.#spool,
      keys,
      keepBodies: bodies !== 'off',
      onFrames: (from, frames) => telemetry.count('audit_frames_total', { direction: from }, frames),
      onEnd: () => this.#live.delete(session.id),
    });
  }

  async sessions(filter: Parameters<TranscriptReader['sessions']>[0]): Promise<readonly SessionSummary[]> {
    return selectSessions((await this.#currentIndex()).database, filter);
  }

  async session(id: string): Promise<SessionSummary | null> {
    return selectSession((await this.#currentIndex()).database, id);
  }

  async statements(filter: Parameters<TranscriptReader['statements']>[0]): Promise<readonly StatementSummary[]> {
    return selectStatements((await this.#currentIndex()).database, filter);
  }

  /** Reads what was written when it is called, of ended and of live sessions. Needs no index, but is faster with one. */
  async *transcript(sessionId: string): AsyncGenerator<TranscriptEntry> {
    const known = await this.#firstSegment(sessionId);
    yield* readSession({
      files: this.#files,
      sessionId,
      fromSegment: known ?? this.#files.sealed()[0] ?? this.#spool.number,
      through: { number: this.#spool.number, bytes: this.#spool.fileBytes },
      bodyKey: this.#bodyKey,
      liveKeys: this.#options.bodies === 'session' ? (this.#live.get(sessionId) ?? null) : null,
      describeFrames: this.#options.describeFrames,
    });
  }

  /** Throws `audit-unavailable` when nothing can be recorded any more: for readiness checks. */
  assertUsable(): void {
    this.#spool.assertUsable();
  }

  /** Seals the open segment now and begins the next, so that everything recorded so far is signed and can be copied. */
  seal(): Promise<void> {
    return this.#spool.seal();
  }

  /** Seals the open segment and gives the spool back. Transcripts that are still open can write no more. */
  async close(): Promise<void> {
    try {
      await this.#spool.close();
      await this.#indexer.close();
    } finally {
      this.#unlock();
    }
  }

  /** What this run finds and does first is itself part of the record. */
  #begin(chain: ChainWriter, found: Found): void {
    const alert = (name: string, reason: string): void => {
      chain.event({ type: 'alert', alert: name, reason });
      this.#options.log.warn({ alert: name }, reason);
    };
    const { unsealed, droppedBytes } = found;
    if (unsealed !== null) {
      if (unsealed.cutBytes > 0) {
        alert('spool-cut', `${unsealed.cutBytes} bytes of an incomplete record were cut off at byte ${unsealed.cutAt}`);
      }
      alert('spool-recovered', `segment ${unsealed.number} was not sealed by the run that wrote it`);
      this.#spool.sealNow();
    }
    if (droppedBytes > 0) alert('spool-cut', `${droppedBytes} bytes of an incomplete segment header were dropped`);
    chain.event({ type: 'alert', alert: LOG_OPENED, reason: `bodies: ${this.#options.bodies}` });
    if (this.#indexer.open()) {
      alert('log-rolled-back', 'the index had read records that are not in the log; it is built again');
    }
    this.#spool.flush();
  }

  #appendSeal(chain: ChainWriter, key: SigningKey): void {
    const record = chain.begin(KIND.seal, 0, SEAL_PAYLOAD_BYTES);
    const { buffer, records, headerHash } = this.#spool;
    writeSeal(buffer, record.at, record.payloadAt, records, headerHash, key.privateKey);
    chain.finish(record);
  }

  #currentIndex(): ReturnType<Indexer['upToDate']> {
    return this.#indexer.upToDate();
  }

  async #firstSegment(sessionId: string): Promise<number | null> {
    try {
      return firstSegmentOf((await this.#currentIndex()).database, sessionId);
    } catch {
      return null;
    }
  }
}

/** The session as it is recorded: named fields only, so that nothing else of the object gets into the log. */
function auditSession(session: SessionInfo): Omit<SessionInfo, 'identity'> & { readonly identity: AuditIdentity } {
  const { id, protocol, datasource, identity, role, clientAddress, application, credential, startedAt } = session;
  const who: AuditIdentity = {
    key: identity.key,
    human: identity.human?.subject ?? null,
    agent: identity.agent?.subject ?? null,
    clientId: identity.clientId,
    region: identity.region,
    modelRegion: identity.modelRegion,
  };
  const way = credential === undefined ? {} : { credential };
  return { id, protocol, datasource, identity: who, role, clientAddress, application, ...way, startedAt };
}
