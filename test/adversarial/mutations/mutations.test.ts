// The corpus is worth what it notices: with the lineage of any one construct taken away, the gateway that results tells of
// secrets, and entries of the corpus see it. Nothing of the gateway is written anew: its lowering forgets what a construct
// reads (`forgetting.ts`), and its cache of facts keeps nothing meanwhile.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { findCanaries } from '../canary-search.ts';
import { corpusEntries, type Entry } from '../corpus.ts';
import { observableOf, runEntry } from '../run-entry.ts';
import { startTwins, type World } from '../twin-worlds.ts';
import { CONSTRUCTS } from './constructs.ts';
import { type CreateLowering, forgotten } from './forgetting.ts';
import { NOTICED_BY } from './noticed-by.ts';

vi.mock('../../../packages/sql/src/postgres/lower/create-lowering.ts', async (original) => {
  const { forgetfulLowering } = await import('./forgetting.ts');
  const module = await original<{ createLowering: CreateLowering }>();
  return { ...module, createLowering: forgetfulLowering(module.createLowering) };
});
vi.mock('../../../packages/gateway/src/datasource/facts-cache.ts', async () => {
  const { ForgetfulFacts } = await import('./forgetful-facts.ts');
  return { FactsCache: ForgetfulFacts };
});

const ENTRIES = new Map(
  [...corpusEntries('mask-leak'), ...corpusEntries('inference')].map((entry) => [entry.id, entry]),
);

let twins: readonly [World, World];
beforeAll(async () => {
  twins = await startTwins(18);
});
afterAll(() => Promise.all(twins.map((world) => world.close())));
afterEach(() => {
  forgotten.construct = null;
});

test.each(CONSTRUCTS)('without the lineage of $name', async (construct) => {
  const entries = (NOTICED_BY[construct.name] ?? []).map(entryNamed);
  expect(entries).not.toEqual([]);
  for (const entry of entries) {
    forgotten.construct = null;
    expect(await tellsOfSecrets(entry), `${entry.id} as it is`).toBe(false);
    forgotten.construct = construct;
    expect(await tellsOfSecrets(entry), `${entry.id} without`).toBe(true);
  }
});

function entryNamed(id: string): Entry {
  const entry = ENTRIES.get(id);
  if (entry === undefined) throw new Error(`the corpus has no entry ${id}`);
  return entry;
}

/** A canary reaches the client, or what it sees differs between the twins. */
async function tellsOfSecrets(entry: Entry): Promise<boolean> {
  const seen = await Promise.all(twins.map((world) => observe(world, entry)));
  const [one, other] = seen.map(observableOf);
  const sent = JSON.stringify(entry.sql);
  return one !== other || seen.some(({ received, cells }) => findCanaries(received, cells, sent).length > 0);
}

async function observe(world: World, entry: Entry): ReturnType<typeof runEntry> {
  const wire = await world.connect();
  try {
    return await runEntry(wire, entry, 'simple');
  } finally {
    wire.destroy();
  }
}
