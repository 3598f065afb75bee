import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DETECTOR_NAMES, MASK_NAMES } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { POLICY_SCHEMA } from './policy-schema.generated.ts';

const published: unknown = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../../policies/schema/policy.schema.json', import.meta.url)), 'utf8'),
);

test('the schema that files are checked against is the published one', () => {
  expect(POLICY_SCHEMA).toEqual(published);
});

test('it knows every detector', () => {
  expect(published).toMatchObject({ $defs: { detectors: { items: { enum: DETECTOR_NAMES } } } });
});

test('it knows every mask', () => {
  expect(published).toMatchObject({ $defs: { maskName: { enum: MASK_NAMES } } });
});
