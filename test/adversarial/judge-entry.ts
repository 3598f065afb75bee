import { decodeDataRow, decodeRowDescription } from '@bailiwick/postgres';
import type { ServerFrame } from '../servers/wire-client.ts';
import { findCanaries } from './canary-search.ts';
import type { Entry, Protocol } from './corpus.ts';
import { type Observation, observableOf, runEntry } from './run-entry.ts';
import type { World } from './twin-worlds.ts';

/**
 * What is wrong with how the gateways treated an entry; empty: nothing. Where writes are free they may happen, and must
 * still show nothing.
 */
export async function judgeEntry(
  [world, twin]: readonly [World, World],
  entry: Entry,
  protocol: Protocol,
  writes: 'held' | 'free' = 'held',
): Promise<readonly string[]> {
  if (!fits(entry, protocol)) return [];
  const before = await world.fingerprint();
  const [seen, seenByTwin] = await Promise.all([observe(world, entry, protocol), observe(twin, entry, protocol)]);
  const changed = (await world.fingerprint()) !== before;
  const faults = [
    ...[seen, seenByTwin].flatMap(({ received, cells }) => findCanaries(received, cells, JSON.stringify(entry.sql))),
    ...(changed && writes === 'held' && entry.expect !== 'allowed' ? ['the database has changed'] : []),
    ...(entry.class === 'dos' && seen.late ? ['did not end in time'] : []),
    ...(entry.class !== 'dos' ? differences(seen, seenByTwin) : []),
  ];
  if (
    writes === 'held' &&
    entry.expect === 'held-or-blocked' &&
    entry.class !== 'inference' &&
    entry.class !== 'dos' &&
    seen.errors.length === 0
  )
    faults.push('was let through');
  if (entry.expect === 'allowed') faults.push(...(await compareDirect(world, seen, entry, protocol)));
  if (changed) await Promise.all([world.reset(), twin.reset()]);
  return faults;
}

/** Several statements in one text are an error of the server's own in the extended protocol. */
const fits = ({ sql }: Entry, protocol: Protocol): boolean =>
  protocol === 'simple' || !sql.some((step) => typeof step === 'string' && /;\s*\S/.test(step));

async function observe(world: World, entry: Entry, protocol: Protocol): Promise<Observation> {
  const wire = await world.connect();
  try {
    return await runEntry(wire, entry, protocol);
  } finally {
    wire.destroy();
  }
}

/** Two runs on databases with other secrets must look the same. */
function differences(one: Observation, other: Observation): readonly string[] {
  const [a, b] = [observableOf(one), observableOf(other)];
  if (a === b) return [];
  const at = [...a].findIndex((char, index) => char !== b[index]);
  return [`tells of secrets: ${a.slice(Math.max(0, at - 60), at + 60)} or ${b.slice(Math.max(0, at - 60), at + 60)}`];
}

/** A legitimate entry gives what the database gives, cells of masked columns apart. */
async function compareDirect(
  world: World,
  seen: Observation,
  entry: Entry,
  protocol: Protocol,
): Promise<readonly string[]> {
  const wire = await world.connectDirect();
  const direct = await runEntry(wire, entry, protocol);
  wire.destroy();
  const [got, wanted] = [comparable(seen.frames, entry), comparable(direct.frames, entry)];
  if (JSON.stringify(got) === JSON.stringify(wanted)) return [];
  const at = got.findIndex((one, index) => one !== wanted[index]);
  const errors = seen.errors.map(({ M }) => M).join('; ');
  return [`differs from the database: ${errors || `${got[at]} instead of ${wanted[at]}`}`];
}

function comparable(frames: readonly ServerFrame[], { masked = [] }: Entry): readonly string[] {
  let hidden: readonly boolean[] = [];
  return frames
    .filter(({ type }) => type !== 'S')
    .map(({ type, body }) => {
      if (type === 'T') hidden = decodeRowDescription(body).fields.map(({ name }) => masked.includes(name));
      if (type !== 'D') return `${type} ${body.toString('latin1')}`;
      const cells = [...decodeDataRow(body)];
      return JSON.stringify(
        cells.map((cell, index) => (hidden[index] ? 'masked' : (cell?.toString('latin1') ?? null))),
      );
    });
}
