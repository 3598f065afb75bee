import { describe, expect, test } from 'vitest';
import { bench, word } from '../testing/build-policy.ts';

const mapOf = (untagged: string): string => `
version: 1
data:
  crm:
    public.customers: { columns: { id: [], email: [pii.contact], ssn: [pii.national_id], notes: [pii.free_text] } }
rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email } }
  - { id: orders, on: { tables: [public.orders] }, do: allow }
defaults: { untagged: ${untagged}, inference: deny }
`;

describe('columns that the data map does not name', () => {
  const outputs = ['public.customers.id', 'public.customers.city', 'public.log.line', 'public.orders.total'];

  test('are shown where the default says so', () => {
    expect(bench(mapOf('allow')).decide({ outputs }).treatments[0]?.map(word)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
    ]);
  });

  test('are redacted under mask, unless a rule speaks of their table', () => {
    const { policy, decide } = bench(mapOf('mask'));
    expect(decide({ outputs }).treatments[0]?.map(word)).toEqual([
      'pass',
      'redact by defaults.untagged',
      'redact by defaults.untagged',
      'pass',
    ]);
    expect(policy.unreviewed()).toEqual([
      'public.customers.city',
      'public.orders',
      'public.log',
      'public.patients',
      'public.far',
    ]);
    expect(policy.regulatedColumns().map(({ name }) => name)).toContain('city');
  });

  test('cannot be probed under mask, nor copied away', () => {
    const { decide } = bench(mapOf('mask'));
    expect(decide({ uses: ['predicate public.customers.city'] }).refusal?.code).toBe('inference-denied');
    expect(decide({ uses: ['predicate public.customers.id'] }).refusal).toBeNull();
  });

  test('are derived into constants under mask, and system relations and views are not concerned', () => {
    const decision = bench(mapOf('mask')).decide({
      outputs: ['f(public.customers.city)', 'pg_catalog.pg_class.relname', 'f(public.orders.total)'],
    });
    expect(decision.treatments[0]?.map(word)).toEqual(['constant by defaults.untagged', 'pass', 'pass']);
  });

  test('make a statement refused under block', () => {
    const { decide } = bench(mapOf('block'));
    expect(decide({ outputs: ['public.customers.id', 'public.customers.email'] }).refusal).toBeNull();
    expect(decide({ outputs: ['public.customers.id', 'public.customers.city'] }).refusal).toMatchObject({
      code: 'policy-denied',
      rule: 'defaults.untagged',
      columns: ['public.customers.city'],
    });
    expect(decide({ outputs: ['public.customers.*'] }).refusal?.columns).toEqual(['public.customers.city']);
  });

  test('are regulated although nothing is mapped', () => {
    const { policy, decide } = bench('version: 1\ndefaults: { untagged: mask }\n');
    expect(policy.hasDataMap).toBe(true);
    expect(decide({ outputs: ['public.log.line'] }).treatments[0]?.map(word)).toEqual(['redact by defaults.untagged']);
  });
});
