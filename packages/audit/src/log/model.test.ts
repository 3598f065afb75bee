import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, frameRun, scratchLog, sessionInfo, statementEvent } from '../fixtures/scratch-log.ts';
import type { Transcript } from '../transcript.ts';
import { verifyAudit } from '../verify/verify-audit.ts';
import type { AuditLog } from './audit-log.ts';

type SessionStep =
  | { readonly do: 'frames'; readonly session: number; readonly text: string; readonly masked: boolean }
  | { readonly do: 'event' | 'flush' | 'durable' | 'end'; readonly session: number };
type Step = SessionStep | { readonly do: 'restart' } | { readonly do: 'tick' };

/** Small enough that most courses cross segments. */
const SMALL = { segmentBytesMax: 3000 };

const session = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('frames' as const),
      session,
      text: fc.string({ unit: 'binary-ascii', maxLength: 900 }),
      masked: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('event' as const, 'flush' as const, 'durable' as const, 'end' as const),
      session,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'restart' } as const, { do: 'tick' } as const) },
);

/** A log, the transcripts that are open on it, and what each should read back as. */
class Course {
  readonly scratch = scratchLog();
  readonly expected = new Map<string, string[]>();
  readonly #open = new Map<number, { id: string; transcript: Transcript }>();
  log: AuditLog = this.scratch.open(SMALL);
  #ordinal = 0;

  async take(step: Step): Promise<void> {
    if (step.do === 'tick') this.scratch.clock.advance(50);
    else if (step.do === 'restart') {
      await this.log.close();
      this.#open.clear();
      this.log = this.scratch.open(SMALL);
    } else await this.#speak(step);
  }

  async #speak(step: SessionStep): Promise<void> {
    const { id, transcript } = this.#session(step.session);
    const says = this.expected.get(id) ?? [];
    switch (step.do) {
      case 'frames': {
        const sides = step.masked ? { upstreamSide: [Buffer.from('raw')], recorded: [Buffer.from('kept')] } : {};
        const run = frameRun('upstream', 'D', step.text, sides);
        transcript.frames(run);
        says.push(Buffer.concat(run.recorded ?? run.clientSide).toString('latin1'));
        return;
      }
      case 'event':
        this.#ordinal += 1;
        transcript.event(statementEvent(this.#ordinal));
        says.push('statement');
        return;
      case 'flush':
        return transcript.flush();
      case 'durable':
        return transcript.durable();
      default:
        transcript.end('done');
        says.push('session.end');
        this.#open.delete(step.session);
    }
  }

  #session(slot: number): { id: string; transcript: Transcript } {
    const found = this.#open.get(slot);
    if (found !== undefined) return found;
    const id = `ses_${this.expected.size}`;
    this.expected.set(id, ['session.start']);
    const made = { id, transcript: this.log.open(sessionInfo(id)) };
    this.#open.set(slot, made);
    return made;
  }
}

test('any course of sessions reads back as it was recorded, across segments and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const course = new Course();
      try {
        for (const now of steps) await course.take(now);
        await course.take({ do: 'restart' });
        for (const [id, says] of course.expected) {
          const entries = await collect(course.log.transcript(id));
          expect(entries.map((entry) => entry.event?.type ?? entry.messages[0]?.text)).toEqual(says);
        }
        const sessions = course.expected.size;
        expect(await course.log.sessions({ limit: 1000 })).toHaveLength(sessions);
        await course.log.close();
        expect(verifyAudit(course.scratch.options.segmentsDirectory)).toMatchObject({ faults: [], sessions });
      } finally {
        await course.log.close();
        course.scratch.remove();
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
