import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeSslRequest } from '@bailiwick/postgres';
import { afterEach, expect, test } from 'vitest';
import type { UpstreamTls } from '../options.ts';
import { openUpstreamSocket } from './open-socket.ts';

const TLS: UpstreamTls = { mode: 'verify-full', ca: null, serverName: null, client: null };
const LIMITS = { connectTimeMs: 400, keepAliveMs: 0 };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers the first bytes with these pieces, one write each; keeps what it heard. */
async function answering(
  pieces: readonly (string | null)[],
): Promise<{ port: number; heard: () => Buffer; gone: Promise<unknown> }> {
  const heard: Buffer[] = [];
  let closed = (_: unknown): void => {};
  const gone = new Promise((resolve) => {
    closed = resolve;
  });
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => {});
    socket.on('close', closed);
    socket.on('data', (chunk) => heard.push(chunk));
    socket.once('data', () => {
      void (async () => {
        for (const piece of pieces) {
          if (piece === null) socket.end();
          else socket.write(Buffer.from(piece, 'latin1'));
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, heard: () => Buffer.concat(heard), gone };
}

test.each<readonly [what: string, pieces: readonly (string | null)[]]>([
  ['declines', ['N']],
  ['declines, and goes on', ['NR\0\0\0\x08\0\0\0\0']],
  ['accepts, with bytes behind it in the same segment', ['SR\0\0\0\x08\0\0\0\0']],
  ['accepts twice', ['SS']],
  ['accepts, with bytes behind it in a segment of their own', ['S', 'R\0\0\0\x08\0\0\0\0']],
  ['answers as a server without SSLRequest does', ['E\0\0\0\x20SFATAL\0C0A000\0Mno such thing\0\0']],
  ['answers with an alert of TLS', ['\x15\x03\x01\0\x02\x02\x28']],
  ['answers with something else', ['HTTP/1.1 400 Bad Request\r\n\r\n']],
  ['closes', [null]],
  ['accepts and closes', ['S', null]],
  ['accepts and says nothing more', ['S']],
  ['says nothing', []],
])('where TLS is configured, a server that %s gets no StartupMessage', async (_what, pieces) => {
  const server = await answering(pieces);
  const opening = openUpstreamSocket({ kind: 'tcp', host: '127.0.0.1', port: server.port }, TLS, LIMITS);
  await expect(opening).rejects.toMatchObject({ code: 'upstream-unavailable' });
  await server.gone;
  const request = encodeSslRequest();
  expect(server.heard().subarray(0, request.length)).toEqual(request);
  // What follows, if anything, is a ClientHello or an alert: records of TLS.
  const after = server.heard().subarray(request.length);
  if (after.length > 0) expect([0x15, 0x16]).toContain(after[0]);
});
