import {
  type CopyLayout,
  type Decision,
  GatewayError,
  type OutputTreatment,
  type StatementFacts,
} from '@bailiwick/domain';
import { type CellRewrite, type CopyFormatOptions, nullTextKind, type RowField } from '@bailiwick/postgres';
import type { Catalog, CatalogColumn } from '@bailiwick/sql';
import { maskName, NULL_CELL, rewriteFor, type TreatmentMeans } from './row-treatment.ts';

/** How the rows of one COPY TO STDOUT are delivered and recorded. */
export interface CopyTreatment {
  readonly options: CopyFormatOptions;
  readonly deliver: readonly CellRewrite[];
  /** What the transcript keeps of a row; null: what is delivered. */
  readonly record: readonly CellRewrite[] | null;
  /** The mask's name by column, for metrics. */
  readonly masks: readonly (string | null)[];
}

/**
 * Turns the decision for one COPY TO STDOUT into cell rewrites. There is no RowDescription: types are those of the base
 * columns, and an expression, whose type nobody tells, becomes NULL. Null: nothing of it is masked. A `GatewayError` says
 * why its rows cannot be masked; the statement must not run then.
 */
export function treatCopy(
  facts: StatementFacts,
  decision: Decision,
  index: number,
  means: TreatmentMeans,
): CopyTreatment | GatewayError | null {
  const { copy } = facts;
  if (copy?.direction !== 'out') return null;
  const treatments = decision.treatments[index] ?? null;
  if (treatments === null) return isOpen(decision.treatUnknown) ? null : refusal(decision, COLUMNS_UNKNOWN);
  if (treatments.every(isOpen)) return null;
  if ('doubt' in copy.layout)
    return refusal(decision, [`the COPY has ${copy.layout.doubt}`, 'leave the option out, or SELECT the same rows']);
  const options = optionsOf(copy.format, copy.layout, facts);
  if (!tellsNull(options, treatments)) return refusal(decision, NULL_TEXT);
  const deliver = treatments.map((treatment, column) => rewriteOutput(facts, column, treatment, options, means));
  const anyExempt = treatments.some(({ kind }) => kind === 'exempt');
  return {
    options,
    deliver,
    record: anyExempt ? deliver.map((rewrite, at) => (treatments[at]?.kind === 'exempt' ? NULL_CELL : rewrite)) : null,
    masks: treatments.map(maskName),
  };
}

/** Refuses a text one of whose COPY TO STDOUT has rows that could not be masked; null: there is none. */
export function refuseUnmaskableCopy(
  facts: readonly StatementFacts[],
  decision: Decision,
  means: TreatmentMeans,
): GatewayError | null {
  for (const [index, one] of facts.entries()) {
    const treatment = treatCopy(one, decision, index, means);
    if (treatment instanceof GatewayError) return treatment;
  }
  return null;
}

const isOpen = ({ kind }: OutputTreatment): boolean => kind === 'pass' || kind === 'exempt';

const COLUMNS_UNKNOWN = ['the columns that COPY TO STDOUT would carry are not known', 'name the columns'] as const;
const NULL_TEXT = [
  'the NULL string of the COPY could be a value, and would tell which masked values are equal to it',
  'leave the option out (\\N is NULL then), or use FORMAT csv',
] as const;

const refusal = ({ rule }: Decision, [why, hint]: readonly [string, string]): GatewayError =>
  new GatewayError('policy-denied', `COPY TO STDOUT would carry columns that have to be masked, and ${why}`, hint, {
    rule,
  });

function optionsOf(format: 'text' | 'csv' | 'binary', layout: CopyLayout, facts: StatementFacts): CopyFormatOptions {
  if (format === 'binary') return { format };
  const { header } = layout;
  const nullText = Buffer.from(layout.nullText);
  const delimiter = layout.delimiter.charCodeAt(0);
  if (format === 'text') return { format, delimiter, nullText, header };
  const quote = layout.quote.charCodeAt(0);
  const escaper = layout.escape.charCodeAt(0);
  return { format, delimiter, nullText, header, quote, escaper, forcesQuote: forcesQuote(layout, facts) };
}

/** As CopyGetAttnums: of columns with the same name, the first one is meant. */
function forcesQuote({ forceQuote }: CopyLayout, { outputs }: StatementFacts): readonly boolean[] {
  const names = (outputs ?? []).map(({ name }) => name);
  if (forceQuote === 'all') return names.map(() => true);
  return names.map((name, at) => forceQuote.includes(name) && names.indexOf(name) === at);
}

/** Whether NULL can be told from every value, wherever a mask leaves it as it is. */
function tellsNull(options: CopyFormatOptions, treatments: readonly OutputTreatment[]): boolean {
  if (options.format !== 'text') return true;
  const kind = nullTextKind(options.nullText, options.delimiter);
  return kind === 'alone' || (kind === 'shared' && treatments.every((treatment) => treatment.kind !== 'mask'));
}

function rewriteOutput(
  facts: StatementFacts,
  column: number,
  treatment: OutputTreatment,
  { format }: CopyFormatOptions,
  means: TreatmentMeans,
): CellRewrite {
  if (isOpen(treatment)) return null;
  const field = fieldOf(facts, column, format === 'binary' ? 1 : 0, means.catalog);
  return field === null ? NULL_CELL : rewriteFor(treatment, field, means);
}

/** The description that a RowDescription would have of an unmodified column; null for what is computed. */
function fieldOf(facts: StatementFacts, at: number, format: 0 | 1, catalog: Catalog | null): RowField | null {
  const output = facts.outputs?.[at];
  if (output?.lineage.kind !== 'base') return null;
  const { table, attnum } = output.lineage.column;
  const column = catalog?.relationByOid(table.oid)?.columns.find((one) => one.attnum === attnum);
  if (column === undefined) return null;
  const { typeOid } = column;
  const typeModifier = modifierOf(column, catalog);
  return { name: output.name, tableOid: table.oid, attnum, typeOid, typeSize: -1, typeModifier, format };
}

/** A domain has that of its base type (getBaseTypeAndTypmod), and no domain is deeper than this. */
const DOMAIN_DEPTH_MAX = 32;

function modifierOf({ typeOid, typeModifier = -1 }: CatalogColumn, catalog: Catalog | null): number {
  let modifier = typeModifier;
  let type = catalog?.typeByOid(typeOid);
  for (let depth = 0; modifier === -1 && type?.kind === 'domain' && depth < DOMAIN_DEPTH_MAX; depth++) {
    modifier = type.typeModifier ?? -1;
    type = catalog?.typeByOid(type.baseOid);
  }
  return modifier;
}
