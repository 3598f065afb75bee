import type { WireClient } from '../../servers/index.ts';
import { findCanaries } from '../canary-search.ts';
import { type Observation, observableOf, runEntry } from '../run-entry.ts';
import type { World } from '../twin-worlds.ts';
import { entryOf, type RandomStatement } from './random-statement.ts';
import { SECRET_PATTERNS } from './value-types.ts';

/** What became of the statements of a run: a generator of nothing but errors and refusals would prove nothing. */
export interface Tally {
  statements: number;
  /** Refused by the gateway. */
  refused: number;
  /** Let through, and with an error of the server's. */
  failed: number;
  /** Let through, without an error, and with rows. */
  rows: number;
  /** Of these, made from secrets: what is masked. */
  rowsOfSecrets: number;
  /** Of these, so many were also asked of the database itself. */
  askedDirectly: number;
  acceptedDirectly: number;
}

/** Statements over one connection: what it has received is kept, so that it must not live for ever. */
const STATEMENTS_MAX = 50;

/** Two worlds, a few connections to each, and what was seen of the statements so far. */
export class FuzzRun {
  readonly tally: Tally = {
    ...{ statements: 0, refused: 0, failed: 0, rows: 0, rowsOfSecrets: 0, askedDirectly: 0, acceptedDirectly: 0 },
  };
  readonly #worlds: readonly [World, World];
  readonly #lanes: Lane[] = [];
  #shows: boolean;

  /** @param shows Prints the first find at once: shrinking it may take longer than the test has. */
  constructor(worlds: readonly [World, World], lanes: number, shows: boolean) {
    this.#worlds = worlds;
    this.#shows = shows;
    for (let lane = 0; lane < lanes; lane++) this.#lanes.push(new Lane(worlds));
  }

  /** Runs statements on both worlds, several at a time, and says what is wrong with how they were answered. */
  async judge(statements: readonly RandomStatement[]): Promise<readonly string[]> {
    const waiting = [...statements.entries()];
    const faults: string[] = [];
    const work = async (lane: Lane): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        faults.push(...(await this.#judgeOne(lane, next[1])));
    };
    await Promise.all(this.#lanes.map(work));
    return faults;
  }

  close(): void {
    for (const lane of this.#lanes) lane.end();
  }

  async #judgeOne(lane: Lane, statement: RandomStatement): Promise<readonly string[]> {
    const entry = entryOf(statement);
    const wires = await lane.wires();
    const seen = await Promise.all(wires.map((wire) => runEntry(wire, entry, statement.protocol)));
    this.#count(statement, seen[0]);
    if (this.tally.statements % 10 === 0) await this.#askDirectly(statement);
    const sent = JSON.stringify(statement.steps);
    const faults = seen.flatMap(({ received, cells }) => findCanaries(received, cells, sent, SECRET_PATTERNS));
    const [one, other] = seen.map(observableOf);
    if (one !== other) faults.push(`differs: ${around(one ?? '', other ?? '')}`);
    if (seen.some(({ late }) => late) || wires.some(({ ended }) => ended)) lane.end();
    const found = faults.map((fault) => `${fault}: ${statement.protocol} ${sent}`);
    if (found.length > 0 && this.#shows) console.error(found.join('\n'));
    this.#shows &&= found.length === 0;
    return found;
  }

  #count({ secret }: RandomStatement, seen: Observation | undefined): void {
    const messages = (seen?.errors ?? []).map(({ M = '' }) => M);
    this.tally.statements++;
    if (messages.some((message) => /^\[[a-z-]+\]/.test(message))) this.tally.refused++;
    else if (messages.length > 0) this.tally.failed++;
    else if ((seen?.cells.length ?? 0) > 0) {
      this.tally.rows++;
      if (secret) this.tally.rowsOfSecrets++;
    }
  }

  /** Whether the database itself takes the query. */
  async #askDirectly({ query, steps, protocol }: RandomStatement): Promise<void> {
    const wire = await this.#worlds[0].connectDirect();
    const parameters = steps.filter((step) => typeof step === 'object' && 'params' in step);
    const entry = { id: '', why: '', class: 'legit', expect: 'allowed' } as const;
    const asked = parameters.length > 0 ? parameters : [query];
    const { errors } = await runEntry(wire, { ...entry, sql: asked }, protocol);
    wire.destroy();
    this.tally.askedDirectly++;
    if (errors.length === 0) this.tally.acceptedDirectly++;
    else if (process.env.BAILIWICK_FUZZ_VERBOSE !== undefined) console.info(errors[0]?.M, query);
  }
}

/** A connection to each world, replaced now and then. */
class Lane {
  readonly #worlds: readonly [World, World];
  #wires: readonly WireClient[] | null = null;
  #used = 0;

  constructor(worlds: readonly [World, World]) {
    this.#worlds = worlds;
  }

  async wires(): Promise<readonly WireClient[]> {
    if (this.#used++ % STATEMENTS_MAX === 0) this.end();
    this.#wires ??= await Promise.all(this.#worlds.map((world) => world.connect()));
    return this.#wires;
  }

  end(): void {
    for (const wire of this.#wires ?? []) wire.destroy();
    this.#wires = null;
  }
}

function around(one: string, other: string): string {
  const at = [...one].findIndex((char, index) => char !== other[index]);
  return [one, other].map((text) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))).join(' or ');
}
