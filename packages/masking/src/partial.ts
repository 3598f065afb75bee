import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import { type Transform, textTransform } from './cell-transform.ts';
import { isAlphanumeric, isInvisible } from './character-class.ts';

/** Values shorter than this (in code points, without blanks around them) show nothing. */
const LENGTH_MIN = 9;
/** Replacements that stand for any number of hidden code points. */
const RUN_LENGTH = 4;
/** What is kept when neither end is named. */
const KEEP_LAST_ALONE = 4;

/**
 * `partial`: the first and last code points of a text stay, if they are at most a third of it (rounded up) and at most
 * half of its letters and digits; otherwise nothing stays. The second limit is for values that are mostly padding.
 * For free text only.
 */
export function partial(spec: MaskSpec, format: ValueFormat): Transform {
  const neither = spec.options.keep_first === undefined && spec.options.keep_last === undefined;
  const first = Number(maskOption(spec, 'keep_first'));
  const last = neither ? KEEP_LAST_ALONE : Number(maskOption(spec, 'keep_last'));
  const character = String(maskOption(spec, 'character'));
  const keepLength = maskOption(spec, 'keep_length') === true;
  return textTransform(format, (text) => {
    const points = withoutSurroundings(Array.from(text));
    const shows = mayShow(points, first, last);
    const hidden = points.length - (shows ? first + last : 0);
    const run = character.repeat(keepLength ? hidden : RUN_LENGTH);
    return shows ? points.slice(0, first).join('') + run + points.slice(points.length - last).join('') : run;
  });
}

/** Drops blanks, controls and invisible characters at both ends: they are no part of a value's length. */
function withoutSurroundings(points: readonly string[]): readonly string[] {
  const isPart = (point: string): boolean => !isInvisible(point);
  const start = points.findIndex(isPart);
  return start === -1 ? [] : points.slice(start, points.findLastIndex(isPart) + 1);
}

function mayShow(points: readonly string[], first: number, last: number): boolean {
  if (points.length < LENGTH_MIN || first + last > Math.ceil(points.length / 3)) return false;
  let significant = 0;
  let shown = 0;
  for (const [at, point] of points.entries()) {
    if (!isAlphanumeric(point)) continue;
    significant += 1;
    if (at < first || at >= points.length - last) shown += 1;
  }
  return shown * 2 <= significant;
}
