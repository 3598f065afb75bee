// Uses node:net: finds out whether a port is free; it opens no connection.
import { once } from 'node:events';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** The preferred port of 127.0.0.1 when nobody listens on it, else one that the system gives. Not held: use it soon. */
export async function freePort(preferred: number): Promise<number> {
  return (await tryPort(preferred)) ?? (await tryPort(0)) ?? 0;
}

/** The port that could be listened on; null where it is taken or may not be used. */
async function tryPort(port: number): Promise<number | null> {
  const probe = createServer();
  try {
    probe.listen({ host: HOST, port, exclusive: true });
    await once(probe, 'listening');
    const address = probe.address();
    return typeof address === 'object' ? (address?.port ?? null) : null;
  } catch {
    return null;
  } finally {
    probe.close();
  }
}
