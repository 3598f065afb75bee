import { setImmediate } from 'node:timers/promises';
import { encodeQuery, encodeSync } from '@bailiwick/postgres';
import { rowsOf, type ServerFrame, type WireClient } from '../../servers/index.ts';
import type { Pipeline } from './random-pipeline.ts';

/** Sends a pipeline and gives everything that comes back, up to the answer of a query behind it or the connection's end. */
export async function replay(wire: WireClient, pipeline: Pipeline, number: number): Promise<readonly ServerFrame[]> {
  let pending: Buffer[] = [];
  for (const [index, { bytes }] of pipeline.steps.entries()) {
    pending.push(bytes);
    if (pipeline.cuts[index] !== true) continue;
    wire.send(...pending);
    pending = [];
    await setImmediate();
  }
  const last = `end of ${number}`;
  wire.send(...pending, encodeSync(), encodeQuery({ sql: 'ROLLBACK' }), encodeQuery({ sql: `SELECT '${last}'` }));
  const frames: ServerFrame[] = [];
  for (;;) {
    const answer = await wire.replies();
    frames.push(...answer);
    if (answer.at(-1)?.type !== 'Z' || rowsOf(answer)[0]?.[0] === last) return frames;
  }
}

/** What the two sides say differs, frame by frame; null: nothing does. @param isSame of two frames that are not the same bytes. */
export function difference(
  direct: readonly ServerFrame[],
  through: readonly ServerFrame[],
  isSame: (direct: ServerFrame, through: ServerFrame) => boolean,
): string | null {
  for (let index = 0; index < Math.max(direct.length, through.length); index++) {
    const one = direct[index];
    const other = through[index];
    if (one !== undefined && other !== undefined) {
      if (one.type === other.type && (one.body.equals(other.body) || isSame(one, other))) continue;
    }
    return `frame ${index}: direct ${show(one)}, through the gateway ${show(other)}\n  direct:  ${describeFrames(direct)}\n  through: ${describeFrames(through)}`;
  }
  return null;
}

const show = (frame: ServerFrame | undefined): string =>
  frame === undefined ? 'nothing' : `${frame.type} ${JSON.stringify(frame.body.toString('latin1'))}`;

const describeFrames = (frames: readonly ServerFrame[]): string =>
  frames.map(({ type, body }) => (type === 'Z' ? `Z(${body.toString('latin1')})` : type)).join('');
