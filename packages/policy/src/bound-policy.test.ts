import type { Catalog } from '@bailiwick/sql';
import { describe, expect, test } from 'vitest';
import type { DatasourcePolicy } from './policy.ts';
import { buildCatalog, CRM, type RelationSketch } from './testing/build-catalog.ts';
import { factsBuilder } from './testing/build-facts.ts';
import { DATA, identityOf, policyOf, SESSION } from './testing/build-policy.ts';

const PLACE = { name: 'crm', region: 'DE' };
const SEE = `${DATA}rules: [{ id: m, on: { tags: ["*"] }, do: { mask: email } }]\n`;
const bind = (catalog: Catalog | null, previous: DatasourcePolicy | null = null, text = SEE) =>
  policyOf(text).bind(PLACE, catalog, previous);
const decideEmpty = (policy: DatasourcePolicy) =>
  policy.decide({ identity: identityOf(), session: SESSION, now: 0, facts: [] });

/** The kinds of treatment of a relation's columns, in order. */
function kinds(policy: DatasourcePolicy, oid: number, count: number): readonly string[] {
  const { treatColumn } = decideEmpty(policy);
  return Array.from({ length: count }, (_, index) => treatColumn(oid, index + 1).kind);
}

const change = (changes: Readonly<Record<string, RelationSketch | null>>, version = 'c2') => {
  const relations = Object.entries({ ...CRM, ...changes });
  return buildCatalog(
    Object.fromEntries(relations.filter((entry): entry is [string, RelationSketch] => entry[1] !== null)),
    version,
  );
};

describe('names and objects', () => {
  test('tags sit where the map says', () => {
    const policy = bind(buildCatalog(CRM));
    expect(policy.missing).toEqual([]);
    expect(kinds(policy, 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'pass']);
    expect(kinds(policy, 200, 3)).toEqual(['pass', 'pass', 'pass']);
  });

  test('a renamed column stays masked, and its name is missing', () => {
    const before = bind(buildCatalog(CRM));
    const after = bind(
      change({ 'public.customers': { oid: 100, columns: ['id', 'mail', 'ssn', 'notes', 'city'] } }),
      before,
    );
    expect(after.missing).toEqual(['public.customers.email']);
    expect(kinds(after, 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'pass']);
  });

  test('two columns that swap names are both masked', () => {
    const before = bind(buildCatalog(CRM));
    const swapped = change({ 'public.customers': { oid: 100, columns: ['id', 'city', 'ssn', 'notes', 'email'] } });
    expect(kinds(bind(swapped, before), 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'mask']);
    expect(bind(swapped, before).missing).toEqual([]);
  });

  test('a renamed table stays masked', () => {
    const before = bind(buildCatalog(CRM));
    const renamed = change({ 'public.customers': null, 'archive.clients': CRM['public.customers'] ?? null });
    const after = bind(renamed, before);
    expect(after.missing).toEqual(['public.customers']);
    expect(kinds(after, 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'pass']);
  });

  test('a table that takes the name of another: both are masked', () => {
    const before = bind(buildCatalog(CRM));
    const swapped = change({
      'public.customers': { oid: 900, columns: ['email', 'ssn', 'notes'] },
      'public.old': CRM['public.customers'] ?? null,
    });
    const after = bind(swapped, before);
    expect(after.missing).toEqual([]);
    expect(kinds(after, 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'pass']);
    expect(kinds(after, 900, 3)).toEqual(['mask', 'mask', 'mask']);
  });

  test('tags stick through a time without a catalog, and through several changes', () => {
    const first = bind(buildCatalog(CRM));
    const blind = bind(null, first);
    const one = bind(change({ 'public.customers': { oid: 100, columns: ['id', 'a', 'ssn', 'notes', 'city'] } }), blind);
    const two = bind(
      change({ 'public.customers': { oid: 100, columns: ['id', 'b', 'ssn', 'notes', 'city'] } }, 'c3'),
      one,
    );
    expect(kinds(two, 100, 5)).toEqual(['pass', 'mask', 'mask', 'mask', 'pass']);
  });

  test('a rule on a table follows the table', () => {
    const text = `${DATA}rules: [{ id: t, on: { tables: [public.customers] }, do: { mask: hash } }]\n`;
    const before = bind(buildCatalog(CRM), null, text);
    const renamed = change({ 'public.customers': null, 'public.clients': CRM['public.customers'] ?? null });
    expect(kinds(bind(renamed, before, text), 100, 5)).toEqual(['mask', 'mask', 'mask', 'mask', 'mask']);
  });

  test('a column that was dropped is missing and hides nowhere', () => {
    const before = bind(buildCatalog(CRM));
    const after = bind(
      change({ 'public.customers': { oid: 100, columns: ['id', '-', 'ssn', 'notes', 'city', 'email2'] } }),
      before,
    );
    expect(after.missing).toEqual(['public.customers.email']);
    expect(kinds(after, 100, 6)).toEqual(['pass', 'constant', 'mask', 'mask', 'pass', 'pass']);
  });

  test('a column that was never seen may hide under any unmapped name', () => {
    const fresh = bind(change({ 'public.customers': { oid: 100, columns: ['id', 'mail', 'ssn', 'notes', 'city'] } }));
    expect(fresh.missing).toEqual(['public.customers.email']);
    expect(kinds(fresh, 100, 5)).toEqual(['mask', 'mask', 'mask', 'mask', 'mask']);
  });

  test('a corrected map lets go of what it no longer names', () => {
    const before = bind(buildCatalog(CRM));
    const renamed = change({ 'public.customers': { oid: 100, columns: ['id', 'email', 'ssn', 'memo', 'city'] } });
    const dropped = SEE.replace(', notes: [pii.free_text]', '');
    expect(kinds(bind(renamed, before, dropped), 100, 5)).toEqual(['pass', 'mask', 'mask', 'pass', 'pass']);
  });
});

describe('kin', () => {
  const parts = {
    'public.events': { oid: 700, columns: ['id', 'email'], kind: 'partitioned-table' as const },
    'public.events_eu': { oid: 701, columns: ['email', 'id', 'more'], parents: [700] },
    'public.events_in': { oid: 702, columns: ['id', 'email'], parents: [700] },
    'public.events_in_1': { oid: 703, columns: ['id', 'email'], parents: [702] },
  };
  const map = (tables: string) =>
    `version: 1\ndata:\n  crm:\n${tables}rules: [{ id: m, on: { tags: ["*"] }, do: { mask: email } }]\n`;

  test.each(['public.events', 'public.events_eu', 'public.events_in_1'])(
    'a tag on %s covers them all, by name',
    (table) => {
      const policy = bind(change(parts), null, map(`    ${table}: { columns: { email: [pii] } }\n`));
      expect(kinds(policy, 700, 2)).toEqual(['pass', 'mask']);
      expect(kinds(policy, 701, 3)).toEqual(['mask', 'pass', 'pass']);
      expect(kinds(policy, 702, 2)).toEqual(['pass', 'mask']);
      expect(kinds(policy, 703, 2)).toEqual(['pass', 'mask']);
      expect(kinds(policy, 200, 3)).toEqual(['pass', 'pass', 'pass']);
    },
  );

  test('reading a parent touches the regions of its children, reading a child its own', () => {
    const text = `version: 1
data:
  crm:
    public.events: { columns: { email: [pii] } }
    public.events_in: { region: IN }
rules:
  - { id: see, on: { tags: ["*"] }, do: allow }
  - { id: stay, on: { tags: ["*"], data: [IN] }, reader: { outside: [IN] }, do: block }
`;
    const catalog = change(parts);
    const policy = bind(catalog, null, text);
    const facts = factsBuilder(catalog);
    const code = (table: string) =>
      policy.decide({
        identity: identityOf(),
        session: SESSION,
        now: 0,
        facts: [facts({ outputs: [`public.${table}.email`] })],
      }).refusal?.code;
    expect(code('events')).toBe('residency-blocked');
    expect(code('events_in')).toBe('residency-blocked');
    expect(code('events_in_1')).toBe('residency-blocked');
    expect(code('events_eu')).toBeUndefined();
  });

  test('a generated column carries the tags of what it is made of, and never a revealing mask', () => {
    const columns = ['id', 'Email', 'domain = split_part("Email", \'@\', 2)', 'n = (id + 1)', "lit = 'Email'"];
    const catalog = change({ 'public.g': { oid: 800, columns } });
    const policy = bind(catalog, null, map('    public.g: { columns: { Email: [pii] } }\n'));
    expect(kinds(policy, 800, 5)).toEqual(['pass', 'mask', 'constant', 'pass', 'constant']);
  });

  test('inheritance in a circle does not hang', () => {
    const circle = {
      'public.a': { oid: 1, columns: ['x'], parents: [2] },
      'public.b': { oid: 2, columns: ['x'], parents: [1] },
    };
    const policy = bind(change(circle), null, map('    public.a: { region: IN, columns: { x: [pii] } }\n'));
    expect(kinds(policy, 2, 1)).toEqual(['mask']);
  });
});

describe('the version of a binding', () => {
  const versions = [
    ['itself', bind(buildCatalog(CRM))],
    ['another catalog', bind(buildCatalog(CRM, 'c2'))],
    ['no catalog', bind(null)],
    ['another policy', bind(buildCatalog(CRM), null, `${SEE}\n`)],
    ['another place', policyOf(SEE).bind({ name: 'crm', region: 'FR' }, buildCatalog(CRM), null)],
    [
      'another past',
      bind(
        buildCatalog(CRM),
        bind(change({ 'public.customers': { oid: 100, columns: ['id', 'a', 'ssn', 'notes', 'email'] } })),
      ),
    ],
  ] as const;
  test('differs with everything that a decision depends on', () => {
    expect(new Set(versions.map(([, policy]) => policy.version)).size).toBe(versions.length);
    expect(bind(buildCatalog(CRM)).version).toBe(versions[0][1].version);
  });
});
