import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bench } from './testing/build-policy.ts';

const read = (pack: string) =>
  readFileSync(fileURLToPath(new URL(`../../../policies/packs/${pack}/policy.yaml`, import.meta.url)), 'utf8');

describe('gdpr', () => {
  const table = bench(`${read('gdpr')}
data:
  crm:
    public.customers: { columns: { email: [pii.contact], ssn: [pii.national_id], notes: [pii.special.health], city: [pii.place] } }
    public.patients: { region: IN, columns: { aadhaar: [pii.national_id] } }
`);
  const outputs = ['email', 'ssn', 'notes', 'city', 'id'].map((name) => `public.customers.${name}`);
  const shown = (identity = {}) =>
    table
      .decide({ outputs }, identity)
      .treatments[0]?.map((cell) => (cell.kind === 'mask' ? cell.mask.name : cell.kind));

  test('shows a reader in the EEA masked data', () => {
    expect(shown()).toEqual(['email', 'partial', 'null', 'redact', 'pass']);
  });
  test('lifts one mask by one grant', () => {
    expect(shown({ grants: ['gdpr.contact'] })).toEqual(['exempt', 'partial', 'null', 'redact', 'pass']);
  });
  test.each([
    ['GB', 'none', null],
    ['US', 'none', 'gdpr-transfer'],
    ['DE', 'US', 'gdpr-transfer'],
    ['unknown', 'none', 'gdpr-transfer'],
  ])('a reader in %s with a model in %s: %s', (region, modelRegion, rule) => {
    expect(table.decide({ outputs }, { region, modelRegion }).refusal?.rule ?? null).toBe(rule);
  });
  test('a grant to transfer lifts no mask', () => {
    const decision = table.decide({ outputs }, { region: 'US', grants: ['gdpr.transfer'] });
    expect(decision.refusal).toBeNull();
    expect(decision.treatments[0]?.[0]).toMatchObject({ kind: 'mask' });
  });
  test('says nothing of the places of other data', () => {
    expect(table.decide({ outputs: ['public.patients.aadhaar'] }, { region: 'US' }).refusal).toBeNull();
  });
});
