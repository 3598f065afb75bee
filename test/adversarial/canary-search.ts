import { corpusText } from './corpus.ts';

const { patterns } = JSON.parse(corpusText('canaries.json')) as { readonly patterns: readonly string[] };
const CANARIES = patterns.map((pattern) => new RegExp(pattern, 'i'));

/**
 * Which canaries are in what a client received, in any spelling that is easily undone: cells joined, reversed, as hex, as
 * base64, with their punctuation taken away. What the client itself had sent is no find.
 */
export function findCanaries(
  received: Buffer,
  cells: readonly string[],
  sent: string,
  canaries: readonly RegExp[] = CANARIES,
): readonly string[] {
  const views = [
    received.toString('latin1'),
    received.toString('utf16le'),
    cells.join(''),
    cells.toReversed().join(''),
    ...cells.filter(({ length }) => length < 100_000).flatMap(spellings),
  ];
  return canaries.filter((canary) => !canary.test(sent) && views.some((view) => canary.test(view))).map(String);
}

function spellings(cell: string): readonly string[] {
  const hex = cell.match(/(?:[0-9a-f]{2}){5,}/gi) ?? [];
  const base64 = /^[A-Za-z0-9+/=\s]{8,}$/.test(cell) ? [Buffer.from(cell, 'base64').toString('latin1')] : [];
  return [
    [...cell].toReversed().join(''),
    cell.replaceAll(/[^A-Za-z0-9@.-]/g, ''),
    ...hex.map((digits) => Buffer.from(digits, 'hex').toString('latin1')),
    ...base64,
  ];
}
