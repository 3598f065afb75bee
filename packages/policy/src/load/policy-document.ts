import type { DetectorName } from '@bailiwick/domain';
import type { Defaults, InferenceLevel } from '../rules/rule.ts';

/** A policy file after its shape was checked, as policies/schema/policy.schema.json describes it. */
export interface PolicyDocument {
  readonly version: 1;
  readonly jurisdictions?: Readonly<Record<string, readonly string[]>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, TableDocument>>>>;
  readonly rules?: readonly RuleDocument[];
  readonly budgets?: readonly BudgetDocument[];
  readonly defaults?: DefaultsDocument;
}

export interface TableDocument {
  readonly region?: string;
  readonly columns?: Readonly<Record<string, readonly string[]>>;
}

export interface RuleDocument {
  readonly id: string;
  readonly on?: {
    readonly tags?: readonly string[];
    readonly data?: readonly string[];
    readonly does?: readonly ('READ' | 'WRITE' | 'FUNCTION' | 'ROLE' | 'DDL' | 'MISC')[];
    readonly tables?: readonly string[];
    readonly datasources?: readonly string[];
  };
  readonly reader?: { readonly outside?: readonly string[]; readonly inside?: readonly string[] };
  readonly when?: string;
  readonly except?: string;
  readonly do:
    | 'block'
    | 'hold'
    | 'allow'
    | { readonly mask: MaskDocument }
    | { readonly detect: readonly DetectorName[] }
    | { readonly hold: HoldDocument };
  readonly at?: 'result';
  readonly inference?: InferenceLevel;
  readonly mode?: 'hold' | 'ticket' | 'hold_then_ticket';
  readonly dry_run?: boolean;
}

export interface BudgetDocument {
  readonly id: string;
  readonly per: 'identity';
  /** As in `90s` or `1h`. */
  readonly window: string;
  readonly max: { readonly probes: number };
  readonly do: 'block';
}

export interface HoldDocument {
  readonly by?: readonly string[];
  readonly min?: number;
}

/** A name (YAML's `null` is the mask of that name) or one name with its options. */
export type MaskDocument =
  | string
  | null
  | Readonly<Record<string, Readonly<Record<string, string | number | boolean>> | null>>;

export interface DefaultsDocument {
  readonly unparsed?: Defaults['unparsed'];
  readonly unknown_reader?: Defaults['unknownReader'];
  readonly unknown_row_region?: 'block';
  readonly writes?: Defaults['writes'];
  readonly inference?: InferenceLevel;
  readonly launder?: Defaults['launder'];
  readonly untagged?: Defaults['untagged'];
}
