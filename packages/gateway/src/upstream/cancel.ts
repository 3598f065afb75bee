import { encodeCancelRequest } from '@bailiwick/postgres';
import type { DatasourceOptions } from '../options.ts';
import type { UpstreamConnection } from './connect.ts';
import { openUpstreamSocket } from './open-socket.ts';

const CANCEL_TIMEOUT_MS = 5_000;

/** Asks the database to cancel what a connection is doing, on a connection of its own under the same TLS settings. */
export async function cancelUpstream(datasource: DatasourceOptions, upstream: UpstreamConnection): Promise<void> {
  try {
    const socket = await openUpstreamSocket(datasource.address, datasource.tls, {
      connectTimeMs: CANCEL_TIMEOUT_MS,
      keepAliveMs: 0,
    });
    socket.on('error', () => {});
    socket.end(encodeCancelRequest({ processId: upstream.processId, secretKey: upstream.secret }));
    socket.resume();
    setTimeout(() => socket.destroy(), CANCEL_TIMEOUT_MS).unref();
  } catch {
    // A cancel request is a wish: the server says nothing about it either.
  }
}
