import { describe, expect, test } from 'vitest';
import { buildCatalog, CRM } from '../testing/build-catalog.ts';
import type { FactsSketch } from '../testing/build-facts.ts';
import { bench, DATA, word } from '../testing/build-policy.ts';

const RULES = `
rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email }, except: '"support" in human.groups && agent == null' }
  - { id: ids, on: { tags: [pii.national_id] }, do: { mask: { partial: { keep_last: 4 } } }, inference: deny }
`;
const AGENT = { agent: { subject: 'bot', groups: ['agents'] }, modelRegion: 'DE' };

/** A treatment in a word: `email by contact`, `constant by ids`, `exempt by contact`, `pass`. */
describe('treatments of outputs', () => {
  const table = bench(DATA + RULES);
  test.each<readonly [string, string, string]>([
    ['an untagged column', 'public.customers.city', 'pass'],
    ['a column under a mask', 'public.customers.email', 'email by contact'],
    ['another', 'public.customers.ssn', 'partial by ids'],
    ['a tag of another table', 'public.patients.aadhaar', 'partial by ids'],
    ['a tagged column on which no rule spoke', 'public.customers.notes', 'redact by defaults.tagged'],
    ['an expression over a masked column', 'f(public.customers.email)', 'constant by contact'],
    ['an expression over two', 'f(public.customers.city, public.customers.ssn)', 'constant by ids'],
    ['an expression over none', 'f()', 'pass'],
    ['an expression over untagged columns', 'f(public.customers.city)', 'pass'],
    ['a whole row', 'public.customers.*', 'constant by contact'],
    ['a whole row without tags', 'public.orders.*', 'pass'],
    ['an expression over a whole row', 'f(public.customers.*)', 'constant by contact'],
    ['an unknown origin', '?', 'constant by defaults.unproven'],
    ['a column through a view', 'public.customers.email < public.contacts.email', 'email by contact'],
    ['a column that came through a whole row', 'public.customers.city < public.customers.*', 'constant by contact'],
    ['a table that the catalog lacks', 'public.fresh.x', 'constant by defaults.unproven'],
    ['a column that the catalog lacks', 'public.customers.fresh', 'constant by defaults.unproven'],
  ])('%s', (_name, output, expected) => {
    const decision = table.decide({ outputs: [output] });
    expect(decision.treatments).toHaveLength(1);
    expect(word(decision.treatments[0]?.[0])).toBe(expected);
  });

  test.each<readonly [string, string, string]>([
    ['the exempt column', 'public.customers.email', 'exempt by contact'],
    ['an expression over it', 'f(public.customers.email)', 'exempt by contact'],
    ['an expression with a masked one', 'f(public.customers.email, public.customers.ssn)', 'constant by ids'],
    ['an unknown origin', '?', 'constant by defaults.unproven'],
    ['the column that no exception names', 'public.customers.ssn', 'partial by ids'],
  ])('for whom a rule excepts: %s', (_name, output, expected) => {
    const decision = table.decide({ outputs: [output] }, { groups: ['support'] });
    expect(word(decision.treatments[0]?.[0])).toBe(expected);
  });

  test('an agent is not excepted by what its person is', () => {
    const decision = table.decide({ outputs: ['public.customers.email'] }, { groups: ['support'], ...AGENT });
    expect(word(decision.treatments[0]?.[0])).toBe('email by contact');
  });

  test('without a data map everything passes', () => {
    const open = bench('version: 1\n');
    expect(open.policy.hasDataMap).toBe(false);
    const decision = open.decide({ outputs: ['public.customers.email', '?', 'public.fresh.x'] });
    expect(decision.treatments[0]?.map(word)).toEqual(['pass', 'pass', 'pass']);
    expect(decision.effect).toBe('allow');
  });

  test('another datasource has its own data map', () => {
    const other = bench(`${DATA.replace('crm:', 'hr:')}${RULES}`);
    expect(other.policy.hasDataMap).toBe(false);
    expect(word(other.decide({ outputs: ['public.customers.email'] }).treatments[0]?.[0])).toBe('pass');
  });

  test('a statement without rows has no treatments, one with unknown columns is unknown', () => {
    expect(table.decide({ outputs: null }).treatments).toEqual([null]);
    const decision = table.decide({ outputs: null, outputsUnknown: true });
    expect(decision.treatments).toEqual([null]);
    expect(word(decision.treatUnknown)).toBe('constant by defaults.unproven');
    expect(decision.regulated && decision.sanitiseMessages).toBe(true);
  });

  test('treatments follow the statements of the packet', () => {
    const decision = table.decide([
      { outputs: ['public.customers.email', 'public.customers.city'] },
      { outputs: null, command: 'SET', classes: ['MISC'] },
      { outputs: ['f(public.customers.ssn)'] },
    ]);
    expect(decision.treatments.map((list) => list?.map(word) ?? null)).toEqual([
      ['email by contact', 'pass'],
      null,
      ['constant by ids'],
    ]);
  });
});

describe('the strictest mask wins', () => {
  const both = (one: string, other: string) =>
    bench(`${DATA}rules:
  - { id: a, on: { tags: [pii.contact] }, do: { mask: ${one} } }
  - { id: b, on: { tags: ["pii.*"] }, do: { mask: ${other} } }
`).decide({ outputs: ['public.customers.email'] }).treatments[0]?.[0];
  test.each<readonly [string, string, string]>([
    ['email', 'redact', 'redact by b'],
    ['redact', 'email', 'redact by a'],
    ['null', 'redact', 'null by a'],
    ['hash', 'token', 'token by b'],
    ['{ partial: { keep_last: 4 } }', 'email', 'partial by a'],
    ['{ partial: { keep_last: 4 } }', '{ partial: { keep_last: 4 } }', 'partial by a'],
    ['{ partial: { keep_last: 4 } }', '{ partial: { keep_first: 4 } }', 'redact by a'],
    ['{ constant: { value: a } }', '{ constant: { value: b } }', 'redact by a'],
  ])('%s and %s', (one, other, expected) => {
    expect(word(both(one, other))).toBe(expected);
  });
});

describe('what speaks of a column', () => {
  const treat = (rules: string, identity = {}) =>
    word(bench(`${DATA}rules:\n${rules}`).decide({ outputs: ['public.customers.email'] }, identity).treatments[0]?.[0]);
  test.each<readonly [string, string, string]>([
    ['allow', '  - { id: a, on: { tags: [pii.contact] }, do: allow }', 'exempt by a'],
    [
      'allow with a mask',
      '  - { id: a, on: { tags: [pii.contact] }, do: allow }\n  - { id: b, on: { tags: ["*"] }, do: { mask: email } }',
      'email by b',
    ],
    ['allow of everything', '  - { id: a, do: allow }', 'redact by defaults.tagged'],
    ['allow of a table', '  - { id: a, on: { tables: [public.customers] }, do: allow }', 'exempt by a'],
    ['allow of another tag', '  - { id: a, on: { tags: [pii.contac] }, do: allow }', 'redact by defaults.tagged'],
    [
      'allow of writes',
      '  - { id: a, on: { tags: [pii.contact], does: [WRITE] }, do: allow }',
      'redact by defaults.tagged',
    ],
    ['an excepted block', '  - { id: a, on: { tags: [pii.contact] }, do: block, except: "true" }', 'exempt by a'],
    [
      'an excepted block by place',
      '  - { id: a, on: { tags: [pii.contact] }, reader: { outside: [IN] }, do: block, except: "true" }',
      'redact by defaults.tagged',
    ],
    [
      'an excepted hold',
      '  - { id: a, on: { tags: [pii.contact] }, do: hold, except: "true" }',
      'redact by defaults.tagged',
    ],
    ['a dry run', '  - { id: a, on: { tags: [pii.contact] }, do: allow, dry_run: true }', 'redact by defaults.tagged'],
    [
      'a dry mask',
      '  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, dry_run: true }',
      'redact by defaults.tagged',
    ],
    [
      'a mask by place that matches',
      '  - { id: a, on: { tags: [pii.contact] }, reader: { inside: [EEA] }, do: { mask: email } }',
      'email by a',
    ],
    [
      'a mask by place that does not',
      '  - { id: a, on: { tags: [pii.contact] }, reader: { outside: [EEA] }, do: { mask: email } }',
      'redact by defaults.tagged',
    ],
    [
      'a failing when of allow',
      '  - { id: a, on: { tags: [pii.contact] }, do: allow, when: "agent.subject == \'x\'" }',
      'redact by defaults.tagged',
    ],
    [
      'a failing when of a mask',
      '  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, when: "agent.subject == \'x\'" }',
      'redact by defaults.tagged',
    ],
    [
      'a failing except',
      '  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, except: "agent.subject != \'x\'" }',
      'email by a',
    ],
    [
      'a when that does not hold',
      '  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, when: "agent != null" }',
      'redact by defaults.tagged',
    ],
    [
      'a tag and a table',
      '  - { id: a, on: { tags: [pii.contact], tables: [public.orders] }, do: { mask: email } }',
      'redact by defaults.tagged',
    ],
    [
      'a tag and its place',
      '  - { id: a, on: { tags: [pii.contact], data: [EEA] }, do: { mask: email } }',
      'email by a',
    ],
    [
      'a tag and another place',
      '  - { id: a, on: { tags: [pii.contact], data: [IN] }, do: { mask: email } }',
      'redact by defaults.tagged',
    ],
    [
      'another datasource',
      '  - { id: a, on: { tags: [pii.contact], datasources: [hr] }, do: { mask: email } }',
      'redact by defaults.tagged',
    ],
    ['a class', '  - { id: a, on: { tags: [pii.contact], does: [READ] }, do: { mask: email } }', 'email by a'],
    [
      'another class',
      '  - { id: a, on: { tags: [pii.contact], does: [WRITE] }, do: { mask: email } }',
      'redact by defaults.tagged',
    ],
  ])('%s', (_name, rules, expected) => {
    expect(treat(rules)).toBe(expected);
  });

  test('a rule on a table masks its untagged columns, also without a data map', () => {
    const table = bench(
      'version: 1\nrules:\n  - { id: a, on: { tables: ["public.o*"] }, do: { mask: hash }, except: \'"dba" in groups\' }\n',
    );
    expect(table.policy.hasDataMap).toBe(true);
    const outputs = ['public.orders.total', 'public.log.line', '?'];
    expect(table.decide({ outputs }).treatments[0]?.map(word)).toEqual([
      'hash by a',
      'pass',
      'constant by defaults.unproven',
    ]);
    expect(word(table.decide({ outputs }, { groups: ['dba'] }).treatments[0]?.[0])).toBe('exempt by a');
  });

  test('a rule on places masks untagged columns of tables there, and no system table', () => {
    const table = bench('version: 1\nrules:\n  - { id: a, on: { data: [DE] }, do: { mask: redact } }\n');
    const decision = table.decide({ outputs: ['public.orders.total', 'pg_catalog.pg_class.relname'] });
    expect(decision.treatments[0]?.map(word)).toEqual(['redact by a', 'pass']);
  });

  test('classes are judged one by one: an exception for READ does not lift the mask of RETURNING', () => {
    const table = bench(`${DATA}rules:
  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, except: 'does("READ")' }
  - { id: w, on: { does: [WRITE] }, do: allow }
`);
    const read: FactsSketch = { outputs: ['public.customers.email'] };
    expect(word(table.decide(read).treatments[0]?.[0])).toBe('exempt by a');
    const write: FactsSketch = { ...read, command: 'UPDATE', classes: ['WRITE', 'READ'], writes: ['public.customers'] };
    expect(word(table.decide(write).treatments[0]?.[0])).toBe('email by a');
  });
});

describe('the second opinion on lineage', () => {
  const table = bench(DATA + RULES);
  const customers = CRM['public.customers']?.oid ?? 0;
  const orders = CRM['public.orders']?.oid ?? 0;
  test.each<readonly [string, number, number, string]>([
    ['a masked column', customers, 2, 'email by contact'],
    ['an untagged column', customers, 5, 'pass'],
    ['a whole row', customers, 0, 'constant by contact'],
    ['a whole row without tags', orders, 0, 'pass'],
    ['a system column', customers, -1, 'pass'],
    ['an expression', 0, 0, 'pass'],
    ['an unknown table', 4711, 1, 'constant by defaults.unproven'],
    ['an unknown column', customers, 77, 'constant by defaults.unproven'],
  ])('%s', (_name, oid, attnum, expected) => {
    expect(word(table.decide({ outputs: ['public.customers.city'] }).treatColumn(oid, attnum))).toBe(expected);
    expect(word(table.decide([]).treatColumn(oid, attnum))).toBe(expected);
  });

  test('the strictest statement of the packet counts', () => {
    const decision = bench(`${DATA}rules:
  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, except: 'statement.tables.exists(t, t == "public.log")' }
`).decide([{ reads: ['public.log'] }, { reads: ['public.orders'] }]);
    expect(word(decision.treatColumn(customers, 2))).toBe('email by a');
  });

  test('a column that a rule blocks becomes a constant where lineage missed it', () => {
    const residency = bench(`${DATA}rules:
  - { id: stay, on: { tags: ["pii.*"] }, reader: { outside: [EEA] }, do: block }
  - { id: see, on: { tags: ["pii.*"] }, do: allow }
`);
    const us = residency.decide({ outputs: ['public.customers.city'] }, { region: 'US' });
    expect(us.refusal).toBeNull();
    expect(word(us.treatColumn(customers, 2))).toBe('constant by stay');
    const nowhere = residency.decide({ outputs: ['public.customers.city'] }, { region: 'unknown' });
    expect(word(nowhere.treatColumn(customers, 2))).toBe('constant by defaults.unknown_reader');
    expect(word(residency.decide({ outputs: [] }).treatColumn(customers, 2))).toBe('exempt by see');
  });
});

describe('what is regulated, and what may be quoted', () => {
  const table = bench(
    DATA + RULES,
    buildCatalog({ ...CRM, 'public.tr': { oid: 600, columns: ['x'], triggers: true } }),
  );
  const WRITE = { command: 'INSERT', classes: ['WRITE'] } as const;
  test.each<readonly [string, FactsSketch, Record<string, unknown>, boolean, boolean]>([
    ['nothing', { outputs: ['public.customers.city'] }, {}, false, false],
    ['a masked output', { outputs: ['public.customers.email'] }, {}, true, true],
    ['a masked predicate', { uses: ['predicate= public.customers.email'] }, {}, true, true],
    ['an exempt output', { outputs: ['public.customers.email'] }, { groups: ['support'] }, true, false],
    ['a write to a mapped table', { ...WRITE, writes: ['public.customers'] }, {}, true, true],
    ['a write to another', { ...WRITE, writes: ['public.log'] }, {}, false, false],
    ['a write that fires triggers', { ...WRITE, writes: ['public.tr'] }, {}, false, true],
    ['a function', { classes: ['FUNCTION'] }, {}, true, true],
    ['something unproven', { unproven: [{ kind: 'function', reason: 'f', offset: 0 }] }, {}, true, true],
    ['an unknown output', { outputs: ['?'] }, {}, true, true],
  ])('%s', (_name, sketch, identity, regulated, quotes) => {
    const decision = table.decide(sketch, identity);
    expect([decision.regulated, decision.sanitiseMessages]).toEqual([regulated, quotes]);
  });

  test('tags and columns are those touched in any place', () => {
    const decision = table.decide({ uses: ['join public.customers.ssn'], outputs: ['f(public.customers.email)'] });
    expect(decision.tags).toEqual(['pii.contact', 'pii.national_id']);
    expect(
      decision.regulatedColumns.map(({ table: t, name, attnum }) => `${t.name}.${name} ${t.oid} ${attnum}`),
    ).toEqual(['customers.ssn 100 3', 'customers.email 100 2']);
  });
});
