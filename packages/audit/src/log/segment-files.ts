import { mkdirSync, openSync, readdirSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@bailiwick/domain';

/** Sealed segments. */
export const SEGMENT_SUFFIX = '.bwseg';
/** The file that is being written. */
export const SPOOL_SUFFIX = '.bwspool';
/** Public key beside the segments, so that a copy of the directory verifies by itself. */
export const PUBLIC_KEY_NAME = 'audit.pub';

const NUMBER_DIGITS = 10;
const NAME = /^(\d{10})\.(bwseg|bwspool)$/;

/** Where the files of one log are. Names carry the segment's number, so that a directory sorts in log order. */
export class SegmentFiles {
  readonly spoolDirectory: string;
  readonly segmentsDirectory: string;

  /** Makes both directories (mode 0700) where missing. Throws when they are on different file systems. */
  constructor(spoolDirectory: string, segmentsDirectory: string) {
    this.spoolDirectory = spoolDirectory;
    this.segmentsDirectory = segmentsDirectory;
    for (const directory of [spoolDirectory, segmentsDirectory]) mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (statSync(spoolDirectory).dev !== statSync(segmentsDirectory).dev) {
      throw new GatewayError(
        'audit-unavailable',
        `The spool ${spoolDirectory} and the segments ${segmentsDirectory} are on different file systems.`,
        'put both on one, so that a sealed segment moves by an atomic rename',
      );
    }
  }

  spoolPath(number: number): string {
    return join(this.spoolDirectory, String(number).padStart(NUMBER_DIGITS, '0') + SPOOL_SUFFIX);
  }

  segmentPath(number: number): string {
    return join(this.segmentsDirectory, String(number).padStart(NUMBER_DIGITS, '0') + SEGMENT_SUFFIX);
  }

  /** Numbers of the sealed segments, ascending. */
  sealed(): number[] {
    return numbersIn(this.segmentsDirectory, SEGMENT_SUFFIX);
  }

  /** Numbers of the files in the spool, ascending. */
  spooled(): number[] {
    return numbersIn(this.spoolDirectory, SPOOL_SUFFIX);
  }

  /** Moves a sealed file from the spool to the segments. Never replaces a segment. */
  move(number: number): void {
    if (statSync(this.segmentPath(number), { throwIfNoEntry: false }) !== undefined) {
      throw new GatewayError(
        'audit-unavailable',
        `Segment ${this.segmentPath(number)} exists already and ${this.spoolPath(number)} would replace it.`,
        'keep both files and find out where the older one comes from',
      );
    }
    renameSync(this.spoolPath(number), this.segmentPath(number));
  }

  /** Opens segment `number` for reading, wherever it is now; null when there is none. The caller closes it. */
  open(number: number): number | null {
    // In this order, because a seal moves the file from the first place to the second.
    for (const path of [this.spoolPath(number), this.segmentPath(number)]) {
      try {
        return openSync(path, 'r');
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return null;
  }

  /** Makes renames and new names in both directories durable. */
  async syncDirectories(): Promise<void> {
    for (const directory of [this.spoolDirectory, this.segmentsDirectory]) {
      const handle = await open(directory, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
}

/** Whether a file system call failed because the file is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function numbersIn(directory: string, suffix: string): number[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix) && NAME.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}
