import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { GatewayError } from '@bailiwick/domain';
import { encodeSslRequest } from '@bailiwick/postgres';
import type { GatewayLimits, SocketAddress, UpstreamTls } from '../options.ts';

/**
 * The one way to reach a database: sessions, catalog reading and cancel requests all come through here, so that none of
 * them can lose the TLS settings (CVE-2020-25694). Rejects with `GatewayError('upstream-unavailable')`.
 */
export async function openUpstreamSocket(
  address: SocketAddress,
  tls: UpstreamTls | null,
  limits: Pick<GatewayLimits, 'connectTimeMs' | 'keepAliveMs'>,
): Promise<Socket> {
  const raw = address.kind === 'tcp' ? connect(address.port, address.host) : connect(address.path);
  const timer = setTimeout(() => raw.destroy(new Error('timed out')), limits.connectTimeMs);
  try {
    await settled(raw, 'connect');
    raw.setNoDelay(true);
    raw.setKeepAlive(limits.keepAliveMs > 0, limits.keepAliveMs);
    return tls === null ? raw : await secure(raw, tls, address);
  } catch (error) {
    raw.destroy();
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new GatewayError('upstream-unavailable', `the database cannot be reached (${reason})`, 'try again later');
  } finally {
    clearTimeout(timer);
  }
}

async function secure(raw: Socket, tls: UpstreamTls, address: SocketAddress): Promise<TLSSocket> {
  raw.write(encodeSslRequest());
  const answer = await firstBytes(raw);
  if (answer.length !== 1) throw new Error('the database sent bytes ahead of the TLS handshake');
  if (answer[0] !== 0x53) throw new Error('the database does not offer TLS');
  const host = tls.serverName ?? (address.kind === 'tcp' ? address.host : 'localhost');
  const secured = connectTls({
    socket: raw,
    host,
    ...(isIpAddress(host) ? {} : { servername: host }),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['postgresql'],
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.client === null ? {} : { cert: tls.client.cert, key: tls.client.key }),
    // verify-ca checks the chain alone, as libpq's does.
    ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  });
  await settled(secured, 'secureConnect');
  return secured;
}

const isIpAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

/** Resolves with the next bytes and leaves the socket paused. */
function firstBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      socket.off('data', onData);
      socket.off('error', onEnd);
      socket.off('close', onEnd);
      act();
    };
    const onData = (bytes: Buffer): void =>
      finish(() => {
        socket.pause();
        resolve(bytes);
      });
    const onEnd = (): void => finish(() => reject(new Error('the database closed the connection')));
    socket.on('data', onData);
    socket.on('error', onEnd);
    socket.on('close', onEnd);
  });
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDone = (): void => finish(resolve);
    const onError = (error: Error): void => finish(() => reject(error));
    const onClose = (): void => finish(() => reject(new Error('the database closed the connection')));
    const finish = (act: () => void): void => {
      socket.off(event, onDone);
      socket.off('error', onError);
      socket.off('close', onClose);
      act();
    };
    socket.on(event, onDone);
    socket.on('error', onError);
    socket.on('close', onClose);
  });
}
