import { encodeCancelRequest } from '@bailiwick/postgres';
import type { DatasourceOptions } from '../options.ts';
import type { UpstreamConnection } from './connect.ts';
import { openUpstreamSocket } from './open-socket.ts';

const CANCEL_TIMEOUT_MS = 5_000;

/**
 * Asks the database to cancel what a connection is doing, on a connection of its own under the same TLS settings. Resolves
 * when the database has closed that: then it has passed the request on, and it cannot hit anything that is sent later.
 */
export async function cancelUpstream(datasource: DatasourceOptions, upstream: UpstreamConnection): Promise<void> {
  if (upstream.cancelKey === null) return;
  try {
    const socket = await openUpstreamSocket(datasource.address, datasource.tls, {
      connectTimeMs: CANCEL_TIMEOUT_MS,
      keepAliveMs: 0,
    });
    socket.on('error', () => {});
    socket.end(encodeCancelRequest(upstream.cancelKey));
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), CANCEL_TIMEOUT_MS);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(timer);
  } catch {
    // A cancel request is a wish: the server says nothing about it either.
  }
}
