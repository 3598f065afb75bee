import {
  type CellMask,
  type Decision,
  GatewayError,
  givesPseudonyms,
  type OutputTreatment,
  type StatementFacts,
} from '@bailiwick/domain';
import { compileMask, constantCell, type MaskKeys } from '@bailiwick/masking';
import type { CellRewrite, RowField } from '@bailiwick/postgres';
import type { Catalog } from '@bailiwick/sql';
import { outcomeOf, rulesOf } from './column-types.ts';
import { givesConstant } from './illegal-mask.ts';
import type { ShownPseudonyms } from './shown-pseudonyms.ts';

/** How the rows of one result are delivered and recorded. Null arrays: as they are. */
export interface RowTreatment {
  readonly columns: number;
  readonly deliver: readonly CellRewrite[] | null;
  /** No rewrites, for rows that are recorded otherwise than they are delivered. */
  readonly nothing: readonly CellRewrite[];
  /** What the transcript keeps of a row that is delivered: cells shown to an exempt reader are left out (law 3). */
  readonly record: readonly CellRewrite[] | null;
  /** The mask's name by column, for metrics and the record. */
  readonly masks: readonly (string | null)[];
  /** Columns whose described origin contradicts the lineage (SEMANTICS 11). */
  readonly mismatches: number;
}

/** What cells are rewritten with: the keys of the masks, and the database's own types. */
export interface TreatmentMeans {
  readonly keys: MaskKeys;
  readonly catalog: Catalog | null;
  /** Remembers what looks like data and is not. Absent: nothing is shown. */
  readonly shown?: ShownPseudonyms;
}

/** Every cell of the column is NULL. */
export const NULL_CELL: CellRewrite = { kind: 'constant', bytes: null };

/**
 * Turns the decision for one statement and the server's description of its result into cell rewrites. The stricter of
 * lineage and description counts; what cannot be told is treated as unknown. Throws `upstream-violation` where a masked
 * column is of a type that the catalog does not know, or can get no legal value: none of its rows may pass.
 *
 * @param index which statement of the packet. @param unknownOrigin the rows are not those that the facts speak of.
 */
export function treatRows(
  facts: StatementFacts | undefined,
  decision: Decision,
  index: number,
  fields: readonly RowField[],
  unknownOrigin: boolean,
  means: TreatmentMeans,
): RowTreatment {
  const planned = unknownOrigin ? null : (decision.treatments[index] ?? null);
  const known = planned !== null && planned.length === fields.length ? planned : null;
  let mismatches = planned !== null && known === null ? 1 : 0;
  const treatments = fields.map((field, column) => {
    const byLineage = known?.[column] ?? decision.treatUnknown;
    if (field.tableOid === 0 || field.attnum < 0) return byLineage;
    const described = decision.treatColumn(field.tableOid, field.attnum);
    if (known === null || !contradicts(facts, column, field)) return stricter(byLineage, described);
    mismatches++;
    return described.kind === 'pass' ? byLineage : stricter(stricter(byLineage, described), decision.treatUnknown);
  });
  const rewrites = treatments.map((treatment, column) => rewriteFor(treatment, fields[column], means));
  const anyRewrite = rewrites.some((rewrite) => rewrite !== null);
  const anyExempt = treatments.some((treatment) => treatment.kind === 'exempt');
  return {
    columns: fields.length,
    deliver: anyRewrite ? rewrites : null,
    nothing: fields.map(() => null),
    record: anyExempt
      ? treatments.map((treatment, column) => (treatment.kind === 'exempt' ? NULL_CELL : (rewrites[column] ?? null)))
      : null,
    masks: treatments.map(maskName),
    mismatches,
  };
}

/** The server says that a column comes from a table and place other than the lineage's own base column. */
function contradicts(facts: StatementFacts | undefined, column: number, field: RowField): boolean {
  const lineage = facts?.outputs?.[column]?.lineage;
  if (lineage?.kind !== 'base') return false;
  // Views report their own oid, children theirs: any column on the way counts as agreement.
  return ![lineage.column, ...lineage.sources].some(
    (source) => source.table.oid === field.tableOid && source.attnum === field.attnum,
  );
}

const STRICTNESS = { pass: 0, exempt: 1, mask: 2, constant: 3 } as const;

function stricter(one: OutputTreatment, other: OutputTreatment): OutputTreatment {
  return STRICTNESS[other.kind] > STRICTNESS[one.kind] ? other : one;
}

/**
 * What becomes of one column's cells; null: they pass. Throws `upstream-violation` as `treatRows` does.
 * @param field what the server says of the column, undefined where it says nothing.
 */
export function rewriteFor(
  treatment: OutputTreatment,
  field: RowField | undefined,
  { keys, catalog, shown }: TreatmentMeans,
): CellRewrite {
  if (treatment.kind === 'pass' || treatment.kind === 'exempt') return null;
  if (field === undefined) return NULL_CELL;
  const rules = rulesOf(catalog, field.tableOid, field.attnum);
  const needsConstant = treatment.kind === 'constant' || givesConstant(treatment.mask);
  const outcome = outcomeOf(catalog, field, rules, needsConstant);
  if (outcome.kind === 'only-null') return NULL_CELL;
  if (outcome.kind === 'none')
    throw new GatewayError('upstream-violation', `a column of the result has to be masked, and ${outcome.why}`);
  const { format } = outcome;
  const constant = outcome.constant === null ? null : format.encode(outcome.constant);
  if (treatment.kind === 'constant') return { kind: 'constant', bytes: constant, width: format.width };
  // A NULL where the table has none would break whoever relies on that: the type's constant says as little.
  const nulls = treatment.mask.name === 'null' && rules.notNull;
  const compiled = compileMask(nulls ? { name: 'redact', options: {} } : treatment.mask, format, keys);
  const remembers = shown !== undefined && format.kind === 'text' && givesPseudonyms(treatment.mask);
  const mask = remembers ? remembering(compiled, shown) : compiled;
  return { kind: 'mask', mask: rules.checks.length === 0 ? mask : withConstant(mask, constantCell(format), constant) };
}

/** So that a pseudonym is known when the client writes it back. */
function remembering(mask: CellMask, pseudonyms: ShownPseudonyms): CellMask {
  return (cell) => {
    const shown = mask(cell);
    if (shown !== null) pseudonyms.remember(shown);
    return shown;
  };
}

/** Where a mask gives the type's constant, another takes its place: one that the column's CHECK constraints take. */
function withConstant(mask: CellMask, ofType: Buffer, ofColumn: Buffer | null): CellMask {
  return (cell) => {
    const shown = mask(cell);
    return shown?.equals(ofType) === true ? ofColumn : shown;
  };
}

/** What a treatment is called in metrics and the record; null: it leaves cells as they are. */
export function maskName(treatment: OutputTreatment): string | null {
  if (treatment.kind === 'mask') return treatment.mask.name;
  return treatment.kind === 'constant' ? 'constant' : null;
}
