import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { didYouMean } from './nearest-name.ts';

/** Reads one value; a fault is added where it is not of the kind, and a stand-in returned. */
export type Reader<Value> = (node: ConfigNode, faults: FaultList) => Value;

export const text: Reader<string> = (node, faults) => {
  if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') {
    if (/\p{Cc}/u.test(node.value)) faults.add(node.at, 'holds control characters');
    return node.value;
  }
  const unquoted = node.kind === 'scalar' && node.value !== null && node.value !== '';
  faults.add(node.at, unquoted ? 'must be a text: put it in quotes' : 'must be a text');
  return '';
};

export const flag: Reader<boolean> = (node, faults) => {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  faults.add(node.at, 'must be true or false');
  return false;
};

/** A whole number in a range. */
export function integer(min: number, max: number): Reader<number> {
  return (node, faults) => {
    const value = node.kind === 'scalar' ? node.value : null;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    faults.add(node.at, `must be a whole number from ${min} to ${max}`);
    return min;
  };
}

/** One of a few words. */
export function choice<Word extends string>(words: readonly [Word, ...Word[]]): Reader<Word> {
  return (node, faults) => {
    const written = node.kind === 'scalar' ? String(node.value) : '';
    const found = words.find((word) => word === written);
    if (found !== undefined) return found;
    faults.add(node.at, `must be one of ${words.join(', ')}${written === '' ? '' : didYouMean(written, words)}`);
    return words[0];
  };
}

/** A list, each item through `read`. */
export function listOf<Value>(read: Reader<Value>): Reader<readonly Value[]> {
  return (node, faults) => {
    if (node.kind === 'list') return node.items.map((item) => read(item, faults));
    faults.add(node.at, 'must be a list');
    return [];
  };
}

export const texts: Reader<readonly string[]> = listOf(text);

const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `60s`, `1h`, `30d`, `250ms`, or 0, in milliseconds. */
export const durationMs: Reader<number> = (node, faults) => {
  const written = node.kind === 'scalar' ? String(node.value) : '';
  if (written === '0') return 0;
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(written);
  const unit = match?.[2] as keyof typeof DURATION_UNITS_MS | undefined;
  if (unit !== undefined) return Number(match?.[1]) * DURATION_UNITS_MS[unit];
  faults.add(node.at, 'must be a duration such as 250ms, 60s, 5m, 1h or 30d');
  return 0;
};

const SIZE_UNITS = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** `64MiB`, `512KiB`, or bytes. */
export const sizeBytes: Reader<number> = (node, faults) => {
  const written = node.kind === 'scalar' ? String(node.value) : '';
  const match = /^(\d{1,12})(KiB|MiB|GiB|)$/.exec(written);
  const unit = match?.[2] as keyof typeof SIZE_UNITS | undefined;
  if (unit !== undefined) return Number(match?.[1]) * SIZE_UNITS[unit];
  faults.add(node.at, 'must be a size such as 512KiB, 64MiB or 1GiB');
  return 0;
};

/** Adds a fault where the value that `read` gave does not pass; `judge` says what is wrong, null: nothing. */
export function checked<Value>(read: Reader<Value>, judge: (value: Value) => string | null): Reader<Value> {
  return (node, faults) => {
    const before = faults.all.length;
    const value = read(node, faults);
    const wrong = faults.all.length > before ? null : judge(value);
    if (wrong !== null) faults.add(node.at, wrong);
    return value;
  };
}
