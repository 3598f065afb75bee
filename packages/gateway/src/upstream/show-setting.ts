import { GatewayError } from '@bailiwick/domain';
import { decodeDataRow, encodeQuery } from '@bailiwick/postgres';
import type { UpstreamConnection } from './connect.ts';
import { FrameSource } from './frame-source.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** The answer is one short row. */
const ANSWER_BYTES_MAX = 1 << 20;

/**
 * What a setting is on a connection that nobody uses yet. Rejects with `GatewayError('upstream-unavailable')` when the
 * database does not say, or not in time.
 * @param name a word, as SHOW takes it.
 */
export async function showSetting(
  { socket, decoder }: UpstreamConnection,
  name: 'search_path',
  timeMs: number,
): Promise<string> {
  const frames = new FrameSource(socket, decoder, ANSWER_BYTES_MAX);
  const timer = setTimeout(() => socket.destroy(), timeMs);
  try {
    frames.write(encodeQuery({ sql: `SHOW ${name}` }));
    let value: string | null = null;
    for (;;) {
      const { type, body } = await frames.next();
      const letter = String.fromCharCode(type);
      if (letter === 'D') for (const cell of decodeDataRow(body)) value = cell?.toString('utf8') ?? null;
      if (letter === 'E') throw upstreamRefused(body);
      if (letter !== 'Z') continue;
      if (value === null) throw silent(name);
      return value;
    }
  } catch (error) {
    throw error instanceof GatewayError ? error : silent(name);
  } finally {
    clearTimeout(timer);
    frames.release();
  }
}

const silent = (name: string): GatewayError =>
  new GatewayError('upstream-unavailable', `the database does not say what ${name} is`, 'try again later');
