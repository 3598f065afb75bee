// Random pipelines, replayed on PostgreSQL and through a gateway that allows everything: every byte of the answers must be
// the same. Then with refusals: what is refused must have exactly the effect of the server's own error.
import { decodeErrorResponse } from '@bailiwick/postgres';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerFrame } from '../../servers/index.ts';
import { DENIED, PIPELINE_RESET, type Pipeline, pipelines } from './random-pipeline.ts';
import { difference, replay } from './replay.ts';
import { startTwins, type Twins } from './twin-databases.ts';

/** All of them in all tests of this file. */
const PIPELINES = Number(process.env.BAILIWICK_FUZZ_RUNS ?? 3_000);
const SEED = Number(process.env.BAILIWICK_FUZZ_SEED ?? Date.now() % 2 ** 31);
/** On average. */
const PIPELINES_PER_SESSION = 10;
const TIMEOUT_MS = Math.max(120_000, PIPELINES * 60);

const ALLOW_ALL = 'version: 1\njurisdictions: {}\ndefaults: { writes: allow, launder: allow, unparsed: allow }\n';
const MAPPED = `${ALLOW_ALL}data: { crm: { public.denied: { columns: { v: [pii.text] } } } }
rules: [{ id: text, on: { tags: [pii.text] }, do: { mask: redact } }]\n`;
const DENYING = `${ALLOW_ALL}rules: [{ id: no, on: { tables: [public.denied] }, do: block }]\n`;

const isRefusal = (_direct: ServerFrame, { type, body }: ServerFrame): boolean =>
  type === 'E' && (decodeErrorResponse(body).fields.get('M') ?? '').startsWith('[policy-denied]');

/** Of a Bind whose parameters do not fit. */
const PROTOCOL_VIOLATION = '08P01';

/** Where data is mapped, what a message says may be withheld: its severity and its code never are. */
const isSanitised = (direct: ServerFrame, through: ServerFrame): boolean => {
  if (!'EN'.includes(direct.type) || direct.type !== through.type) return false;
  const [said, told] = [direct, through].map(({ body }) => decodeErrorResponse(body).fields);
  // A name that nobody knows may stand for regulated data.
  if (told?.get('M')?.startsWith('[unproven]') === true) return direct.type === 'E';
  // The gateway describes what is bound by a name of SQL first, and may find another fault in it than Bind would have.
  if (direct.type === 'E' && said?.get('C') === PROTOCOL_VIOLATION) return true;
  return said?.get('V') === told?.get('V') && said?.get('C') === told?.get('C');
};
/** Not told where data is mapped: code may have chosen the value. */
const isTold = ({ type, body }: ServerFrame): boolean => type !== 'S' || !body.toString().startsWith('search_path\0');

const bytesOnly = (): boolean => false;

const SETUPS = [
  {
    name: 'a gateway that allows everything',
    policy: ALLOW_ALL,
    onDirect: '',
    more: null,
    isSame: bytesOnly,
    share: 0.4,
  },
  { name: 'a gateway with a data map', policy: MAPPED, onDirect: '', more: [], isSame: isSanitised, share: 0.3 },
  // The database itself says no where the gateway does: it has no such table.
  { name: 'refusals', policy: DENYING, onDirect: 'DROP TABLE denied', more: DENIED, isSame: isRefusal, share: 0.3 },
] as const;

describe.each(SETUPS)('$name', ({ policy, onDirect, more, isSame, share }) => {
  let twins: Twins;
  beforeAll(async () => {
    twins = await startTwins(policy, onDirect);
  });
  afterAll(() => twins.close());

  async function session(all: readonly Pipeline[]): Promise<string | null> {
    for (const database of ['one', 'two']) await twins.server.query(PIPELINE_RESET, [], database);
    const wires = await Promise.all([twins.direct(), twins.through()]);
    try {
      for (const [number, pipeline] of all.entries()) {
        const answers = await Promise.all(wires.map((wire) => replay(wire, pipeline, number)));
        const [direct, through] = answers.map((frames) => (policy === MAPPED ? frames.filter(isTold) : frames));
        const found = difference(direct ?? [], through ?? [], isSame);
        if (found !== null) return `pipeline ${number}: ${found}`;
        // PostgreSQL itself ends a session at times: RELEASE by EXECUTE of a statement of the protocol.
        if (answers[0]?.at(-1)?.type !== 'Z') return null;
      }
      return null;
    } finally {
      for (const wire of wires) wire.destroy();
    }
  }

  test(
    'gives what PostgreSQL gives, byte for byte',
    async () => {
      const numRuns = Math.ceil((PIPELINES * share) / PIPELINES_PER_SESSION);
      console.info(`seed ${SEED}, ${numRuns} sessions of some ${PIPELINES_PER_SESSION} pipelines`);
      const sessions = fc.array(pipelines(more), {
        minLength: 1,
        maxLength: 2 * PIPELINES_PER_SESSION - 1,
        size: 'max',
      });
      await fc.assert(
        fc.asyncProperty(sessions, async (all) => {
          const labels = all.map(({ steps }) => steps.map(({ label }) => label).join(' | '));
          const found = await session(all);
          expect(found, labels.join('\n')).toBeNull();
        }),
        { numRuns, seed: SEED, endOnFailure: false, interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
      );
    },
    TIMEOUT_MS,
  );
});
