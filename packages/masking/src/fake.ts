import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import { type Transform, textTransform } from './cell-transform.ts';
import { CITIES, FIRST_NAMES, LAST_NAMES } from './fake-words.ts';
import { keyedPrf, type MaskKeys } from './mask-keys.ts';

/** How often another fake is drawn when one shares a word with the value; then the value is redacted. */
const ATTEMPTS_MAX = 16;

/** Draws one of `words` by the four bytes of `seed` at `place`. */
const draw = (seed: Buffer, place: number, words: readonly string[]): string =>
  words[seed.readUInt32BE(place * 4) % words.length] ?? '';

const MAKERS: Readonly<Record<string, (seed: Buffer) => string>> = {
  name: (seed) => `${draw(seed, 0, FIRST_NAMES)} ${draw(seed, 1, LAST_NAMES)}`,
  first_name: (seed) => draw(seed, 0, FIRST_NAMES),
  last_name: (seed) => draw(seed, 1, LAST_NAMES),
  city: (seed) => draw(seed, 2, CITIES),
  // The number keeps the addresses of different people apart; RFC 2606 reserves the domain.
  email: (seed) =>
    `${draw(seed, 0, FIRST_NAMES)}.${draw(seed, 1, LAST_NAMES)}.${seed.readUInt32BE(8)}@example.com`.toLowerCase(),
};

/**
 * `fake`: an invented name, e-mail address or city, the same for the same value under the same key, and with no word in
 * common with it. Undefined for types other than free text.
 */
export function fake(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): Transform {
  const prf = keyedPrf(keys, 'fake');
  const kind = String(maskOption(spec, 'kind'));
  const make = MAKERS[kind];
  if (make === undefined) throw new Error(`mask fake cannot invent a ${kind}`);
  return textTransform(format, (text) => {
    const words = new Set(wordsOf(text));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const invented = make(prf(`text:${text}`, attempt));
      if (!wordsOf(invented).some((word) => words.has(word) && !RESERVED.has(word))) return invented;
    }
    return undefined;
  });
}

/** Words of the reserved domain, which an e-mail address may well share with a fake one. */
const RESERVED: ReadonlySet<string> = new Set(['example', 'com']);

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
