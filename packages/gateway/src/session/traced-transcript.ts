import type { FrameRun, Transcript } from '@bailiwick/audit';
import { traceLines } from '@bailiwick/postgres';
import { normalisePostgres } from '@bailiwick/sql';
import type { FrameTrace } from '../options.ts';

/**
 * A transcript that also traces what it records: both legs, in the order of the record. Lines are the session, the leg,
 * and the frame as `traceLines` has it; where both legs carry the same bytes there is one line for both.
 */
export function tracedTranscript(inner: Transcript, session: string, trace: FrameTrace): Transcript {
  const say = (leg: string, from: FrameRun['from'], pieces: readonly Buffer[]): void => {
    for (const line of traceLines(from, Buffer.concat(pieces), normalisePostgres)) trace(`${session}\t${leg}\t${line}`);
  };
  return {
    frames: (run) => {
      inner.frames(run);
      if (run.upstreamSide === null) return say('both', run.from, run.clientSide);
      const client = (): void => say('client', run.from, run.clientSide);
      if (run.from === 'client') client();
      say('upstream', run.from, run.upstreamSide);
      if (run.from === 'upstream') client();
    },
    event: (event) => inner.event(event),
    flush: () => inner.flush(),
    durable: () => inner.durable(),
    end: (reason) => inner.end(reason),
  };
}
