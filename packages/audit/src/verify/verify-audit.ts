import type { KeyObject } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decodeSegmentHeader, MAGIC, NO_HASH, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { parsePublicKey, publicKeyId } from '../log/key-files.ts';
import { PUBLIC_KEY_NAME, SEGMENT_SUFFIX, SPOOL_SUFFIX } from '../log/segment-files.ts';
import { FileWindow } from '../read/file-window.ts';
import { ChainBook } from './chain-book.ts';
import { checkSegment, type SegmentReport } from './check-segment.ts';
import type { VerifiedFile, VerifyFault, VerifyReport } from './verify-report.ts';

export interface VerifyOptions {
  /** PEM of the public key that the log must be signed with. Without it the key beside the log is believed. */
  readonly publicKey?: string | Buffer;
  /** Directory of the open file, to be checked behind the segments. */
  readonly spoolDirectory?: string;
}

/**
 * Checks a directory of segments, or one segment or spool file. Needs no server and no secret. Reads everything once,
 * in order; memory grows with the number of sessions that are open at one time, not with the log. Throws only where
 * `path` cannot be read at all.
 */
export function verifyAudit(path: string, options: VerifyOptions = {}): VerifyReport {
  const single = !statSync(path).isDirectory();
  const verification = new Verification(single ? dirname(path) : path, single, options);
  // The spool is listed first: what a running gateway seals meanwhile is then found among the segments.
  const spooled = single || options.spoolDirectory === undefined ? [] : spoolFiles(options.spoolDirectory);
  const segments = single ? [path] : verification.segmentFiles(path);
  for (const file of segments) verification.file(file);
  for (const file of spooled) verification.spoolFile(file, path, file === spooled.at(-1));
  return verification.report();
}

class Verification {
  readonly #single: boolean;
  readonly #chains: ChainBook;
  readonly #key: KeyObject | null;
  readonly #keySource: VerifyReport['publicKeySource'];
  readonly #faults: VerifyFault[] = [];
  readonly #notes: string[] = [];
  readonly #files: VerifiedFile[] = [];
  readonly #mayBeOpen = new Set<string>();
  #previous: { readonly number: number; readonly hash: Buffer } | null = null;
  #records = 0;
  #frames = 0;
  #erasedKeys = 0;
  #lastMicros: number | null = null;

  constructor(directory: string, single: boolean, options: VerifyOptions) {
    this.#single = single;
    this.#chains = new ChainBook(!single);
    const beside = join(directory, PUBLIC_KEY_NAME);
    const found = readIfThere(beside);
    if (options.publicKey !== undefined) {
      this.#keySource = 'given';
      this.#key = parsePublicKey(options.publicKey);
      if (this.#key === null) this.#fault('(given key)', 0, 'The public key that was given is no Ed25519 key in PEM.');
    } else if (found !== null) {
      this.#keySource = 'beside the log';
      this.#key = parsePublicKey(found);
      if (this.#key === null) this.#fault(beside, 0, 'The file holds no Ed25519 public key in PEM.');
      else
        this.#notes.push(
          'The signatures were checked with the key that lies beside the log; give the key to trust it.',
        );
    } else {
      this.#keySource = 'none';
      this.#key = null;
    }
  }

  /** The segments of a directory in the order of their numbers. Files are known by their first bytes, not by name. */
  segmentFiles(directory: string): string[] {
    const numbered: { path: string; number: number }[] = [];
    for (const name of readdirSync(directory).sort()) {
      if (name === PUBLIC_KEY_NAME) continue;
      const path = join(directory, name);
      const header = statSync(path).isFile() ? readFirst(path, SEGMENT_HEADER_BYTES) : Buffer.alloc(0);
      if (!header.subarray(0, MAGIC.length).equals(MAGIC) && !name.endsWith(SEGMENT_SUFFIX)) {
        this.#notes.push(`${path} is no part of the log.`);
        continue;
      }
      const decoded = decodeSegmentHeader(header);
      numbered.push({ path, number: typeof decoded === 'string' ? Number.parseInt(name, 10) || 0 : decoded.number });
    }
    return numbered.sort((a, b) => a.number - b.number).map(({ path }) => path);
  }

  /** A file of the spool, unless it was moved to the segments and looked at there. Only the last may lack its seal. */
  spoolFile(path: string, segmentsDirectory: string, last: boolean): void {
    const segment = Number.parseInt(basename(path), 10);
    if (this.#files.some((file) => file.segment === segment && dirname(file.file) === segmentsDirectory)) {
      // Moved while we looked; a file that is still here beside its segment is a second one and is checked as such.
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
    }
    const moved = join(segmentsDirectory, basename(path, SPOOL_SUFFIX) + SEGMENT_SUFFIX);
    const place = statSync(path, { throwIfNoEntry: false }) === undefined ? moved : path;
    if (last) this.#mayBeOpen.add(place);
    this.file(place);
  }

  file(path: string): void {
    const descriptor = openSync(path, 'r');
    let report: SegmentReport;
    try {
      report = checkSegment(new FileWindow(descriptor, statSync(path).size), this.#chains, this.#key);
    } finally {
      closeSync(descriptor);
    }
    for (const fault of report.faults) this.#faults.push({ file: path, ...fault });
    this.#order(path, report);
    this.#seal(path, report);
    this.#records += report.records;
    this.#frames += report.frames;
    this.#erasedKeys += report.erasedKeys;
    if (report.records > 0) this.#lastMicros = report.lastMicros;
    this.#files.push({
      file: path,
      segment: report.header?.number ?? 0,
      state: report.sealed ? 'sealed' : 'open',
      records: report.records,
      verifiedTo: report.verifiedTo,
    });
  }

  report(): VerifyReport {
    const { continued } = this.#chains;
    if (continued > 0) this.#notes.push(`${continued} sessions began in segments that were not looked at.`);
    if (this.#erasedKeys > 0) this.#notes.push(`The keys of ${this.#erasedKeys} sessions were erased.`);
    if (this.#files.length === 0) this.#notes.push('There are no segments here.');
    return {
      clean: this.#faults.length === 0,
      faults: this.#faults,
      notes: this.#notes,
      files: this.#files,
      sessions: this.#chains.sessions,
      records: this.#records,
      frames: this.#frames,
      lastRecordAt: this.#lastMicros === null ? null : this.#lastMicros / 1000,
      publicKeyId: this.#key === null ? null : publicKeyId(this.#key).toString('hex'),
      publicKeySource: this.#keySource,
    };
  }

  /** The segment must follow the one before it, and the log must be here from its beginning. */
  #order(path: string, report: SegmentReport): void {
    const { header } = report;
    const previous = this.#previous;
    this.#previous = header === null ? null : { number: header.number, hash: report.lastHash };
    if (header === null || this.#single) return;
    if (this.#files.length === 0) {
      if (header.number !== 1)
        this.#fault(path, 16, `The log begins with segment ${header.number}: earlier ones are missing.`);
      else if (!header.previous.equals(NO_HASH)) this.#fault(path, 80, 'The first segment links to an earlier one.');
      return;
    }
    if (previous === null) return;
    if (header.number === previous.number) this.#fault(path, 16, `There is more than one segment ${header.number}.`);
    else if (header.number !== previous.number + 1) {
      this.#fault(
        path,
        16,
        `Segment ${header.number} follows segment ${previous.number}: segments between them are missing.`,
      );
    } else if (!header.previous.equals(previous.hash)) {
      this.#fault(path, 80, `The segment does not link to segment ${previous.number} as it stands.`);
    }
  }

  #seal(path: string, report: SegmentReport): void {
    const { header } = report;
    if (header === null) return;
    const keyId = this.#key === null ? null : publicKeyId(this.#key);
    if (keyId !== null && !keyId.equals(header.signingKeyId)) {
      this.#fault(path, 48, 'The segment names another signing key than the one it is checked with.');
    }
    if (report.sealed) {
      if (this.#keySource === 'none')
        this.#fault(path, 48, 'There is no public key to check the signature of the seal with.');
      return;
    }
    if (!this.#single && !this.#mayBeOpen.has(path)) {
      this.#fault(path, report.verifiedTo, 'The segment has no seal: its end is missing.');
      return;
    }
    this.#notes.push(`${path} is open, verified up to byte ${report.verifiedTo}; what it holds is not signed yet.`);
    if (report.tornBytes > 0) this.#notes.push(`${path} ends in ${report.tornBytes} bytes of an incomplete record.`);
  }

  #fault(file: string, offset: number, sentence: string): void {
    this.#faults.push({ file, offset, session: null, sequence: null, sentence });
  }
}

function spoolFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(SPOOL_SUFFIX))
    .sort()
    .map((name) => join(directory, name));
}

function readIfThere(path: string): Buffer | null {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : null;
}

function readFirst(path: string, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const descriptor = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, 0));
  } finally {
    closeSync(descriptor);
  }
}
