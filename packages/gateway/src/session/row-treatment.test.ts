// What one result's columns become: the stricter of what the statement says and what the server describes.
import type { ColumnRef, Decision, Lineage, OutputTreatment, StatementFacts } from '@bailiwick/domain';
import type { RowField } from '@bailiwick/postgres';
import { describe, expect, test } from 'vitest';
import { treatRows } from './row-treatment.ts';

const KEYS = { keys: { keys: [{ id: 'k1', key: Buffer.alloc(32, 7) }] }, catalog: null };
const CUSTOMERS = 100;
const VIEW = 200;
const ORDERS = 300;

const PASS: OutputTreatment = { kind: 'pass' };
const CONSTANT: OutputTreatment = { kind: 'constant', rule: 'ids' };
const EXEMPT: OutputTreatment = { kind: 'exempt', rule: 'ids' };
const PARTIAL: OutputTreatment = {
  kind: 'mask',
  mask: { name: 'partial', options: { keep_last: 2 } },
  rule: 'ids',
  tag: 'pii.national_id',
};

const column = (oid: number, attnum: number): ColumnRef => ({
  table: { schema: 'public', name: `t${oid}`, oid },
  name: `c${attnum}`,
  attnum,
});
const base = (oid: number, attnum: number, ...through: readonly ColumnRef[]): Lineage => {
  const own = column(oid, attnum);
  return { kind: 'base', column: own, sources: [own, ...through] };
};
const DERIVED: Lineage = { kind: 'derived', sources: [] };

const field = (tableOid: number, attnum: number, typeOid = 25, format: 0 | 1 = 0): RowField => ({
  name: 'c',
  tableOid,
  attnum,
  typeOid,
  typeSize: -1,
  typeModifier: -1,
  format,
});

const factsOf = (...lineages: readonly Lineage[]): StatementFacts => ({
  dialect: 'postgres',
  command: 'SELECT',
  classes: ['READ'],
  start: 0,
  end: 0,
  tables: [],
  columns: [],
  comparisons: [],
  outputs: lineages.map((lineage) => ({ name: 'c', lineage })),
  outputsUnknown: false,
  functions: [],
  settings: [],
  transaction: null,
  names: {},
  flows: [],
  given: [],
  unproven: [],
  copy: null,
  changesCatalog: false,
  withoutEstimates: null,
  normalisedSql: '',
});

/** Column 1 of customers is regulated; nothing else is. */
const decisionOf = (...treatments: readonly OutputTreatment[]): Decision => ({
  effect: 'mask',
  rule: 'ids',
  verdicts: [],
  refusal: null,
  hold: null,
  treatments: [treatments],
  treatColumn: (oid, attnum) => (oid === CUSTOMERS && attnum === 1 ? PARTIAL : PASS),
  treatUnknown: CONSTANT,
  maskedWrites: [],
  probes: { constants: 0, arrays: [], unseen: false, columns: [] },
  regulated: true,
  sanitiseMessages: true,
  tags: [],
  regulatedColumns: [],
});

const treat = (lineage: Lineage, treatment: OutputTreatment, described: RowField, unknownOrigin = false) =>
  treatRows(factsOf(lineage), decisionOf(treatment), 0, [described], unknownOrigin, KEYS);

describe('lineage and description agree', () => {
  test('an unregulated column is passed on by reference', () => {
    expect(treat(base(ORDERS, 1), PASS, field(ORDERS, 1))).toMatchObject({
      deliver: null,
      record: null,
      masks: [null],
      mismatches: 0,
    });
  });

  test('a regulated column gets its mask', () => {
    const { deliver, masks } = treat(base(CUSTOMERS, 1), PARTIAL, field(CUSTOMERS, 1));
    const [rewrite] = deliver ?? [];
    expect(masks).toEqual(['partial']);
    const cell = rewrite?.kind === 'mask' ? rewrite.mask(Buffer.from('123456789')) : null;
    expect(cell?.toString()).not.toContain('1234567');
  });

  test.each([
    ['a view reports itself', field(VIEW, 4), [column(VIEW, 4)]],
    ['a partition reports its parent', field(ORDERS, 1), [column(ORDERS, 1)]],
    ['an expression reports nothing', field(0, 0), []],
    ['a system column has a negative number', field(ORDERS, -1), []],
  ] as const)('%s, and that is no contradiction', (_name, described, through) => {
    expect(treat(base(CUSTOMERS, 1, ...through), PARTIAL, described)).toMatchObject({
      mismatches: 0,
      masks: ['partial'],
    });
  });
});

describe('they contradict each other: the attack of a plan for another statement', () => {
  test('what the description says is regulated does not pass', () => {
    expect(treat(base(ORDERS, 1), PASS, field(CUSTOMERS, 1))).toMatchObject({ mismatches: 1, masks: ['constant'] });
  });

  test('a mask is never loosened by a description that says it is something harmless', () => {
    expect(treat(base(CUSTOMERS, 1), PARTIAL, field(ORDERS, 1))).toMatchObject({ mismatches: 1, masks: ['partial'] });
  });

  test('a derived column that the server says is a base column takes the stricter', () => {
    expect(treat(DERIVED, PASS, field(CUSTOMERS, 1)).masks).toEqual(['partial']);
    expect(treat(DERIVED, CONSTANT, field(CUSTOMERS, 1)).masks).toEqual(['constant']);
  });
});

describe('the origin is not known', () => {
  test('another number of columns makes all of them unknown', () => {
    const treatment = treatRows(factsOf(DERIVED), decisionOf(PASS), 0, [field(0, 0), field(ORDERS, 2)], false, KEYS);
    expect(treatment).toMatchObject({ columns: 2, masks: ['constant', 'constant'], mismatches: 1 });
  });

  test('rows of something else than the facts speak of are unknown', () => {
    expect(treat(base(ORDERS, 1), PASS, field(ORDERS, 1), true).masks).toEqual(['constant']);
  });

  test('a result that nobody expected is unknown', () => {
    const unexpected = { ...decisionOf(), treatments: [null] };
    expect(treatRows(undefined, unexpected, 0, [field(0, 0)], false, KEYS).masks).toEqual(['constant']);
    expect(treatRows(undefined, decisionOf(PASS), 1, [field(0, 0)], false, KEYS).masks).toEqual(['constant']);
  });
});

test('rows of a type that nobody knows are refused, whatever the mask', () => {
  for (const treatment of [PARTIAL, CONSTANT])
    expect(() => treat(DERIVED, treatment, field(0, 0, 999_999, 1))).toThrow('not known (oid 999999)');
  expect(treat(DERIVED, PASS, field(0, 0, 999_999, 1)).deliver).toBeNull();
});

test('what an exempt reader sees is delivered and not kept', () => {
  const treatment = treatRows(
    factsOf(base(CUSTOMERS, 2), base(ORDERS, 1)),
    decisionOf(EXEMPT, PASS),
    0,
    [field(CUSTOMERS, 2), field(ORDERS, 1)],
    false,
    KEYS,
  );
  expect(treatment.deliver).toBeNull();
  expect(treatment.record).toEqual([{ kind: 'constant', bytes: null }, null]);
});
