import type { Decision, EpochMs, StatementFacts } from '@bailiwick/domain';
import type { RowField } from '@bailiwick/postgres';
import { type ArrayLengths, NO_ARRAYS } from './charge-probes.ts';
import type { PlaceMap } from './text-edits.ts';

/** The plan of SEMANTICS 4 for one judged message: what it means, what was decided, and what goes upstream. */
export interface StatementPlan {
  /** 1-based number of the statement in its session. */
  readonly ordinal: number;
  readonly facts: readonly StatementFacts[];
  readonly decision: Decision;
  /** Which policy decided. */
  readonly policyVersion: string;
  /** What is sent instead of the client's text; the same where nothing was rewritten. */
  readonly upstreamSql: string;
  readonly startedAt: EpochMs;
  /** The approval that this run uses up; null: none was needed. */
  readonly approval: string | null;
  /** Rows that the client was given, or that were written where none came back. */
  rows: number;
  /** Tag of the last statement that completed. */
  tag: string;
  /** The outcome is in the transcript. */
  reported: boolean;
}

/** A prepared statement as the session knows it. */
export interface PreparedStatement {
  readonly kind: 'statement';
  /** The text that gives it its meaning: of Parse, or the whole PREPARE. */
  readonly sql: string;
  readonly origin: 'wire' | 'sql';
  /** The text as it went upstream; the same where nothing was rewritten. */
  readonly upstreamSql: string;
  readonly place: PlaceMap | null;
  readonly parameterTypeOids: readonly number[];
  /** Answered by the gateway itself. */
  readonly local: LocalAnswer | null;
  /** Runs this approved request: its stored values take the place of the client's. */
  readonly run: ApprovedRun | null;
  /** Its result columns as the server described them; null: not described yet. */
  columns: readonly RowField[] | null;
  /** The gateway has asked for that description. */
  describing: boolean;
  /** Something ran that could have put another statement under this name. */
  readonly uncertain: boolean;
}

/** A portal or cursor as the session knows it. */
export interface Portal {
  readonly kind: 'portal';
  readonly plan: StatementPlan | null;
  readonly statement: PreparedStatement | null;
  /** What it returns, for FETCH; null where that is not known. */
  readonly facts: StatementFacts | null;
  /** Bind's result format codes; null for cursors declared in SQL. */
  readonly resultFormats: readonly (0 | 1)[] | null;
  /** Its columns with their formats as the server described the portal itself; null: it did not. */
  described: readonly RowField[] | null;
  /** How long the arrays are that were bound to it. */
  readonly arrays: ArrayLengths;
  /** What it guesses at masked values was taken from budgets. */
  charged: boolean;
  /** WITH HOLD: outlives its transaction. */
  readonly holdable: boolean;
  readonly uncertain: boolean;
}

export type NamedValue = PreparedStatement | Portal;

/** Rows of (name, value) that the gateway answers by itself. */
export interface LocalAnswer {
  readonly tag: string;
  readonly columns: readonly string[];
  rows(): Promise<readonly (readonly (string | null)[])[]>;
}

/** An approved request that is being run by its id. */
export interface ApprovedRun {
  readonly request: string;
  readonly sql: string;
  readonly mode: 'simple' | 'extended';
  readonly parameterFormats: readonly (0 | 1)[];
  readonly parameterTypeOids: readonly number[];
  readonly parameters: readonly (Buffer | null)[];
}

/** A statement as Parse makes it, with the parts that differ from the ordinary. */
export const preparedOf = (parts: Partial<PreparedStatement> & Pick<PreparedStatement, 'sql'>): PreparedStatement => ({
  kind: 'statement',
  origin: 'wire',
  upstreamSql: parts.sql,
  place: null,
  parameterTypeOids: [],
  local: null,
  run: null,
  columns: null,
  describing: false,
  uncertain: false,
  ...parts,
});

/** A portal as Bind makes it, with the parts that differ from the ordinary. */
export const portalOf = (parts: Partial<Portal>): Portal => ({
  kind: 'portal',
  plan: null,
  statement: null,
  facts: null,
  resultFormats: null,
  described: null,
  arrays: NO_ARRAYS,
  charged: false,
  holdable: false,
  uncertain: false,
  ...parts,
});
