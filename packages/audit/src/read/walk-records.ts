import { decodeRecordHead, decodeRecordLength, HEAD_BYTES_MAX, type RecordHead } from '../format/record.ts';
import type { FileWindow } from './file-window.ts';

/** One record in a file. `whole` reads all of its bytes; the views are good until the walk goes on. */
export interface WalkedRecord {
  readonly offset: number;
  readonly head: RecordHead;
  whole(): Buffer;
}

/** Where and why a walk ended. */
export interface WalkEnd {
  readonly offset: number;
  /**
   * `complete`: at the end of the file. `torn`: the bytes that follow are the beginning of a record, or nothing but
   * zeros: what a crash leaves. `altered`: they are neither.
   */
  readonly state: 'complete' | 'torn' | 'altered';
}

/** Steps over the records of a file from `from`. Only heads are read unless the consumer asks for more. */
export function* walkRecords(file: FileWindow, from: number): Generator<WalkedRecord, WalkEnd> {
  let offset = from;
  while (offset < file.end) {
    const bytes = file.view(offset, HEAD_BYTES_MAX);
    const length = bytes.length < 8 ? null : decodeRecordLength(bytes);
    if (length === null) {
      const torn = bytes.length < 8 ? isLengthPrefix(bytes) : file.zeroFrom(offset);
      return { offset, state: torn ? 'torn' : 'altered' };
    }
    const head = decodeRecordHead(bytes);
    if (length > file.end - offset) {
      // A head that is cut short cannot be judged; a whole one must be right, else the length is not to be believed.
      return { offset, state: head !== null || bytes.length < HEAD_BYTES_MAX ? 'torn' : 'altered' };
    }
    if (head === null) return { offset, state: 'altered' };
    const at = offset;
    yield { offset: at, head, whole: () => file.view(at, length) };
    offset += length;
  }
  return { offset, state: 'complete' };
}

/** Fewer than eight bytes are left: as much as can be compared of length and complement must agree. */
function isLengthPrefix(bytes: Buffer): boolean {
  for (let at = 4; at < bytes.length; at++) {
    if (((bytes[at - 4] ?? 0) ^ (bytes[at] ?? 0)) !== 0xff) return bytes.every((byte) => byte === 0);
  }
  return true;
}
