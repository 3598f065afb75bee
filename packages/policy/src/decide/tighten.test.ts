import { type Decision, EFFECTS, MASK_NAMES, maskRank, type OutputTreatment } from '@bailiwick/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FactsSketch } from '../testing/build-facts.ts';
import { bench, DATA } from '../testing/build-policy.ts';

/**
 * A rule that is added can only tighten (DESIGN section 8), once defaults have nothing left to say: they speak where
 * no rule did, so the first rule about something replaces them.
 */
const BASE = `${DATA}    public.orders: { columns: { total: [money] } }
defaults: { writes: allow, inference: allow, unknown_reader: allow, launder: allow }
rules:
  - { id: base, on: { tags: ["*"] }, do: { mask: email }, inference: allow }
`;

const subset = (names: readonly string[]) =>
  fc.subarray([...names], { minLength: 1 }).map((list) => `[${list.map((n) => `"${n}"`).join(', ')}]`);
const maybe = (key: string, value: fc.Arbitrary<string>) =>
  fc.option(value).map((text) => (text === null ? [] : [`${key}: ${text}`]));
const PLACES = ['DE', 'EEA', 'IN', 'US'];
const CONDITIONS = [
  'agent == null',
  'does("READ")',
  'does("WRITE")',
  'region == "DE"',
  'agent.subject == "bot"',
  '"a" in groups',
  'granted("g")',
  'model_region != "US"',
];

const rule = fc
  .tuple(
    fc
      .tuple(
        maybe('tags', subset(['pii.*', 'pii.contact', 'money', 'none'])),
        maybe('data', subset(PLACES)),
        maybe('does', subset(['READ', 'WRITE', 'FUNCTION', 'DDL'])),
        maybe('tables', subset(['public.customers', 'public.o*', '*.*'])),
      )
      .map((parts) => parts.flat()),
    maybe(
      'reader',
      fc.oneof(
        subset(PLACES).map((set) => `{ outside: ${set} }`),
        subset(PLACES).map((set) => `{ inside: ${set} }`),
      ),
    ),
    maybe(
      'when',
      fc.constantFrom(...CONDITIONS).map((text) => `'${text}'`),
    ),
    maybe(
      'except',
      fc.constantFrom(...CONDITIONS).map((text) => `'${text}'`),
    ),
    fc.constantFrom(
      'block',
      'hold',
      'allow',
      '{ hold: { by: [dba], min: 2 } }',
      '{ mask: redact }',
      '{ mask: null }',
      '{ mask: { partial: { keep_last: 2 } } }',
      '{ detect: [email, card] }',
    ),
    maybe('inference', fc.constantFrom('deny', 'equality', 'allow')),
  )
  .map(([on, reader, when, except, action, inference]) => {
    const selects = on.some((part) => !part.startsWith('does'));
    const does = /mask|detect/.test(action) && !selects ? 'allow' : action;
    const infers = selects && !does.includes('hold') ? inference : [];
    return ['id: added', `on: { ${on.join(', ')} }`, ...reader, ...when, ...except, `do: ${does}`, ...infers].join(
      ', ',
    );
  });

const COLUMNS = [
  'public.customers.email',
  'public.customers.ssn',
  'public.customers.city',
  'public.orders.total',
  'public.patients.aadhaar',
];
const sketch: fc.Arbitrary<FactsSketch> = fc.record({
  classes: fc.subarray(['READ', 'WRITE', 'FUNCTION', 'DDL', 'MISC'] as const, { minLength: 1 }),
  reads: fc.subarray(['public.customers', 'public.orders', 'public.log']),
  writes: fc.subarray(['public.orders', 'public.log']),
  uses: fc.array(
    fc
      .tuple(
        fc.constantFrom('predicate', 'predicate=', 'join', 'ordering', 'grouping', 'source'),
        fc.constantFrom(...COLUMNS),
      )
      .map((parts) => parts.join(' ')),
    { maxLength: 2 },
  ),
  outputs: fc.array(
    fc.constantFrom(...COLUMNS, ...COLUMNS.map((column) => `f(${column})`), 'public.customers.*', '?', 'f()'),
    { maxLength: 3 },
  ),
});

const identity = fc.record({
  region: fc.constantFrom('DE', 'US', 'IN', 'EU', 'unknown'),
  modelRegion: fc.constantFrom('none', 'US', 'DE', 'unknown'),
  groups: fc.subarray(['a', 'agents']),
  agent: fc.constantFrom(null, { subject: 'bot', groups: ['agents'] }),
  grants: fc.subarray(['g']),
});

/** The greater, the looser. */
function looseness(treatment: OutputTreatment): number {
  if (treatment.kind === 'constant') return -1;
  if (treatment.kind === 'mask') return maskRank(treatment.mask.name);
  // What no rule touched passes; once a rule exempts a reader from it, it passes and is recorded with more care.
  return MASK_NAMES.length + 1;
}

const cells = (decision: Decision): readonly OutputTreatment[] => [
  ...decision.treatments.flatMap((list) => list ?? []),
  ...[100, 200, 300, 400, 500].flatMap((oid) => [0, 1, 2, 3].map((attnum) => decision.treatColumn(oid, attnum))),
];

test('adding a rule never loosens a decision', () => {
  fc.assert(
    fc.property(rule, fc.array(sketch, { minLength: 1, maxLength: 2 }), identity, (added, packet, who) => {
      const before = bench(BASE).decide(packet, who);
      const after = bench(`${BASE}  - { ${added} }\n`).decide(packet, who);
      const rank = (decision: Decision) => EFFECTS.indexOf(decision.effect);
      expect(rank(after)).toBeLessThanOrEqual(rank(before));
      expect(cells(after).length).toBe(cells(before).length);
      for (const [index, cell] of cells(before).entries()) {
        const now = cells(after)[index];
        if (now === undefined || looseness(now) > looseness(cell))
          throw new Error(`${added}: ${JSON.stringify([cell, now])}`);
      }
      expect(after.regulated || !before.regulated).toBe(true);
      expect(after.sanitiseMessages || !before.sanitiseMessages).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('the same input gives the same decision', () => {
  fc.assert(
    fc.property(rule, sketch, identity, (added, statement, who) => {
      const table = bench(`${BASE}  - { ${added} }\n`);
      const plain = (decision: Decision) => JSON.stringify(decision);
      expect(plain(table.decide(statement, who))).toBe(plain(table.decide(statement, who)));
    }),
    { numRuns: 50 },
  );
});
