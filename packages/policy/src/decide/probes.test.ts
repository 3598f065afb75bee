import { describe, expect, test } from 'vitest';
import { bench, DATA, policyOf } from '../testing/build-policy.ts';

const SITE = `${DATA}rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email }, except: '"support" in groups' }
  - { id: ids, on: { tags: [pii.national_id] }, do: { mask: redact }, inference: deny }
  - { id: notes, on: { tags: [pii.free_text] }, do: { mask: redact }, inference: allow }
budgets:
  - { id: drip, per: identity, window: 90s, max: { probes: 100 }, do: block }
  - { id: day, per: identity, window: 1d, max: { probes: 500 }, do: block }
`;
const EMAIL = 'public.customers.email';
const NONE = { constants: 0, arrays: [], unseen: false, columns: [] };
const { policy, facts, decide } = bench(SITE);
const probesOf = (...compares: readonly string[]) => decide({ compares }).probes;

test('budgets are loaded with their windows in milliseconds', () => {
  expect(policy.budgets).toEqual([
    { id: 'drip', windowMs: 90_000, probesMax: 100 },
    { id: 'day', windowMs: 86_400_000, probesMax: 500 },
  ]);
});

test('budgets of several files are all kept', () => {
  const [one = '', other = ''] = ['a', 'b'].map(
    (id) => `version: 1\nbudgets: [{ id: ${id}, per: identity, window: 1h, max: { probes: 5 }, do: block }]\n`,
  );
  const bound = policyOf(one, other).bind({ name: 'crm', region: 'DE' }, null, null);
  expect(bound.budgets.map(({ id }) => id)).toEqual(['a', 'b']);
});

describe('the constants that are counted', () => {
  test('are those that masked columns are compared with, over the whole packet', () => {
    expect(probesOf(`${EMAIL} 3`, `${EMAIL} 1`)).toEqual({ ...NONE, constants: 4, columns: [EMAIL] });
    expect(decide([{ compares: [`${EMAIL} 3`] }, { compares: [`${EMAIL} 2`] }]).probes.constants).toBe(5);
  });

  test('are none of columns that this reader sees, or that rules free, or deny', () => {
    expect(probesOf('public.customers.city 3')).toEqual(NONE);
    expect(probesOf('public.customers.notes 3')).toEqual(NONE);
    expect(probesOf('public.customers.ssn 3')).toEqual(NONE);
    expect(decide({ compares: [`${EMAIL} 3`] }, { groups: ['support'] }).probes).toEqual(NONE);
  });

  test('are counted of a column that was not traced, where anything is mapped', () => {
    expect(probesOf('? 3').constants).toBe(3);
    expect(bench('version: 1\n').decide({ compares: ['? 3'] }).probes).toEqual(NONE);
  });

  test('arrays are told by their parameters, each time they are compared with', () => {
    expect(probesOf(`${EMAIL} $2`, `${EMAIL} $1`, `${EMAIL} $2`).arrays).toEqual([2, 1, 2]);
  });

  test('what is only prepared, or fetched from a cursor that was counted, is not run', () => {
    const inner = facts({ compares: [`${EMAIL} 3`] });
    expect(decide({ compares: [`${EMAIL} 3`], names: { prepares: { name: 'p', facts: inner } } }).probes).toEqual(NONE);
    expect(decide({ compares: [`${EMAIL} 3`], names: { fetches: 'c' } }).probes).toEqual(NONE);
    const declared = { name: 'c', facts: inner, holdable: false };
    expect(decide({ compares: [`${EMAIL} 3`], names: { declares: declared } }).probes.constants).toBe(3);
  });

  test('an array that EXECUTE gives is not seen', () => {
    const executed = decide({ compares: [`${EMAIL} $1`, `${EMAIL} 2`], names: { executes: 'p' } });
    expect(executed.probes).toEqual({ constants: 2, arrays: [], unseen: true, columns: [EMAIL] });
  });
});
