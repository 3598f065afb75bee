import { loadPolicies } from '@bailiwick/policy';
import { expect, test } from 'vitest';
import { DEMO_POLICY } from './demo-policy.ts';

test('the policy of the demo is valid for its datasource', () => {
  expect(loadPolicies(['demo.yaml'], () => DEMO_POLICY, { datasources: ['crm'] })).toHaveProperty('policy');
});
