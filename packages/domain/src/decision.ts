import type { ErrorCode } from './errors.ts';
import type { ColumnRef } from './facts.ts';
import type { Place } from './identity.ts';

/** Strictest first: the order in which matching rules win. */
export const EFFECTS = ['block', 'hold', 'reroute', 'drop_rows', 'mask', 'detect', 'allow'] as const;
export type Effect = (typeof EFFECTS)[number];

export const MASK_NAMES = [
  'null',
  'redact',
  'constant',
  'token',
  'hash',
  'fpe',
  'fake',
  'bucket',
  'date',
  'partial',
  'email',
] as const;
/** Strictest first: which of two masks on one cell wins (published order, CONTRACT section 4). */
export type MaskName = (typeof MASK_NAMES)[number];

/** What `do: detect` looks for in text, in the order in which one place that is several things is named. */
export const DETECTOR_NAMES = [
  'private_key',
  'jwt',
  'access_key',
  'email',
  'iban',
  'card',
  'passport',
  'national_id',
  'phone',
  'mac',
  'ip',
] as const;
export type DetectorName = (typeof DETECTOR_NAMES)[number];

/** `detect` is no mask that a rule may name: it is what a rule's `do: detect` comes to, and less strict than any. */
export type AppliedMaskName = MaskName | 'detect';

/** Place of a mask in the published order: the lower of two wins. */
export const maskRank = (name: AppliedMaskName): number =>
  name === 'detect' ? MASK_NAMES.length : MASK_NAMES.indexOf(name);

/** A mask with validated options; equal specs have equal canonical JSON. */
export interface MaskSpec {
  readonly name: AppliedMaskName;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** What happens to the cells of one output column. */
export type OutputTreatment =
  | { readonly kind: 'pass' }
  /** Regulated, but the reader is exempt: passes, and the transcript keeps a commitment only (law 3). */
  | { readonly kind: 'exempt'; readonly rule: string }
  /** An unmodified column under its rule's mask. */
  | { readonly kind: 'mask'; readonly mask: MaskSpec; readonly rule: string; readonly tag: string }
  /** Derived from regulated data, or unproven: a constant of its type, never a revealing mask (SEMANTICS 15). */
  | { readonly kind: 'constant'; readonly rule: string };

/** Why a statement is refused, worded for the client. */
export interface Refusal {
  readonly code: ErrorCode;
  /** One sentence: what was refused and why. Names columns, never values. */
  readonly message: string;
  /** What to do next: a form that would pass, or that rephrasing will not help. */
  readonly hint: string;
  readonly rule: string;
  /** Columns at fault as `schema.table.column`. */
  readonly columns: readonly string[];
}

export interface HoldTerms {
  readonly rule: string;
  /** Groups whose members may decide; empty: anyone with the reviewer role. */
  readonly by: readonly string[];
  /** How many approvals are needed. */
  readonly min: number;
  readonly mode: 'hold' | 'ticket' | 'hold_then_ticket';
}

/** A rule that matched a statement, and what it said. `dryRun` verdicts are recorded and never applied. */
export interface RuleVerdict {
  readonly rule: string;
  readonly effect: Effect;
  /** True when the rule's own `except` held, so that it spoke "allow". */
  readonly excepted: boolean;
  readonly dryRun: boolean;
  /** For residency rules: where the data belongs and where its reader is, folded to names that rules use. */
  readonly residency: { readonly dataRegion: Place; readonly consumerRegion: Place } | null;
}

/** How often a packet guesses at values that its reader sees masked: what budgets for probes count. */
export interface Probes {
  /** Constants that such columns are compared with. */
  readonly constants: number;
  /** Parameters (from 1) that are arrays of them: their elements count too. */
  readonly arrays: readonly number[];
  /** It compares with an array of which nothing will show how many elements it has. */
  readonly unseen: boolean;
  /** The columns, as `schema.table.column`. */
  readonly columns: readonly string[];
}

/** A column that is written, and that this reader sees under a mask: its output must not be written back. */
export interface MaskedWrite {
  /** As `schema.table.column`. */
  readonly column: string;
  readonly tableOid: number;
  readonly attnum: number;
  readonly mask: MaskSpec;
  readonly rule: string;
  /** Only under masks whose output nothing but its having been shown tells from data. */
  readonly literals: readonly string[];
  /** Numbers, from 1. */
  readonly parameters: readonly number[];
}

/** The effect with its obligations. Pure data: the same inputs give the same decision. */
export interface Decision {
  readonly effect: Effect;
  /** The rule (or `defaults.<key>`) that set the effect. */
  readonly rule: string;
  readonly verdicts: readonly RuleVerdict[];
  readonly refusal: Refusal | null;
  readonly hold: HoldTerms | null;
  /** One treatment per output column of each statement, in order; null where a statement returns no rows. */
  readonly treatments: readonly (readonly OutputTreatment[] | null)[];
  /** Applied to columns that no treatment was computed for, and by the wire cross-check: by base column. */
  readonly treatColumn: (tableOid: number, attnum: number) => OutputTreatment;
  /** For cells whose origin is not proven. */
  readonly treatUnknown: OutputTreatment;
  /** The statement reads or writes regulated data, or may: its record must be durable first (law 2). */
  readonly regulated: boolean;
  /** Server messages may quote regulated values: replace their free text (SEMANTICS 17 makes this sticky). */
  readonly sanitiseMessages: boolean;
  /** What has to be looked at of the values that are bound. */
  readonly maskedWrites: readonly MaskedWrite[];
  /** What running it once takes from budgets for probes. */
  readonly probes: Probes;
  /** Tags of the data touched, for the record and the reviewer. */
  readonly tags: readonly string[];
  /** Regulated columns touched. */
  readonly regulatedColumns: readonly ColumnRef[];
}
