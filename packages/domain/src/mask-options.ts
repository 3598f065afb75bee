import {
  type AppliedMaskName,
  DETECTOR_NAMES,
  type DetectorName,
  MASK_NAMES,
  type MaskName,
  type MaskSpec,
} from './decision.ts';

/** What one option of a mask may be. `default` null: the option must be given. */
export type MaskOption =
  | {
      readonly type: 'integer';
      readonly min: number;
      readonly max: number;
      readonly default: number | null;
      readonly description: string;
    }
  | { readonly type: 'boolean'; readonly default: boolean; readonly description: string }
  | {
      readonly type: 'choice';
      readonly choices: readonly string[];
      readonly default: string;
      readonly description: string;
    }
  /** Exactly one Unicode code point, neither letter nor digit, so that it is never taken for data. */
  | { readonly type: 'character'; readonly default: string; readonly description: string }
  /** Names of detectors with commas between them, each once and in the order of DETECTOR_NAMES. */
  | { readonly type: 'detectors'; readonly default: null; readonly description: string }
  /** Any string (up to `lengthMax` UTF-16 units), finite number or boolean. */
  | { readonly type: 'scalar'; readonly lengthMax: number; readonly default: null; readonly description: string };

/**
 * Options of every mask: the one source for the policy loader, the JSON Schema, the documentation and the masks
 * themselves. A mask with no options takes none; a name not listed here is an error, never ignored.
 */
export const MASK_OPTIONS: Readonly<Record<AppliedMaskName, Readonly<Record<string, MaskOption>>>> = {
  null: {},
  redact: {},
  constant: {
    value: { type: 'scalar', lengthMax: 1000, default: null, description: 'What every cell becomes.' },
  },
  token: {},
  hash: {
    length: {
      type: 'integer',
      min: 16,
      max: 64,
      default: 32,
      description: 'Hexadecimal digits of a hashed text: four bits each, never fewer than 64 bits.',
    },
  },
  fpe: {},
  fake: {
    kind: {
      type: 'choice',
      choices: ['name', 'first_name', 'last_name', 'email', 'city'],
      default: 'name',
      description: 'What the invented value looks like.',
    },
  },
  bucket: {
    size: {
      type: 'integer',
      min: 2,
      max: 1_000_000_000_000_000,
      default: null,
      description: 'Width of a bucket; a number becomes the lower bound of its bucket.',
    },
  },
  date: {
    precision: {
      type: 'choice',
      choices: ['year', 'month', 'day'],
      default: 'year',
      description: 'What is kept; with shift_days the default is day. The day of a date needs shift_days.',
    },
    shift_days: {
      type: 'integer',
      min: 0,
      max: 3650,
      default: 0,
      description: 'Moves each day by 1 to this many days, earlier or later, by key and value; 0 moves nothing.',
    },
  },
  partial: {
    keep_first: { type: 'integer', min: 0, max: 64, default: 0, description: 'Code points kept at the start.' },
    keep_last: {
      type: 'integer',
      min: 0,
      max: 64,
      default: 0,
      description: 'Code points kept at the end; 4 when neither keep_first nor keep_last is given.',
    },
    character: { type: 'character', default: '*', description: 'What replaces the rest.' },
    keep_length: {
      type: 'boolean',
      default: false,
      description: 'One replacement for each hidden code point instead of four for all: reveals the length.',
    },
  },
  email: {
    keep_domain: { type: 'boolean', default: true, description: 'Keeps the part after the @.' },
    keep_first: {
      type: 'boolean',
      default: true,
      description: 'Keeps the first character of a local part of three or more.',
    },
  },
  detect: {
    find: { type: 'detectors', default: null, description: 'What is looked for.' },
  },
};

/** Whether `name` is a mask. */
export function isMaskName(name: string): name is MaskName {
  return (MASK_NAMES as readonly string[]).includes(name);
}

/** The spec of `do: detect: [...]`, whatever the order of the names. */
export function detectSpec(names: Iterable<DetectorName>): MaskSpec {
  const wanted = new Set(names);
  return { name: 'detect', options: { find: DETECTOR_NAMES.filter((name) => wanted.has(name)).join(',') } };
}

/** The detectors of a spec that `detectSpec` made. */
export function detectorsOf(spec: MaskSpec): readonly DetectorName[] {
  const names = String(spec.options.find ?? '').split(',');
  return DETECTOR_NAMES.filter((name) => names.includes(name));
}

/** Why `name` with `options` is not a mask that can be compiled, worded for the author of a policy; null when it is. */
export function validateMask(name: string, options: Readonly<Record<string, unknown>>): string | null {
  if (!isMaskName(name) && name !== 'detect') return `there is no mask "${name}"; masks are ${MASK_NAMES.join(', ')}`;
  const known: Readonly<Record<string, MaskOption>> = MASK_OPTIONS[name];
  for (const [key, value] of Object.entries(options)) {
    const option = Object.hasOwn(known, key) ? known[key] : undefined;
    if (option === undefined) return `mask ${name} has no option "${key}"${list(Object.keys(known))}`;
    const fault = faultOf(option, value);
    if (fault !== null) return `option ${key} of mask ${name} must be ${fault}`;
  }
  for (const [key, option] of Object.entries(known)) {
    if (option.default === null && !Object.hasOwn(options, key)) return `mask ${name} needs the option "${key}"`;
  }
  return null;
}

/** The value of one option of a validated spec: as given, else its default; null only for a required one not given. */
export function maskOption(spec: MaskSpec, key: string): string | number | boolean | null {
  if (Object.hasOwn(spec.options, key)) return spec.options[key] ?? null;
  return MASK_OPTIONS[spec.name][key]?.default ?? null;
}

const list = (keys: readonly string[]): string =>
  keys.length === 0 ? '; it takes none' : `; it takes ${keys.join(', ')}`;

function faultOf(option: MaskOption, value: unknown): string | null {
  switch (option.type) {
    case 'integer': {
      const fits = Number.isSafeInteger(value) && Number(value) >= option.min && Number(value) <= option.max;
      return fits ? null : `a whole number from ${option.min} to ${option.max}`;
    }
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'choice':
      return typeof value === 'string' && option.choices.includes(value) ? null : `one of ${option.choices.join(', ')}`;
    case 'character':
      return typeof value === 'string' && /^[\p{P}\p{S}]$/u.test(value) ? null : 'one punctuation character or symbol';
    case 'detectors': {
      const names = typeof value === 'string' ? value.split(',') : [];
      const known = DETECTOR_NAMES.filter((name) => names.includes(name));
      return value === known.join(',') && value !== '' ? null : `some of ${DETECTOR_NAMES.join(', ')}`;
    }
    case 'scalar': {
      const fits =
        (typeof value === 'string' && value.length <= option.lengthMax) ||
        Number.isFinite(value) ||
        typeof value === 'boolean';
      return fits ? null : `a string of at most ${option.lengthMax} characters, a number, or true or false`;
    }
    default:
      return option satisfies never;
  }
}
