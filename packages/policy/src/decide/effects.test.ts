import { describe, expect, test } from 'vitest';
import type { FactsSketch } from '../testing/build-facts.ts';
import { bench, DATA } from '../testing/build-policy.ts';

const WRITE: FactsSketch = { command: 'UPDATE', classes: ['WRITE'], writes: ['public.orders'] };
const rules = (...lines: readonly string[]) => `version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`;

/** Effect and rule in a word. */
function outcome(text: string, sketch: FactsSketch | readonly FactsSketch[], identity = {}): string {
  const decision = bench(text).decide(sketch, identity);
  expect(decision.refusal === null).toBe(decision.effect !== 'block');
  expect(decision.hold === null).toBe(decision.effect !== 'hold');
  return `${decision.effect} by ${decision.rule}`;
}

describe('writes', () => {
  const ASK = `{ id: ask, on: { does: [WRITE, FUNCTION, DDL] }, do: { hold: { by: [dba], min: 1 } }, except: '"dba" in human.groups && agent == null && does("WRITE")' }`;
  const ROLES = '{ id: roles, on: { does: [ROLE] }, do: block }';
  test.each<readonly [string, string, FactsSketch, Record<string, unknown>, string]>([
    ['a read', rules(ASK), {}, {}, 'allow by defaults.untagged'],
    ['MISC', rules(ASK), { classes: ['MISC'] }, {}, 'allow by defaults.untagged'],
    ['a write that a rule holds', rules(ASK), WRITE, {}, 'hold by ask'],
    ['a write of whom it excepts', rules(ASK), WRITE, { groups: ['dba'] }, 'allow by ask'],
    [
      'a write with a class that is not excepted',
      rules(ASK),
      { ...WRITE, classes: ['WRITE', 'DDL'] },
      { groups: ['dba'] },
      'hold by ask',
    ],
    ['ROLE that a rule blocks', rules(ASK, ROLES), { command: 'GRANT', classes: ['ROLE'] }, {}, 'block by roles'],
    ['a write by default', 'version: 1\n', WRITE, {}, 'hold by defaults.writes'],
    ['a function by default', 'version: 1\n', { classes: ['FUNCTION'] }, {}, 'hold by defaults.writes'],
    ['ROLE by default', rules(ASK), { classes: ['ROLE'] }, {}, 'hold by defaults.writes'],
    ['no class at all', 'version: 1\n', { classes: [] }, {}, 'hold by defaults.writes'],
    [
      'no class at all, though data comes back',
      'version: 1\n',
      { classes: [], outputs: ['?'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'an unsafe function whose class was not said',
      'version: 1\n',
      { functions: [{ name: 'public.f', builtin: false, safe: false, volatility: 'volatile' }] },
      {},
      'hold by defaults.writes',
    ],
    ['the default block', 'version: 1\ndefaults: { writes: block }\n', WRITE, {}, 'block by defaults.writes'],
    ['the default allow', 'version: 1\ndefaults: { writes: allow }\n', WRITE, {}, 'allow by defaults.writes'],
    ['allow of the class', rules('{ id: a, on: { does: [WRITE] }, do: allow }'), WRITE, {}, 'allow by a'],
    ['allow of everything', rules('{ id: a, do: allow }'), WRITE, {}, 'allow by a'],
    [
      'allow of another class',
      rules('{ id: a, on: { does: [DDL] }, do: allow }'),
      WRITE,
      {},
      'hold by defaults.writes',
    ],
    [
      'allow of the table',
      rules('{ id: a, on: { does: [WRITE], tables: [public.orders] }, do: allow }'),
      WRITE,
      {},
      'allow by a',
    ],
    [
      'allow of one of two tables',
      rules('{ id: a, on: { does: [WRITE], tables: [public.orders] }, do: allow }'),
      { ...WRITE, writes: ['public.orders', 'public.log'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'allow of a table that is only read',
      rules('{ id: a, on: { does: [WRITE], tables: [public.orders] }, do: allow }'),
      { ...WRITE, reads: ['public.orders'], writes: ['public.log'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'allow of a table beside one that is not known',
      rules('{ id: a, on: { does: [WRITE], tables: [public.orders] }, do: allow }'),
      { ...WRITE, writes: ['public.orders', 'public.fresh'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'allow of a table says nothing of functions',
      rules('{ id: a, on: { does: [FUNCTION], tables: [public.orders] }, do: allow }'),
      { classes: ['FUNCTION'], writes: ['public.orders'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'allow of tags says nothing of writes',
      `${DATA}rules:\n  - { id: a, on: { does: [WRITE], tags: ["*"] }, do: allow }\n`,
      { ...WRITE, uses: ['predicate= public.customers.email'] },
      {},
      'hold by defaults.writes',
    ],
    [
      'an excepted block by place says nothing of writes',
      rules('{ id: a, on: { does: [WRITE] }, reader: { outside: [IN] }, do: block, except: "true" }'),
      WRITE,
      {},
      'hold by defaults.writes',
    ],
    [
      'a dry run says nothing',
      rules('{ id: a, on: { does: [WRITE] }, do: allow, dry_run: true }'),
      WRITE,
      {},
      'hold by defaults.writes',
    ],
    [
      'an allow whose when fails',
      rules(`{ id: a, do: allow, when: 'agent.subject == "x"' }`),
      WRITE,
      {},
      'hold by defaults.writes',
    ],
    ['block over hold', rules(ASK, '{ id: no, on: { does: [WRITE] }, do: block }'), WRITE, {}, 'block by no'],
    [
      'a block whose except fails',
      rules(`{ id: no, on: { does: [WRITE] }, do: block, except: 'agent.subject == "x"' }`),
      WRITE,
      {},
      'block by no',
    ],
    [
      'a block whose when fails',
      rules(`{ id: no, on: { does: [WRITE] }, do: block, when: 'agent.subject == "x"' }`),
      WRITE,
      {},
      'block by no',
    ],
    [
      'a block whose when does not hold',
      rules(`{ id: no, on: { does: [WRITE] }, do: block, when: 'agent != null' }`, ASK),
      WRITE,
      {},
      'hold by ask',
    ],
    [
      'a block of a table that is read',
      rules('{ id: no, on: { tables: [public.log] }, do: block }'),
      { reads: ['public.log'] },
      {},
      'block by no',
    ],
    [
      'a block of another table',
      rules('{ id: no, on: { tables: [public.log] }, do: block }'),
      { reads: ['public.orders'] },
      {},
      'allow by defaults.untagged',
    ],
    [
      'a block of a table that may be hidden',
      rules('{ id: no, on: { tables: [public.log] }, do: block }'),
      { unproven: [{ kind: 'relation', reason: 'x', offset: 0 }] },
      {},
      'block by no',
    ],
    [
      'a block of a tag',
      `${DATA}rules:\n  - { id: no, on: { tags: [pii.contact] }, do: block }\n`,
      { uses: ['predicate= public.customers.email'] },
      {},
      'block by no',
    ],
    [
      'a hold of a tag',
      `${DATA}rules:\n  - { id: h, on: { tags: [pii.contact] }, do: hold }\n`,
      { outputs: ['public.customers.email'] },
      {},
      'hold by h',
    ],
    [
      'a mask',
      `${DATA}rules:\n  - { id: m, on: { tags: [pii.contact] }, do: { mask: email } }\n`,
      { outputs: ['public.customers.city', 'public.customers.email'] },
      {},
      'mask by m',
    ],
    [
      'an exemption',
      `${DATA}rules:\n  - { id: m, on: { tags: [pii.contact] }, do: { mask: email }, except: "true" }\n`,
      { outputs: ['public.customers.email'] },
      {},
      'allow by m',
    ],
    [
      'a granted exception',
      rules(`{ id: no, do: block, except: 'granted("scc")' }`),
      {},
      { grants: ['scc'] },
      'allow by no',
    ],
    ['another grant', rules(`{ id: no, do: block, except: 'granted("scc")' }`), {}, { grants: ['sc'] }, 'block by no'],
  ])('%s', (_name, text, sketch, identity, expected) => {
    expect(outcome(text, sketch, identity)).toBe(expected);
  });

  test('INSERT with DROP TABLE in one packet: an exception for WRITE does not lift the DDL', () => {
    const packet = [WRITE, { command: 'DROP TABLE', classes: ['DDL'] } as const];
    expect(outcome(rules(ASK), packet, { groups: ['dba'] })).toBe('hold by ask');
  });

  test('what a write gives back is read', () => {
    const text = `${DATA}rules:\n  - { id: no, on: { tags: [pii.contact], does: [READ] }, do: block }\n`;
    expect(outcome(text, { ...WRITE, outputs: ['public.customers.email'] })).toBe('block by no');
    expect(outcome(text, { ...WRITE, outputs: ['f()'] })).toBe('hold by defaults.writes');
  });

  test('the strictest statement of the packet decides', () => {
    expect(outcome(rules(ASK, ROLES), [WRITE, { classes: ['ROLE'] }])).toBe('block by roles');
  });

  test('what a cursor reads is judged where it is declared', () => {
    const text = `${DATA}rules:\n  - { id: no, on: { tags: [pii.contact] }, do: block }\n`;
    const inner = bench(text).facts({ outputs: ['public.customers.email'] });
    const sketch = { command: 'DECLARE CURSOR', names: { declares: { name: 'c', facts: inner, holdable: false } } };
    expect(outcome(text, sketch)).toBe('block by no');
  });
});

describe('terms of a hold', () => {
  const terms = (...lines: readonly string[]) => bench(rules(...lines)).decide(WRITE);
  const hold = (id: string, by: string, min: number, more = '') =>
    `{ id: ${id}, on: { does: [WRITE] }, do: { hold: { by: [${by}], min: ${min} } }${more} }`;

  test('of one rule', () => {
    expect(terms(hold('a', 'dba', 2, ', mode: ticket')).hold).toEqual({
      rule: 'a',
      by: ['dba'],
      min: 2,
      mode: 'ticket',
    });
  });
  test('of a bare hold: anyone with the reviewer role', () => {
    expect(terms('{ id: a, on: { does: [WRITE] }, do: hold }').hold).toEqual({
      rule: 'a',
      by: [],
      min: 1,
      mode: 'hold_then_ticket',
    });
  });
  test('of two rules: the groups that both accept, the most approvals', () => {
    expect(terms(hold('a', 'dba, sec', 1), hold('b', 'sec, ops', 3)).hold).toEqual({
      rule: 'b',
      by: ['sec'],
      min: 3,
      mode: 'hold_then_ticket',
    });
  });
  test('a rule that names no group takes those of the other', () => {
    expect(terms('{ id: a, on: { does: [WRITE] }, do: hold }', hold('b', 'dba', 1)).hold).toMatchObject({
      by: ['dba'],
      rule: 'b',
    });
  });
  test('rules without a group in common cannot be approved by anybody', () => {
    const decision = terms(hold('a', 'dba', 1), hold('b', 'sec', 1));
    expect(decision.refusal).toMatchObject({ code: 'policy-denied', rule: 'a' });
    expect(decision.refusal?.message).toContain('rules a and b');
  });
});

describe('dry run', () => {
  test('is recorded and never applied', () => {
    const text = rules('{ id: would, on: { does: [READ] }, do: block, dry_run: true }');
    const decision = bench(text).decide({ reads: ['public.orders'] });
    expect(decision.effect).toBe('allow');
    expect(decision.verdicts).toEqual([
      { rule: 'would', effect: 'block', excepted: false, dryRun: true, residency: null },
    ]);
  });
  test('of a hold and a mask too', () => {
    const text = `${DATA}rules:
  - { id: h, on: { does: [READ] }, do: hold, dry_run: true }
  - { id: m, on: { tags: [pii.contact] }, do: { mask: null }, dry_run: true }
`;
    const decision = bench(text).decide({ outputs: ['public.customers.email'] });
    expect(decision.hold).toBeNull();
    expect(decision.treatments[0]?.[0]).toMatchObject({ kind: 'mask', mask: { name: 'redact' } });
    expect(decision.verdicts.map(({ rule, dryRun }) => [rule, dryRun])).toEqual([
      ['h', true],
      ['m', true],
    ]);
  });
});

describe('verdicts', () => {
  test('every rule that matched, once, and the default that spoke', () => {
    const text = `${DATA}rules:
  - { id: never, on: { does: [ROLE] }, do: block }
  - { id: m, on: { tags: [pii.contact] }, do: { mask: email }, except: 'does("READ")' }
  - { id: seen, on: { does: [READ] }, do: allow }
`;
    const decision = bench(text).decide({ classes: ['READ', 'WRITE'], outputs: ['public.customers.email'] });
    expect(decision.verdicts).toEqual([
      { rule: 'm', effect: 'mask', excepted: false, dryRun: false, residency: null },
      { rule: 'seen', effect: 'allow', excepted: false, dryRun: false, residency: null },
      { rule: 'defaults.writes', effect: 'hold', excepted: false, dryRun: false, residency: null },
    ]);
  });
});

test('a rule that allows only perhaps has not matched', () => {
  const text = rules(`{ id: perhaps, do: allow, when: 'agent.subject == "x"' }`, '{ id: sure, do: allow }');
  expect(
    bench(text)
      .decide({})
      .verdicts.map(({ rule }) => rule),
  ).toEqual(['sure']);
});

describe('conditions', () => {
  const blocked = (condition: string, identity = {}, now = 0) =>
    bench(rules(`{ id: c, do: block, when: ${JSON.stringify(condition)} }`)).decide(
      { reads: ['public.orders'], command: 'SELECT' },
      identity,
      now,
    ).effect === 'block';
  const EARLY = Date.UTC(2026, 0, 1);
  test.each<readonly [string, string, Record<string, unknown>, boolean]>([
    ['human.subject', 'human.subject == "alice"', {}, true],
    ['human.groups', '"agents" in human.groups', {}, true],
    ['agent', 'agent == null', {}, true],
    ['agent.subject', 'agent != null && agent.subject == "bot"', { agent: { subject: 'bot', groups: [] } }, true],
    ['groups', '"x" in groups', {}, false],
    ['client_id', 'client_id == "cli"', {}, true],
    ['a missing client_id', 'client_id == "other"', { clientId: null }, true],
    ['region', 'region == "DE"', { region: 'de' }, true],
    ['an unknown region', 'region == "DE"', { region: 'unknown' }, true],
    ['a region that is none', 'region == "DE"', { region: 'ZZ' }, true],
    ['model_region', 'model_region == "none"', {}, true],
    ['an unknown model_region', 'model_region == "US"', { modelRegion: 'unknown' }, true],
    ['session.datasource', 'session.datasource == "crm"', {}, true],
    ['session.role', 'session.role != "app"', {}, false],
    ['session.ip', 'session.ip.startsWith("10.")', {}, true],
    ['session.application', 'session.application == "psql"', {}, true],
    ['statement.class', 'statement.class == "READ"', {}, true],
    ['statement.tables', '"public.orders" in statement.tables', {}, true],
    ['statement.tags', 'size(statement.tags) == 0', {}, true],
    ['now', 'now < timestamp("2026-01-02T00:00:00Z")', {}, true],
    ['does', 'does("READ")', {}, true],
    ['does another', 'does("WRITE")', {}, false],
    ['a person behind no session', 'human == null', { human: null }, true],
    ['a field of no person', 'human.subject == "alice"', { human: null }, true],
  ])('%s', (_name, condition, identity, expected) => {
    expect(blocked(condition, identity, EARLY)).toBe(expected);
  });

  test('an unknown region never excepts', () => {
    const text = rules(`{ id: c, do: block, except: 'region != "US"' }`);
    expect(outcome(text, {}, { region: 'unknown' })).toBe('block by c');
    expect(outcome(text, {}, { region: 'DE' })).toBe('allow by c');
  });

  test('only a condition that reads now depends on time', () => {
    const when = (condition: string) => bench(rules(`{ id: c, do: block, when: '${condition}' }`)).policy.dependsOnTime;
    expect(when('now > timestamp("2026-01-02T00:00:00Z")')).toBe(true);
    expect(when('does("READ")')).toBe(false);
    const elsewhere = `{ id: c, on: { datasources: [hr] }, do: block, when: 'now > timestamp("2026-01-02T00:00:00Z")' }`;
    expect(bench(rules(elsewhere)).policy.dependsOnTime).toBe(false);
  });
});
