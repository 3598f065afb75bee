// Our own corpus against two real gateways, whose databases differ in nothing but the values of secret columns. Each entry
// runs on both: no canary may reach a client, what is to be held must not have happened, what is legitimate must give what
// the database gives, and whatever a client can see must be the same on both sides (non-interference).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS_FILES, corpusEntries, type Entry, type Protocol } from './corpus.ts';
import { judgeEntry } from './judge-entry.ts';
import { FREE_WRITES, startTwins, type World } from './twin-worlds.ts';

const VERSION = Number(process.env.BAILIWICK_TEST_PG ?? 18);

let twins: readonly [World, World];
beforeAll(async () => {
  twins = await startTwins(VERSION);
});
afterAll(() => Promise.all(twins.map((world) => world.close())));

describe.each<Protocol>(['simple', 'extended', 'binary'])('by the %s protocol', (protocol) => {
  test.each(CORPUS_FILES)(
    '%s',
    async (file) => {
      const faults: string[] = [];
      let failed = 0;
      for (const entry of corpusEntries(file)) {
        const found = (await judgeEntry(twins, entry, protocol)).map(named(entry));
        if (found.length > 0) failed++;
        faults.push(...found);
      }
      const all = corpusEntries(file).length;
      if (file === 'legit')
        console.info(`${protocol}: ${failed} of ${all} legitimate entries falsely refused or changed`);
      expect(faults).toEqual([]);
    },
    300_000,
  );
});

describe('where writes are free', () => {
  beforeAll(() => {
    for (const { gateway } of twins) gateway.usePolicy(FREE_WRITES);
  });

  test.each(['mask-leak', 'inference', 'parser-differential'] as const)(
    '%s',
    async (file) => {
      const faults: string[] = [];
      for (const entry of corpusEntries(file))
        faults.push(...(await judgeEntry(twins, entry, 'simple', 'free')).map(named(entry)));
      expect(faults).toEqual([]);
    },
    300_000,
  );
});

const named =
  ({ id, why, sql }: Entry) =>
  (fault: string): string =>
    `${id} (${why}): ${fault}: ${JSON.stringify(sql).slice(0, 200)}`;
