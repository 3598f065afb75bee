import { DETECTOR_NAMES, type MaskSpec } from './decision.ts';
import { maskOption } from './mask-options.ts';
import { REDACTED } from './stand-in.ts';

/** A redacted text of a short type is cut to its length; what is shorter than this could be anything. */
const CUT_MIN = 3;
/** Replacements that `partial` puts for any number of hidden characters. */
const RUN_LENGTH = 4;
/** `partial` shows nothing of values with fewer characters. */
const PARTIAL_LENGTH_MIN = 9;

const FOUND = new RegExp(`\\[redacted:(?:${DETECTOR_NAMES.join('|')})\\]`);

/**
 * Whether a text looks like what a mask gives, so that writing it would put a mask's output over the real value. Masks
 * whose output looks like any value (`token`, `fpe`, `fake`, `bucket`, `date`), and the constants of types other than
 * text (0, false, 1970-01-01), cannot be told from data.
 */
export function looksMasked(mask: MaskSpec, text: string): boolean {
  // Whatever a mask cannot mask becomes this.
  if (text.length >= CUT_MIN && REDACTED.startsWith(text)) return true;
  switch (mask.name) {
    case 'constant':
      return isConstant(maskOption(mask, 'value'), text);
    case 'partial':
      return looksPartial(mask, text);
    case 'email':
      return /^.?\*\*\*@/su.test(text);
    case 'hash':
      return text.length === Number(maskOption(mask, 'length')) && /^[0-9a-f]+$/.test(text);
    case 'detect':
      return FOUND.test(text);
    case 'null':
    case 'redact':
    case 'token':
    case 'fpe':
    case 'fake':
    case 'bucket':
    case 'date':
      return false;
    default:
      return mask.name satisfies never;
  }
}

/** Whether a mask gives keyed stand-ins that look like values: only who saw them shown can know them again. */
export const givesPseudonyms = ({ name }: MaskSpec): boolean => name === 'token' || name === 'fpe';

/** As `looksMasked`, for a value in its text form: an element of an array counts as well. */
export function givesMasked(mask: MaskSpec, text: string): boolean {
  return looksMasked(mask, text) || elementsOf(text).some((element) => looksMasked(mask, element));
}

/** The quoted and bare words of `{a,"b c"}`; none of what is no array. */
function elementsOf(text: string): readonly string[] {
  if (!text.startsWith('{') || !text.endsWith('}')) return [];
  const words = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^",{}]+/gs) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : word.trim()));
}

/** True and false are half of what a boolean column holds: no mask's output. */
function isConstant(value: string | number | boolean | null, text: string): boolean {
  if (typeof value === 'boolean' || value === null || text === '') return false;
  return text === String(value) || (Number.isFinite(Number(value)) && Number(text) === Number(value));
}

function looksPartial(mask: MaskSpec, text: string): boolean {
  const neither = mask.options.keep_first === undefined && mask.options.keep_last === undefined;
  const first = Number(maskOption(mask, 'keep_first'));
  const last = neither ? 4 : Number(maskOption(mask, 'keep_last'));
  const character = String(maskOption(mask, 'character'));
  const keepLength = maskOption(mask, 'keep_length') === true;
  const points = Array.from(text);
  const isRun = (run: readonly string[]): boolean =>
    (keepLength ? run.length > 0 : run.length === RUN_LENGTH) && run.every((point) => point === character);
  if (isRun(points)) return true;
  return (!keepLength || points.length >= PARTIAL_LENGTH_MIN) && isRun(points.slice(first, points.length - last));
}
