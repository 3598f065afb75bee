import type { ColumnUse, DataFlow, SettingChange, Unproven } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { buildCatalog, CRM } from '../testing/build-catalog.ts';
import type { FactsSketch } from '../testing/build-facts.ts';
import { bench, DATA, identityOf, SESSION } from '../testing/build-policy.ts';

const RULES = `rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email }, except: '"support" in groups' }
  - { id: ids, on: { tags: [pii.national_id] }, do: { mask: redact }, inference: deny }
  - { id: notes, on: { tags: [pii.free_text] }, do: { mask: redact }, inference: allow }
`;
const SITE = DATA + RULES;
const refusalOf = (text: string, sketch: FactsSketch, identity = {}) => bench(text).decide(sketch, identity).refusal;

describe('inference', () => {
  const PLACES: readonly ColumnUse['place'][] = ['predicate', 'grouping', 'ordering', 'join'];
  const passes = (use: string, identity = {}, text = SITE) => refusalOf(text, { uses: [use] }, identity) === null;

  test.each(PLACES)('a masked column in %s, under each rule', (place) => {
    expect(passes(`${place} public.customers.email`)).toBe(false);
    expect(passes(`${place} public.customers.ssn`)).toBe(false);
    expect(passes(`${place} public.customers.notes`)).toBe(true);
    expect(passes(`${place} public.customers.city`)).toBe(true);
    expect(passes(`${place} public.customers.email`, { groups: ['support'] })).toBe(true);
  });

  test.each(PLACES)('constant equality passes in a predicate only: %s', (place) => {
    expect(passes(`${place}= public.customers.email`)).toBe(place === 'predicate');
    expect(passes(`${place}= public.customers.ssn`)).toBe(false);
  });

  test.each<readonly [string, string, boolean]>([
    ['deny', 'predicate= public.customers.email', false],
    ['equality', 'predicate= public.customers.email', true],
    ['equality', 'predicate public.customers.email', false],
    ['allow', 'ordering public.customers.email', true],
    ['allow', 'predicate public.customers.ssn', false],
    ['deny', 'ordering public.customers.notes', true],
  ])('defaults.inference %s: %s passes: %s', (level, use, expected) => {
    expect(passes(use, {}, `${SITE}defaults: { inference: ${level} }\n`)).toBe(expected);
  });

  test('the strictest rule that names a level counts', () => {
    const text = `${DATA}rules:
  - { id: a, on: { tags: [pii.contact] }, do: { mask: email }, inference: allow }
  - { id: b, on: { tags: ["pii.*"] }, do: { mask: redact }, inference: equality }
`;
    expect(passes('ordering public.customers.email', {}, text)).toBe(false);
    expect(passes('predicate= public.customers.email', {}, text)).toBe(true);
  });

  test('a whole row in a predicate is never a constant equality', () => {
    const text = `${DATA}rules: [{ id: a, on: { tags: ["*"] }, do: { mask: email } }]\n`;
    expect(passes('predicate= public.customers.email', {}, text)).toBe(true);
    expect(passes('predicate= public.customers.*', {}, text)).toBe(false);
  });

  test('names column, place and a form that would pass', () => {
    expect(refusalOf(SITE, { uses: ['ordering public.customers.email'] })).toEqual({
      code: 'inference-denied',
      rule: 'defaults.inference',
      message: 'SELECT uses public.customers.email in ordering, where masked values could be guessed',
      hint: 'in WHERE, email = $1 and email IN ($1, $2) pass, with constants or parameters and the column as it stands; order by columns that are not masked',
      columns: ['public.customers.email'],
    });
    const denied = refusalOf(SITE, { uses: ['predicate= public.customers.ssn'] });
    expect(denied).toMatchObject({ rule: 'ids' });
    expect(denied?.hint).toContain('rephrasing the condition will not help');
  });
});

describe('laundering', () => {
  const TABLE = (name: string): DataFlow['target'] => ({ kind: 'table', name });
  const copy = (from: string, to: DataFlow['target'], identity = {}, text = SITE) =>
    refusalOf(
      text,
      {
        command: 'INSERT',
        classes: ['WRITE'],
        writes: ['public.customers', 'public.log', 'public.contacts'],
        flows: [{ from: [from], to }],
      },
      identity,
    )?.code ?? 'pass';
  const EMAIL = 'public.customers.email';

  test.each<readonly [string, string, DataFlow['target'], string]>([
    ['an untagged table', EMAIL, TABLE('public.log'), 'launder-denied'],
    ['an untagged column', EMAIL, TABLE('public.log.line'), 'launder-denied'],
    ['an untagged column of the same table', EMAIL, TABLE('public.customers.city'), 'launder-denied'],
    ['another tag', EMAIL, TABLE('public.customers.ssn'), 'launder-denied'],
    ['the same column', EMAIL, TABLE('public.customers.email'), 'pass'],
    ['some column of the same table', EMAIL, TABLE('public.customers'), 'launder-denied'],
    ['a table that is not written', EMAIL, TABLE('public.orders.total'), 'launder-denied'],
    ['a new table', EMAIL, { kind: 'new-table', name: 'public.copy' }, 'launder-denied'],
    ['a file', EMAIL, { kind: 'file', name: '' }, 'launder-denied'],
    ['a program', EMAIL, { kind: 'program', name: '' }, 'launder-denied'],
    ['a setting', EMAIL, { kind: 'setting', name: 'x.y' }, 'launder-denied'],
    ['a notification', EMAIL, { kind: 'notification', name: 'c' }, 'launder-denied'],
    ['something else', EMAIL, { kind: 'other', name: '' }, 'launder-denied'],
    ['a whole row', 'public.customers.*', TABLE('public.log'), 'launder-denied'],
    ['untagged data', 'public.customers.city', TABLE('public.log'), 'pass'],
    ['a column on which no rule spoke', 'public.customers.notes', TABLE('public.log'), 'launder-denied'],
  ])('to %s', (_name, from, to, expected) => {
    expect(copy(from, to)).toBe(expected);
  });

  test('to a column with at least the same tags', () => {
    const text = `${SITE.replace('rules:', '    public.log: { columns: { line: [pii.contact, pii.other] } }\nrules:')}`;
    expect(copy(EMAIL, TABLE('public.log.line'), {}, text)).toBe('pass');
    expect(copy('public.customers.ssn', TABLE('public.log.line'), {}, text)).toBe('launder-denied');
    expect(copy(EMAIL, TABLE('public.log'), {}, text)).toBe('launder-denied');
  });

  test('by whom the rule excepts, or where the defaults allow it', () => {
    expect(copy(EMAIL, TABLE('public.log'), { groups: ['support'] })).toBe('pass');
    expect(copy(EMAIL, TABLE('public.log'), {}, `${SITE}defaults: { launder: allow }\n`)).toBe('pass');
  });

  test('a file or program of the server, in either direction, whatever it is said to hold', () => {
    const onServer = { command: 'COPY', classes: ['WRITE' as const], writes: ['public.log'], copy: null };
    expect(refusalOf(SITE, onServer)?.code).toBe('launder-denied');
    expect(refusalOf(SITE, onServer, { groups: ['support'] })?.code).toBe('launder-denied');
    expect(refusalOf(SITE, { ...onServer, copy: { direction: 'in', format: 'text' } })?.code).toBe(undefined);
    expect(refusalOf(`${SITE}defaults: { launder: allow }\n`, onServer)?.code).toBe(undefined);
  });

  test('names columns and target', () => {
    const refusal = refusalOf(SITE, {
      command: 'CREATE TABLE AS',
      flows: [{ from: [EMAIL, 'public.customers.ssn'], to: { kind: 'new-table', name: 'public.copy' } }],
    });
    expect(refusal?.message).toBe(
      'CREATE TABLE AS would copy public.customers.email and public.customers.ssn to a new table public.copy, where no rule would mask them',
    );
    expect(refusal?.columns).toEqual(['public.customers.email', 'public.customers.ssn']);
  });
});

describe('settings', () => {
  const set = (text: string, name: string, value: string | null, certain = true) => {
    const change: SettingChange = { name, value, scope: 'session', certain };
    return refusalOf(text, { command: 'SET', classes: ['MISC'], settings: [change] })?.code ?? 'pass';
  };
  const OPEN = 'version: 1\n';
  test.each<readonly [string, string, string | null, boolean, string, string]>([
    ['the gateway’s own', 'role', 'admin', true, 'setting-denied', 'setting-denied'],
    ['in other letters', 'ROLE', 'admin', true, 'setting-denied', 'setting-denied'],
    ['reset', 'session_authorization', null, true, 'setting-denied', 'setting-denied'],
    ['one of the gateway', 'bailiwick.identity', 'x', true, 'setting-denied', 'setting-denied'],
    ['by a computed name', '', 'x', false, 'setting-denied', 'setting-denied'],
    ['by something that is no name', "ro' || 'le", 'x', false, 'setting-denied', 'setting-denied'],
    ['a harmless one', 'statement_timeout', '5s', true, 'pass', 'pass'],
    ['a harmless one by a computed value', 'statement_timeout', null, false, 'pass', 'pass'],
    ['a tracked one', 'search_path', 'public', true, 'pass', 'pass'],
    ['a tracked one by a computed value', 'search_path', null, false, 'setting-denied', 'pass'],
    ['a fixed one to another value', 'standard_conforming_strings', 'off', true, 'setting-denied', 'setting-denied'],
    ['a fixed one to what it is', 'client_encoding', 'UTF8', true, 'pass', 'pass'],
    ['a fixed one, reset', 'DateStyle', null, true, 'pass', 'pass'],
    ['a fixed one by a computed value', 'client_encoding', null, false, 'setting-denied', 'setting-denied'],
    ['the order of dates', 'datestyle', 'DMY', true, 'pass', 'pass'],
    ['the order of dates, in ISO style', 'datestyle', 'ISO, European', true, 'pass', 'pass'],
    ['another style of dates', 'datestyle', 'German, DMY', true, 'setting-denied', 'setting-denied'],
    ['a pinned one to another value', 'bytea_output', 'escape', true, 'setting-denied', 'pass'],
    ['a pinned one by a computed value', 'bytea_output', null, false, 'setting-denied', 'pass'],
    ['row security that refuses', 'row_security', 'off', true, 'pass', 'pass'],
    ['other places for tables', 'default_tablespace', 'elsewhere', true, 'setting-denied', 'pass'],
    ['the usual place for tables', 'default_tablespace', '', true, 'pass', 'pass'],
    ['fewer kinds of relations', 'restrict_nonsystem_relation_kind', 'view, foreign-table', true, 'pass', 'pass'],
    ['all kinds of relations again', 'restrict_nonsystem_relation_kind', '', true, 'setting-denied', 'pass'],
    ['one that nobody listed', 'app.tenant', '7', true, 'setting-denied', 'pass'],
  ])('%s', (_name, name, value, certain, mapped, open) => {
    expect(set(SITE, name, value, certain)).toBe(mapped);
    expect(set(OPEN, name, value, certain)).toBe(open);
  });

  test('never name the value', () => {
    const change: SettingChange = { name: 'app.tenant', value: 'secret-value', scope: 'session', certain: true };
    expect(JSON.stringify(refusalOf(SITE, { settings: [change] }))).not.toContain('secret-value');
  });
});

describe("code that is not analysed, and the database's own tables", () => {
  const OPEN_WRITES = `${SITE}defaults: { writes: allow }\n`;
  test.each(['CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE TRIGGER', 'CREATE EVENT TRIGGER', 'CREATE RULE', 'DO'])(
    '%s is held also where writes are allowed',
    (command) => {
      const sketch: FactsSketch = { command, classes: ['DDL'] };
      expect(bench(OPEN_WRITES).decide(sketch)).toMatchObject({ effect: 'hold', rule: 'defaults.launder' });
      expect(bench(`${SITE}defaults: { writes: allow, launder: allow }\n`).decide(sketch).effect).toBe('allow');
      expect(bench('version: 1\ndefaults: { writes: allow }\n').decide(sketch).effect).toBe('allow');
    },
  );

  test.each(['pg_catalog.pg_settings', 'information_schema.sql_features'])('%s is not written', (name) => {
    const sketch: FactsSketch = { command: 'UPDATE', classes: ['WRITE'], writes: [name] };
    expect(refusalOf(OPEN_WRITES, sketch)?.code).toBe('policy-denied');
    expect(refusalOf('version: 1\ndefaults: { writes: allow }\n', sketch)).toBeNull();
  });
});

describe('what is not proven', () => {
  const because = (kind: Unproven['kind']) => ({
    unproven: [{ kind, reason: 'relation "x" is not known', offset: 0 }],
  });
  test.each<readonly [Unproven['kind'], string]>([
    ['relation', 'unproven'],
    ['construct', 'unproven'],
    ['catalog', 'unproven'],
    ['name', 'unproven'],
    ['function', 'hold by defaults.writes'],
  ])('%s', (kind, expected) => {
    const decision = bench(SITE).decide(because(kind));
    expect(decision.refusal?.code ?? `${decision.effect} by ${decision.rule}`).toBe(expected);
    expect(bench('version: 1\n').decide(because(kind)).refusal).toBeNull();
  });

  test('a column that a known table does not have is left to the server to explain', () => {
    const decision = bench(SITE).decide(because('column'));
    expect(decision.refusal).toBeNull();
    expect(decision.sanitiseMessages).toBe(true);
    expect(decision.treatUnknown.kind).toBe('constant');
  });

  test('names it and says what would pass', () => {
    const refusal = refusalOf(SITE, because('relation'));
    expect(refusal?.message).toBe('SELECT was not run because what it reads is not proven: relation "x" is not known');
    expect(refusal?.hint).toContain('check the name');
    expect(refusalOf(SITE, because('construct'))?.hint).toContain('name the tables and columns directly');
  });

  test.each<readonly [string, FactsSketch]>([
    ['a table', { reads: ['public.fresh'] }],
    ['a column', { uses: ['predicate public.customers.fresh'] }],
    ['a source', { outputs: ['f(public.fresh.x)'] }],
  ])('%s of another catalog than the one that the policy is bound to', (_name, sketch) => {
    expect(refusalOf(SITE, sketch)?.code).toBe('unproven');
    expect(refusalOf('version: 1\n', sketch)).toBeNull();
  });

  test('a table that is made by the statement is not a stranger', () => {
    const made: FactsSketch = { command: 'CREATE TABLE', classes: ['DDL'], writes: ['public.fresh'] };
    expect(bench(SITE).decide(made).effect).toBe('hold');
  });
});

describe('a foreign table', () => {
  const KIN = buildCatalog({
    ...CRM,
    'public.parts': { oid: 610, columns: ['x'], kind: 'partitioned-table' },
    'public.part_here': { oid: 611, columns: ['x'], parents: [610] },
    'public.part_far': { oid: 612, columns: ['x'], kind: 'foreign-table', parents: [610] },
    'public.customers_far': { oid: 620, columns: ['ssn', 'city'], kind: 'foreign-table', parents: [100] },
  });
  const codeOf = (text: string, sketch: FactsSketch) => bench(text, KIN).decide(sketch).refusal?.code;

  test.each<readonly [string, FactsSketch]>([
    ['in the select list', { reads: ['public.far'], outputs: ['public.far.x'] }],
    ['counted', { reads: ['public.far'], outputs: ['f()'] }],
    ['in a condition', { reads: ['public.far'], uses: ['predicate public.far.x'] }],
    ['behind a view', { outputs: ['f(public.far.x)'] }],
    ['copied', { flows: [{ from: ['public.far.x'], to: { kind: 'new-table', name: 'public.copy' } }] }],
    ['as a partition', { reads: ['public.part_far'], outputs: ['f()'] }],
    ['below the table that is read', { reads: ['public.parts'], outputs: ['public.parts.x'] }],
  ])('of which the data map says nothing is not read: %s', (_name, sketch) => {
    expect(codeOf(SITE, sketch)).toBe('unproven');
    expect(codeOf('version: 1\n', sketch)).toBeUndefined();
  });

  test('is read as the data map says', () => {
    const mapped = SITE.replace(
      '    public.patients:',
      '    public.far: { columns: { x: [pii.national_id] } }\n    public.patients:',
    );
    const { refusal, treatments } = bench(mapped, KIN).decide({ reads: ['public.far'], outputs: ['public.far.x'] });
    expect(refusal).toBeNull();
    expect(treatments).toMatchObject([[{ kind: 'mask' }]]);
    const empty = SITE.replace('    public.patients:', '    public.far: {}\n    public.patients:');
    expect(codeOf(empty, { reads: ['public.far'], outputs: ['public.far.x'] })).toBeUndefined();
  });

  test('takes the tags of a mapped parent, and leaves the other partitions alone', () => {
    const child = bench(SITE, KIN).decide({
      reads: ['public.customers_far'],
      outputs: ['public.customers_far.ssn', 'public.customers_far.city'],
    });
    expect(child.treatments).toMatchObject([[{ kind: 'mask' }, { kind: 'pass' }]]);
    expect(codeOf(SITE, { reads: ['public.part_here'], outputs: ['public.part_here.x'] })).toBeUndefined();
  });

  test('is named, with what to do', () => {
    const refusal = refusalOf(SITE, { reads: ['public.far'], outputs: ['public.far.x'] });
    expect(refusal?.message).toContain('the rows of public.far come from another server');
    expect(refusal?.hint).toContain('under data');
  });
});

describe('without a catalog', () => {
  const closed = bench(SITE, null);
  const builtin = { name: 'pg_catalog.now', builtin: true, safe: true, volatility: 'stable' } as const;
  test.each<readonly [string, FactsSketch, string]>([
    ['a constant', { outputs: ['f()'] }, 'allow'],
    ['a safe function', { outputs: ['f()'], functions: [builtin] }, 'allow'],
    ['BEGIN', { command: 'BEGIN', classes: ['MISC'] }, 'allow'],
    ['a table', { reads: ['public.orders'], outputs: ['f()'] }, 'catalog-unavailable'],
    ['a column', { outputs: ['public.orders.id'] }, 'catalog-unavailable'],
    ['an unknown output', { outputs: ['?'] }, 'catalog-unavailable'],
    ['unknown outputs', { outputsUnknown: true }, 'catalog-unavailable'],
    ['an unproven name', { unproven: [{ kind: 'relation', reason: 'x', offset: 0 }] }, 'catalog-unavailable'],
    ['a function', { functions: [{ ...builtin, builtin: false }] }, 'catalog-unavailable'],
    ['a write', { command: 'INSERT', classes: ['WRITE'] }, 'catalog-unavailable'],
    ['a fetch', { command: 'FETCH', classes: ['MISC'], names: { fetches: 'c' } }, 'catalog-unavailable'],
  ])('%s', (_name, sketch, expected) => {
    const decision = closed.decide(sketch);
    expect(decision.refusal?.code ?? decision.effect).toBe(expected);
  });

  test('no cell passes', () => {
    const decision = closed.decide({ outputs: ['f()'] });
    expect(decision.treatColumn(100, 5)).toMatchObject({ kind: 'constant' });
    expect(decision.treatUnknown).toMatchObject({ kind: 'constant' });
  });

  test('nothing changes where there is no data map', () => {
    expect(bench('version: 1\n', null).decide({ reads: ['public.orders'], outputs: ['public.orders.id'] }).effect).toBe(
      'allow',
    );
  });
});

describe('what cannot be parsed', () => {
  const unparsed = (text: string) =>
    bench(text).policy.decideUnparsed({ identity: identityOf(), session: SESSION, now: 0 }, 'syntax error at "SELEC"');
  test.each<readonly [string, string, string]>([
    ['with a data map', SITE, 'unparsed'],
    ['with a data map, whatever the defaults say', `${SITE}defaults: { unparsed: allow, writes: allow }\n`, 'unparsed'],
    ['without', 'version: 1\n', 'unparsed'],
    ['where the defaults allow it, as a write', 'version: 1\ndefaults: { unparsed: allow }\n', 'hold'],
    ['where the defaults allow it and writes', 'version: 1\ndefaults: { unparsed: allow, writes: allow }\n', 'allow'],
    [
      'where a rule blocks a class that it may be of',
      'version: 1\nrules: [{ id: no, on: { does: [ROLE] }, do: block }]\ndefaults: { unparsed: allow, writes: allow }\n',
      'policy-denied',
    ],
    [
      'where a rule blocks a table that it may touch',
      'version: 1\nrules: [{ id: no, on: { tables: [public.log] }, do: block }]\ndefaults: { unparsed: allow, writes: allow }\n',
      'policy-denied',
    ],
  ])('%s', (_name, text, expected) => {
    const decision = unparsed(text);
    expect(decision.refusal?.code ?? decision.effect).toBe(expected);
  });

  test('says why', () => {
    const decision = unparsed(SITE);
    expect(decision.refusal?.message).toBe(
      'the statement could not be parsed, so it was not run: syntax error at "SELEC"',
    );
    expect(decision.regulated && decision.sanitiseMessages).toBe(true);
    expect(decision.treatUnknown.kind).toBe('constant');
  });
});
