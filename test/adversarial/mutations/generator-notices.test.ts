// The generator is worth what it finds: with the lineage of a construct taken away, it finds a leak within some hundred
// statements. The statements are the same each time.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { choicesFromSeed } from '../generator/choices.ts';
import { FuzzRun } from '../generator/fuzz-run.ts';
import { randomSchema } from '../generator/random-schema.ts';
import { CHOICES_MAX, randomStatement } from '../generator/random-statement.ts';
import { startTwins, type World } from '../twin-worlds.ts';
import { CONSTRUCTS } from './constructs.ts';
import { type CreateLowering, forgotten } from './forgetting.ts';

vi.mock('../../../packages/sql/src/postgres/lower/create-lowering.ts', async (original) => {
  const { forgetfulLowering } = await import('./forgetting.ts');
  const module = await original<{ createLowering: CreateLowering }>();
  return { ...module, createLowering: forgetfulLowering(module.createLowering) };
});
vi.mock('../../../packages/gateway/src/datasource/facts-cache.ts', async () => {
  const { ForgetfulFacts } = await import('./forgetful-facts.ts');
  return { FactsCache: ForgetfulFacts };
});

/** Those that are in every other statement. */
const COMMON: readonly string[] = [
  ...['column reference', 'operator', 'cast', 'CASE', 'GREATEST, LEAST', 'ARRAY', 'field or subscript', 'whole row'],
  ...['subquery in an expression', 'XMLELEMENT and its kin', 'function call', 'aggregate', 'window function'],
];
const SEED = 4;
/** Several times what it takes. */
const STATEMENTS_MAX = 600;
const BATCH = 20;
const SCHEMA = randomSchema(SEED);

let twins: readonly [World, World];
let run: FuzzRun;
beforeAll(async () => {
  twins = await startTwins(18, SCHEMA);
  run = new FuzzRun(twins, 6, false);
});
afterAll(async () => {
  run.close();
  await Promise.all(twins.map((world) => world.close()));
});

const NOTICED = CONSTRUCTS.filter(({ name }) => COMMON.includes(name));

test('the constructs are named as they are', () => {
  expect(NOTICED).toHaveLength(COMMON.length);
});

test.each(NOTICED)(
  'without the lineage of $name',
  async (construct) => {
    forgotten.construct = construct;
    const found: string[] = [];
    for (let count = 0; count < STATEMENTS_MAX && found.length === 0; count += BATCH)
      found.push(...(await run.judge(batch(count))));
    expect(found).not.toEqual([]);
  },
  120_000,
);

const batch = (start: number): Parameters<FuzzRun['judge']>[0] =>
  Array.from({ length: BATCH }, (_, index) =>
    randomStatement(choicesFromSeed(SEED * 10_000 + start + index, CHOICES_MAX), SCHEMA.tables),
  );
