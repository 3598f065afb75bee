import { closeSync, fsyncSync, ftruncateSync, openSync, statSync, unlinkSync } from 'node:fs';
import { GatewayError } from '@bailiwick/domain';
import { NO_HASH, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { FileWindow } from '../read/file-window.ts';
import { ChainBook } from '../verify/chain-book.ts';
import { checkSegment, type SegmentReport } from '../verify/check-segment.ts';
import type { SigningKey } from './key-files.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Where the spool continues: the log as it was found. */
export interface LogTail {
  /** Number of the last sealed segment; 0: there is none. */
  readonly number: number;
  /** Hash of its seal. */
  readonly hash: Buffer;
}

/** A spool file that the last run did not seal, checked and, where it was torn, cut back to its last whole record. */
export interface Unsealed {
  readonly number: number;
  readonly headerHash: Buffer;
  readonly lastHash: Buffer;
  readonly records: number;
  readonly bytes: number;
  readonly cutBytes: number;
  readonly cutAt: number;
}

/** The log as the last run left it. */
export interface Found {
  readonly tail: LogTail;
  readonly unsealed: Unsealed | null;
  /** Bytes of a file that was not even a whole header; it is gone. */
  readonly droppedBytes: number;
}

/**
 * Brings the files of the last run in order: a sealed file left in the spool is moved, a torn end is cut off. Anything
 * that a crash cannot explain stops it: the error names file and offset, and the file stays as it is.
 */
export function recover(files: SegmentFiles, key: SigningKey): Found {
  let tail = lastSealed(files, key);
  let unsealed: Unsealed | null = null;
  let droppedBytes = 0;
  for (const number of files.spooled()) {
    const path = files.spoolPath(number);
    if (unsealed !== null) throw refusal(path, 0, 'it stands behind a file that was never sealed');
    const { size } = statSync(path);
    if (number === tail.number + 1 && neverBegun(path, size)) {
      droppedBytes = size;
      unlinkSync(path);
      continue;
    }
    const report = checked(path, key);
    assertNamed(path, number, report);
    assertFollows(path, report, tail);
    if (report.sealed) {
      files.move(number);
      tail = { number, hash: report.lastHash };
    } else {
      unsealed = cut(path, number, report);
    }
  }
  return { tail, unsealed, droppedBytes };
}

function lastSealed(files: SegmentFiles, key: SigningKey): LogTail {
  const number = files.sealed().at(-1);
  if (number === undefined) return { number: 0, hash: NO_HASH };
  const path = files.segmentPath(number);
  const report = checked(path, key);
  assertNamed(path, number, report);
  if (!report.sealed) throw refusal(path, report.verifiedTo, 'it is not sealed');
  return { number, hash: report.lastHash };
}

/** Whether the crash came before the header was whole: nothing was ever recorded in the file. */
function neverBegun(path: string, size: number): boolean {
  if (size < SEGMENT_HEADER_BYTES) return true;
  const descriptor = openSync(path, 'r');
  try {
    return new FileWindow(descriptor, size).zeroFrom(0);
  } finally {
    closeSync(descriptor);
  }
}

function checked(path: string, key: SigningKey): SegmentReport {
  const descriptor = openSync(path, 'r');
  try {
    const file = new FileWindow(descriptor, statSync(path).size);
    const report = checkSegment(file, new ChainBook(false), key.publicKey);
    const foreign = report.header !== null && !report.header.signingKeyId.equals(key.id);
    if (foreign) throw refusal(path, 48, 'it was written with another signing key');
    const fault = report.faults[0];
    if (fault !== undefined) throw refusal(path, fault.offset, fault.sentence);
    return report;
  } finally {
    closeSync(descriptor);
  }
}

function assertNamed(path: string, number: number, report: SegmentReport): void {
  if (report.header?.number !== number) throw refusal(path, 16, 'its name and its header disagree about its number');
}

function assertFollows(path: string, report: SegmentReport, tail: LogTail): void {
  if (report.header?.number !== tail.number + 1 || !report.header.previous.equals(tail.hash)) {
    throw refusal(path, 0, `it does not follow segment ${tail.number}, the last one that is sealed`);
  }
}

function cut(path: string, number: number, report: SegmentReport): Unsealed {
  if (report.tornBytes > 0) {
    const descriptor = openSync(path, 'r+');
    try {
      ftruncateSync(descriptor, report.verifiedTo);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
  return {
    number,
    headerHash: report.header?.hash ?? NO_HASH,
    lastHash: report.lastHash,
    records: report.records,
    bytes: report.verifiedTo,
    cutBytes: report.tornBytes,
    cutAt: report.verifiedTo,
  };
}

function refusal(path: string, offset: number, why: string): GatewayError {
  return new GatewayError(
    'audit-unavailable',
    `${path} at byte ${offset}: ${why.replace(/\.$/, '')}.`,
    'the file was left as it is; move it away only once it is known what happened to it',
  );
}
