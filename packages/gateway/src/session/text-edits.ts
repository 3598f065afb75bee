import type { TextEdit } from '@bailiwick/domain';

/** From a place in an edited text to one in the text as it was, as `placeBefore` gives it. */
export type PlaceMap = (position: number) => number;

/** The text with each edit made. They must not overlap; their order is free, and edits at one place stay in theirs. */
export function applyEdits(sql: string, edits: readonly TextEdit[]): string {
  if (edits.length === 0) return sql;
  const bytes = Buffer.from(sql);
  const pieces: Buffer[] = [];
  let at = 0;
  for (const edit of inOrder(edits)) {
    pieces.push(bytes.subarray(at, edit.start), Buffer.from(edit.text));
    at = edit.end;
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]).toString();
}

/**
 * Where a place in the edited text is in the text as the client sent it. Places are counted as the server counts those of
 * its errors: characters, from 1. A place within what an edit put in is the start of what it replaced.
 */
export function placeBefore(sql: string, edits: readonly TextEdit[], position: number): number {
  const bytes = Buffer.from(sql);
  let shift = 0;
  for (const edit of inOrder(edits)) {
    const start = characters(bytes.subarray(0, edit.start).toString());
    const removed = characters(bytes.subarray(edit.start, edit.end).toString());
    const added = characters(edit.text);
    const offset = position - 1 - shift;
    if (offset < start) break;
    if (offset < start + added) return start + 1;
    shift += added - removed;
  }
  return position - shift;
}

const inOrder = (edits: readonly TextEdit[]): readonly TextEdit[] => edits.toSorted((a, b) => a.start - b.start);

/** Characters as PostgreSQL counts them under UTF8: code points. */
const characters = (text: string): number => [...text].length;
