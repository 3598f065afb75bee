import { type GivenValues, givesMasked, givesPseudonyms, type MaskedWrite, type Refusal } from '@bailiwick/domain';
import { type BoundColumn, columnLabel } from '../bind/bound-data-map.ts';
import { judgeColumn } from './column-verdict.ts';
import { ClassContext } from './rule-voice.ts';
import type { StatementScope } from './statement-scope.ts';
import { factTables } from './touched-data.ts';
import { refusal, verb } from './wording.ts';

/** What a statement gives to columns that its identity sees masked. */
export interface JudgedWrites {
  /** A literal is a mask's output. */
  readonly refusal: Refusal | null;
  /** What has to be looked at when it runs. */
  readonly bound: readonly MaskedWrite[];
}

/**
 * Whoever reads a mask's output and writes it back destroys the real value: agents do so without knowing. What counts
 * is how the identity sees the column when it reads it.
 */
export function judgeMaskedWrites(scope: StatementScope): JudgedWrites {
  let refused: Refusal | null = null;
  const bound: MaskedWrite[] = [];
  for (const given of scope.facts.given) {
    for (const written of maskedColumns(given, scope)) {
      if (given.literals.some((text) => givesMasked(written.mask, text)))
        refused ??= refuseMaskedWrite(written, verb(scope));
      const literals = givesPseudonyms(written.mask) ? given.literals : [];
      const { parameters } = given;
      if (literals.length + parameters.length > 0) bound.push({ ...written, literals, parameters });
    }
  }
  return { refusal: refused, bound };
}

type Written = Omit<MaskedWrite, 'literals' | 'parameters'>;

function maskedColumns({ columns }: GivenValues, scope: StatementScope): readonly Written[] {
  return columns
    .flatMap(({ table, attnum }) => scope.columns(table.oid, attnum))
    .flatMap((column): Written[] => {
      const treatment = asRead(column, scope);
      if (treatment.kind !== 'mask') return [];
      const { mask, rule } = treatment;
      return [{ column: columnLabel(column), tableOid: column.relation.oid, attnum: column.attnum, mask, rule }];
    });
}

function asRead(column: BoundColumn, { reader, ground, facts, touched }: StatementScope) {
  const reading = new ClassContext(reader, ground.regions, 'READ', { tables: factTables(facts), tags: touched.tags });
  return judgeColumn(column, [reading], ground).treatment;
}

/** The refusal of a write of what a mask gave. @param what the statement's verb. */
export function refuseMaskedWrite({ column, rule }: Written, what: string): Refusal {
  return refusal(
    'launder-denied',
    rule,
    `${what} would write a mask's output into ${column} over the real value: what you read there is masked`,
    'leave the column out, or give it a real value',
    [column],
  );
}
