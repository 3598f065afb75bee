import type { GivenValues } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { bench, DATA } from '../testing/build-policy.ts';

const SITE = `${DATA}rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email }, except: '"support" in groups' }
  - { id: ids, on: { tags: [pii.national_id], does: [READ] }, do: { mask: { partial: { keep_last: 4 } } } }
  - { id: writers, on: { does: [WRITE] }, do: allow }
defaults: { launder: allow }
`;
const { facts, decide } = bench(SITE);
const column = (name: string) => {
  const [use] = facts({ uses: [`source public.customers.${name}`] }).columns;
  if (use === undefined) throw new Error(`no column ${name}`);
  return use.column;
};
const given = (name: string, literals: readonly string[], parameters: readonly number[] = []): GivenValues => ({
  columns: [column(name)],
  literals,
  parameters,
});
const write = (values: readonly GivenValues[], identity = {}) =>
  decide({ command: 'UPDATE', classes: ['WRITE'], writes: ['public.customers'], given: values }, identity);

describe('literals', () => {
  test('that are the output of the mask are refused, and the rule that masks is named', () => {
    expect(write([given('email', ['new@x.example', 'a***@x.example'])]).refusal).toMatchObject({
      code: 'launder-denied',
      rule: 'contact',
      message:
        "UPDATE would write a mask's output into public.customers.email over the real value: what you read there is masked",
      columns: ['public.customers.email'],
    });
  });

  test('pass when they are real, or another mask would give them, or nobody masks the column', () => {
    expect(write([given('email', ['new@x.example', '****3344'])]).refusal).toBeNull();
    expect(write([given('city', ['a***@x.example', '[redacted]'])]).refusal).toBeNull();
  });

  test('pass where the reader is exempt', () => {
    expect(write([given('email', ['a***@x.example'])], { groups: ['support'] }).refusal).toBeNull();
  });

  test('are judged by the mask under which the column is read, not by what the write is told', () => {
    expect(write([given('ssn', ['****3344'])]).refusal?.rule).toBe('ids');
  });

  test('are judged in a column on which no rule speaks: it is redacted', () => {
    expect(write([given('notes', ['[redacted]'])]).refusal?.rule).toBe('defaults.tagged');
  });
});

test('parameters are left to whoever has their values, with the mask and the column', () => {
  const decision = write([given('email', [], [2, 3]), given('city', [], [1])]);
  expect(decision.refusal).toBeNull();
  expect(decision.maskedWrites).toEqual([
    {
      column: 'public.customers.email',
      tableOid: column('email').table.oid,
      attnum: column('email').attnum,
      mask: { name: 'email', options: {} },
      rule: 'contact',
      literals: [],
      parameters: [2, 3],
    },
  ]);
  expect(write([given('email', [], [2])], { groups: ['support'] }).maskedWrites).toEqual([]);
});
