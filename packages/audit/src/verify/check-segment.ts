import { hash, type KeyObject } from 'node:crypto';
import { decodeEvent } from '../format/event-record.ts';
import { decodeFrames, FRAME_HEADER_BYTES } from '../format/frames-record.ts';
import {
  computeHash,
  KIND,
  type RecordHead,
  recordPayload,
  statedHash,
  trailerBytes,
  WRAPPED_KEYS_BYTES,
} from '../format/record.ts';
import { faultOfSeal } from '../format/seal-record.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from '../format/segment-header.ts';
import type { FileWindow } from '../read/file-window.ts';
import { type WalkedRecord, walkRecords } from '../read/walk-records.ts';
import type { ChainBook } from './chain-book.ts';

/** Something that does not verify, and where. */
export interface SegmentFault {
  /** Byte offset in the file. */
  readonly offset: number;
  readonly session: string | null;
  readonly sequence: number | null;
  readonly sentence: string;
}

/** What a segment turned out to hold. */
export interface SegmentReport {
  readonly header: SegmentHeader | null;
  readonly faults: readonly SegmentFault[];
  readonly sealed: boolean;
  readonly records: number;
  readonly frames: number;
  /** Key records whose wrapped keys were erased: their bodies can no longer be read. */
  readonly erasedKeys: number;
  /** Hash of the last record (or of the header): a sealed segment's successor links to it. */
  readonly lastHash: Buffer;
  readonly lastMicros: number;
  /** Where the last complete record ends. */
  readonly verifiedTo: number;
  /** Bytes behind it that a crash left of an incomplete record. */
  readonly tornBytes: number;
}

/** Beyond this a segment is hopeless and the list is only noise. */
const FAULTS_MAX = 50;

/**
 * Checks a segment or spool file: structure, every hash, the links within the file, each session's chain by `chains`,
 * and the seal by `publicKey` (null: its signature is not checked). A torn end is reported, not a fault.
 */
export function checkSegment(file: FileWindow, chains: ChainBook, publicKey: KeyObject | null): SegmentReport {
  const header = decodeSegmentHeader(file.view(0, SEGMENT_HEADER_BYTES));
  if (typeof header === 'string') {
    const fault = { offset: 0, session: null, sequence: null, sentence: header };
    return { ...EMPTY, header: null, faults: [fault], lastHash: Buffer.alloc(0) };
  }
  const check = new SegmentCheck(file, header, chains, publicKey);
  const walk = walkRecords(file, SEGMENT_HEADER_BYTES);
  for (;;) {
    const step = walk.next();
    if (step.done) {
      if (step.value.state === 'altered') check.fault(step.value.offset, null, 'What stands here is not a record.');
      return check.report(step.value.state === 'torn' ? step.value.offset : null);
    }
    if (!check.record(step.value)) return check.report(step.value.offset);
    if (check.faults.length >= FAULTS_MAX) return check.report(null);
  }
}

const EMPTY = {
  sealed: false,
  records: 0,
  frames: 0,
  erasedKeys: 0,
  lastMicros: 0,
  verifiedTo: 0,
  tornBytes: 0,
};

class SegmentCheck {
  readonly faults: SegmentFault[] = [];
  readonly #file: FileWindow;
  readonly #header: SegmentHeader;
  readonly #chains: ChainBook;
  readonly #publicKey: KeyObject | null;
  #sealed = false;
  #records = 0;
  #frames = 0;
  #erasedKeys = 0;
  #lastHash: Buffer;
  #lastMicros: number;
  #verifiedTo = SEGMENT_HEADER_BYTES;

  constructor(file: FileWindow, header: SegmentHeader, chains: ChainBook, publicKey: KeyObject | null) {
    this.#file = file;
    this.#header = header;
    this.#chains = chains;
    this.#publicKey = publicKey;
    this.#lastHash = header.hash;
    this.#lastMicros = header.createdMicros;
  }

  /** Checks one record. False: it is complete in length only, and the rest was never written (zeros to the end). */
  record(walked: WalkedRecord): boolean {
    const { offset, head } = walked;
    const stated = Buffer.from(statedHash(walked.whole(), head));
    const altered = !computeHash(walked.whole(), head).equals(stated);
    if (altered && this.#file.zeroFrom(offset + head.length - trailerBytes(head.kind))) return false;
    if (this.#sealed) this.fault(offset, head, 'A record stands behind the seal.');
    if (altered) this.fault(offset, head, 'The record was altered: its bytes do not give the hash that it states.');
    else this.#content(offset, head, walked.whole());
    if (!head.link.equals(this.#lastHash)) {
      this.fault(
        offset,
        head,
        'The record does not link to the one before it: records are missing, added or out of order.',
      );
    }
    const misplaced = this.#chains.follow(head, stated);
    if (misplaced !== null) this.fault(offset, head, misplaced);
    if (head.kind === KIND.event && !altered && this.#endsSession(head, walked.whole()))
      this.#chains.end(head.sessionId);
    this.#records += 1;
    this.#lastHash = stated;
    this.#lastMicros = head.timeMicros;
    this.#verifiedTo = offset + head.length;
    return true;
  }

  fault(offset: number, head: RecordHead | null, sentence: string): void {
    this.faults.push({ offset, session: head?.sessionId ?? null, sequence: head?.sequence ?? null, sentence });
  }

  report(tornAt: number | null): SegmentReport {
    if (tornAt !== null && this.#sealed) this.fault(tornAt, null, 'Bytes stand behind the seal.');
    return {
      header: this.#header,
      faults: this.faults,
      sealed: this.#sealed,
      records: this.#records,
      frames: this.#frames,
      erasedKeys: this.#erasedKeys,
      lastHash: this.#lastHash,
      lastMicros: this.#lastMicros,
      verifiedTo: this.#verifiedTo,
      tornBytes: tornAt === null ? 0 : this.#file.end - tornAt,
    };
  }

  /** What a record of its kind must hold beside a right hash. */
  #content(offset: number, head: RecordHead, record: Buffer): void {
    switch (head.kind) {
      case KIND.event:
        if (decodeEvent(record, head) === null) this.fault(offset, head, 'The record holds no event.');
        return;
      case KIND.clientFrames:
      case KIND.upstreamFrames: {
        const frames = decodeFrames(record, head);
        if (frames === null) this.fault(offset, head, 'The frames of the record do not fit its length.');
        else this.#frames += frames.headers.length / FRAME_HEADER_BYTES;
        return;
      }
      case KIND.key:
        this.#wrappedKeys(offset, head, record);
        return;
      case KIND.seal: {
        const sentence = faultOfSeal(record, head, this.#records, this.#header.hash, this.#publicKey);
        if (sentence !== null) this.fault(offset, head, sentence);
        this.#sealed = true;
        return;
      }
      default:
        head.kind satisfies never;
    }
  }

  /** The wrapped keys stand outside of the hash, which covers their digest: they are whole, or erased, or altered. */
  #wrappedKeys(offset: number, head: RecordHead, record: Buffer): void {
    const wrapped = record.subarray(head.length - WRAPPED_KEYS_BYTES, head.length);
    if (wrapped.every((byte) => byte === 0)) this.#erasedKeys += 1;
    else if (!hash('sha256', wrapped, 'buffer').equals(recordPayload(record, head))) {
      this.fault(offset, head, 'The wrapped keys were altered: they do not give the digest that the record states.');
    }
  }

  #endsSession(head: RecordHead, record: Buffer): boolean {
    return decodeEvent(record, head)?.type === 'session.end';
  }
}
