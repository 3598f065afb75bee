import type { Decision, OutputTreatment } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { observed } from './observe.ts';

const MASK: OutputTreatment = { kind: 'mask', mask: { name: 'redact', options: {} }, rule: 'ids', tag: 'pii' };
const DECISION: Decision = {
  effect: 'block',
  rule: 'ids',
  verdicts: [{ rule: 'ids', effect: 'block', excepted: false, dryRun: false, residency: null }],
  refusal: { code: 'policy-denied', message: 'no', hint: '', rule: 'ids', columns: [] },
  hold: { rule: 'ask', by: [], min: 1, mode: 'hold' },
  treatments: [[{ kind: 'pass' }, MASK, { kind: 'constant', rule: 'derived' }, { kind: 'exempt', rule: 'own' }], null],
  treatColumn: () => MASK,
  treatUnknown: { kind: 'constant', rule: 'unknown' },
  maskedWrites: [],
  probes: { constants: 0, arrays: [], unseen: false, columns: [] },
  regulated: true,
  sanitiseMessages: true,
  tags: ['pii'],
  regulatedColumns: [],
};

test('nothing is refused, held, masked or sanitised, and what would have been is not kept', () => {
  const seen = observed(DECISION);
  expect(seen).toMatchObject({ refusal: null, hold: null, sanitiseMessages: false });
  expect(seen.treatments).toEqual([
    [
      { kind: 'pass' },
      { kind: 'exempt', rule: 'ids' },
      { kind: 'exempt', rule: 'derived' },
      { kind: 'exempt', rule: 'own' },
    ],
    null,
  ]);
  expect(seen.treatColumn(1, 1)).toEqual({ kind: 'exempt', rule: 'ids' });
  expect(seen.treatUnknown.kind).toBe('exempt');
});

test('the record says what would have been decided, and waits for the disk as it would have', () => {
  const { effect, rule, verdicts, regulated, tags } = observed(DECISION);
  expect({ effect, rule, verdicts, regulated, tags }).toEqual({
    effect: DECISION.effect,
    rule: DECISION.rule,
    verdicts: DECISION.verdicts,
    regulated: true,
    tags: DECISION.tags,
  });
});

test('what nothing regulates stays as it is', () => {
  const open = observed({ ...DECISION, treatUnknown: { kind: 'pass' }, treatColumn: () => ({ kind: 'pass' }) });
  expect(open.treatUnknown).toEqual({ kind: 'pass' });
  expect(open.treatColumn(1, 1)).toEqual({ kind: 'pass' });
});
