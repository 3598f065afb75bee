import { describe, expect, test } from 'vitest';
import { comparePolicies } from './compare-policies.ts';
import { readPolicyText } from './policy-text.ts';

function compare(before: string, after: string): ReturnType<typeof comparePolicies> {
  const read = (text: string) => readPolicyText(new Map([['p.yaml', `version: 1\n${text}`]]));
  return comparePolicies(read(before), read(after));
}
const rule = (body: string): string => `rules:\n  - { id: r, ${body} }\n`;

test('the same policy changes nothing, however it is laid out', () => {
  const text = rule('on: { tags: [a] }, do: { mask: email }');
  expect(compare(text, `# a comment\n${text.replace('{ tags: [a] }', '{ "tags": [ "a" ] }')}`)).toEqual({
    changed: [],
    weaker: [],
  });
});

describe('weaker', () => {
  const CASES: readonly (readonly [before: string, after: string, sentence: string])[] = [
    [rule('do: block'), 'rules: []', 'rule r (block) is gone'],
    ['rules: []', rule('do: allow'), 'rule r (allow) is new, and speaks where only the defaults did'],
    [rule('do: block'), rule('do: hold'), 'rule r: block became hold'],
    [rule('do: hold'), rule('do: { mask: email }'), 'rule r: hold became mask'],
    [rule('do: { mask: redact }'), rule('do: { mask: email }'), 'rule r: mask redact became email'],
    [
      rule('do: { mask: { partial: { keep_last: 2 } } }'),
      rule('do: { mask: { partial: { keep_last: 9 } } }'),
      'rule r: mask partial has other options',
    ],
    [rule('do: { hold: { min: 2 } }'), rule('do: { hold: { min: 1 } }'), 'rule r: hold has other terms'],
    [rule('do: block'), rule('do: block, except: "true"'), 'rule r: except is new'],
    [rule('do: block, except: "a"'), rule('do: block, except: "b"'), 'rule r: except changed'],
    [rule('do: block'), rule('do: block, when: "a"'), 'rule r: when is new'],
    [rule('do: block'), rule('do: block, dry_run: true'), 'rule r: dry_run is new'],
    [rule('do: block, on: { tags: [a, b] }'), rule('do: block, on: { tags: [a] }'), 'rule r: on changed'],
    [rule('do: block'), rule('do: block, on: { tags: [a] }'), 'rule r: on is new'],
    [rule('do: allow, when: "a"'), rule('do: allow'), 'rule r: when is gone'],
    [rule('do: block, inference: deny'), rule('do: block, inference: allow'), 'rule r: inference changed'],
    ['defaults: { writes: hold }', 'defaults: { writes: allow }', 'defaults.writes: hold became allow'],
    [
      'data: { crm: { public.t: { columns: { a: [x, y] } } } }',
      'data: { crm: { public.t: { columns: { a: [x] } } } }',
      'crm.public.t.a is no longer tagged y',
    ],
    ['jurisdictions: { J: [DE] }', 'jurisdictions: { J: [DE, US] }', 'jurisdiction J has other members'],
  ];
  test.each(CASES)('%j → %j', (before, after, sentence) => {
    expect(compare(before, after)).toEqual({ changed: [sentence], weaker: [sentence] });
  });
});

describe('changed, and not weaker', () => {
  const CASES: readonly (readonly [before: string, after: string, sentence: string])[] = [
    ['rules: []', rule('do: block'), 'rule r (block) is new'],
    [rule('do: allow'), 'rules: []', 'rule r (allow) is gone'],
    [rule('do: hold'), rule('do: block'), 'rule r: hold became block'],
    [rule('do: { mask: email }'), rule('do: { mask: redact }'), 'rule r: mask email became redact'],
    [rule('do: block, except: "a"'), rule('do: block'), 'rule r: except is gone'],
    [rule('do: block, when: "a"'), rule('do: block'), 'rule r: when is gone'],
    [rule('do: block, dry_run: true'), rule('do: block'), 'rule r: dry_run is gone'],
    ['defaults: { writes: hold }', 'defaults: { writes: block }', 'defaults.writes: hold became block'],
    [
      'data: { crm: { public.t: { columns: { a: [x] } } } }',
      'data: { crm: { public.t: { columns: { a: [x, y] } } } }',
      'crm.public.t.a is now tagged y',
    ],
  ];
  test.each(CASES)('%j → %j', (before, after, sentence) => {
    expect(compare(before, after)).toEqual({ changed: [sentence], weaker: [] });
  });
});
