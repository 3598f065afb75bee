// Random statements over a random schema, through two gateways whose databases differ in nothing but the values of secret
// columns: no canary reaches the client, and all that the client can see is the same on both sides. The seed is printed;
// BAILIWICK_TEST_SEED plays it again, BAILIWICK_FUZZ_RUNS says how many statements (200,000 at night).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startTwins } from '../twin-worlds.ts';
import { FuzzRun, type Tally } from './fuzz-run.ts';
import { randomSchema } from './random-schema.ts';
import { statements } from './random-statement.ts';

const VERSION = Number(process.env.BAILIWICK_TEST_PG ?? 18);
const STATEMENTS = Number(process.env.BAILIWICK_FUZZ_RUNS ?? 5_000);
const SEED = Number(process.env.BAILIWICK_TEST_SEED ?? Date.now() % 2 ** 31);
/** Over one schema. */
const CHUNK = 10_000;
const BATCH = 40;
const LANES = 10;
const TIMEOUT_MS = 120_000 + STATEMENTS * 150;

const chunks = Array.from({ length: Math.ceil(STATEMENTS / CHUNK) }, (_, index) => ({
  seed: (SEED + index) | 0,
  count: Math.min(CHUNK, STATEMENTS - index * CHUNK),
}));

test.each(chunks)(
  'seed $seed: $count statements tell nothing of secrets',
  async ({ seed, count }) => {
    const schema = randomSchema(seed);
    const twins = await startTwins(VERSION, schema);
    const run = new FuzzRun(twins, LANES, true);
    try {
      const batches = fc.array(statements(schema.tables), { minLength: 1, maxLength: BATCH, size: 'max' });
      const full = fc.array(statements(schema.tables), { minLength: BATCH, maxLength: BATCH, size: 'max' });
      await fc.assert(
        fc.asyncProperty(
          fc.oneof({ weight: 19, arbitrary: full }, { weight: 1, arbitrary: batches }),
          async (batch) => {
            expect(await run.judge(batch)).toEqual([]);
          },
        ),
        { seed, numRuns: Math.ceil(count / BATCH), interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
      );
    } finally {
      console.info(`seed ${seed}: ${summary(run.tally)}`);
      run.close();
      await Promise.all(twins.map((world) => world.close()));
    }
    const { statements: all, refused, failed, rowsOfSecrets, askedDirectly, acceptedDirectly } = run.tally;
    expect(all).toBeGreaterThan(count * 0.8);
    expect(acceptedDirectly / askedDirectly).toBeGreaterThan(0.6);
    expect((all - refused) / all).toBeGreaterThan(0.25);
    expect((all - refused - failed) / all).toBeGreaterThan(0.3);
    expect(rowsOfSecrets / all).toBeGreaterThan(0.1);
  },
  TIMEOUT_MS,
);

function summary({
  statements: all,
  refused,
  failed,
  rows,
  rowsOfSecrets,
  askedDirectly,
  acceptedDirectly,
}: Tally): string {
  const percent = (count: number, of: number): string => `${((100 * count) / Math.max(1, of)).toFixed(1)} %`;
  return `${all} statements; the database itself accepts ${percent(acceptedDirectly, askedDirectly)}; the gateway lets ${percent(
    all - refused,
    all,
  )} through, of which ${percent(failed, all - refused)} fail in the server and ${percent(rows, all - refused)} give rows, ${percent(rowsOfSecrets, all - refused)} rows made from secrets`;
}
