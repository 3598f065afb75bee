// Uses node:net: the leg of the forwarder to the gateway.
// Uses node:tls: the same.
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate, connect as secure } from 'node:tls';
import { GatewayError } from '@bailiwick/domain';

/** How the gateway proves that it is the one. */
export type GatewayTrust =
  /** By a certificate for its name, from these authorities (PEM) or, null, from the platform's. */
  | { readonly kind: 'authority'; readonly ca: Buffer | null }
  /** By being the one that holds this certificate (PEM), whatever its name. */
  | { readonly kind: 'certificate'; readonly cert: Buffer }
  /** Not at all: `tls: off`, which whoever builds this has checked to be on loopback. */
  | { readonly kind: 'off' };

/** Where the gateway is. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly trust: GatewayTrust;
}

const ALPN = 'postgresql';
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** Connects, and knows that it is the gateway. The socket is paused. @throws GatewayError in words for the client. */
export function reachGateway({ host, port, trust }: GatewayAddress): Promise<Socket> {
  const raw = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
  raw.setKeepAlive(true, KEEP_ALIVE_MS);
  return new Promise((resolve, reject) => {
    const socket = trust.kind === 'off' ? raw : secure({ ...tlsOptions(host, trust), socket: raw });
    const late = setTimeout(() => failed(new Error('it does not answer in time')), CONNECT_MS);
    const failed = (error: Error & { readonly code?: string }): void => {
      clearTimeout(late);
      socket.destroy();
      raw.destroy();
      const reason = error.code ?? error.message;
      const what = `the gateway ${host}:${port} cannot be reached (${reason})`;
      reject(new GatewayError('upstream-unavailable', what, 'check --gateway, --ca and that it runs'));
    };
    raw.on('error', failed);
    socket.on('error', failed);
    socket.once(trust.kind === 'off' ? 'connect' : 'secureConnect', () => {
      clearTimeout(late);
      if (trust.kind !== 'off' && (socket as { alpnProtocol?: unknown }).alpnProtocol !== ALPN) {
        failed(new Error('it does not speak PostgreSQL over TLS'));
        return;
      }
      resolve(socket);
    });
  });
}

function tlsOptions(host: string, trust: Exclude<GatewayTrust, { kind: 'off' }>): ConnectionOptions {
  const common = { ALPNProtocols: [ALPN], minVersion: 'TLSv1.2', allowHalfOpen: true } as const;
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  if (trust.kind === 'authority') {
    const ca = trust.ca === null ? {} : { ca: trust.ca };
    return { ...common, ...named, ...ca, checkServerIdentity: (_name, cert) => checkServerIdentity(host, cert) };
  }
  return {
    ...common,
    ...named,
    ca: trust.cert,
    // The certificate is trusted itself, without whoever signed it, and only it.
    allowPartialTrustChain: true,
    checkServerIdentity: (_name: string, cert: PeerCertificate) =>
      sameCertificate(cert.raw, trust.cert) ? undefined : new Error('its certificate is not the configured one'),
  };
}

function sameCertificate(der: Buffer, pem: Buffer): boolean {
  const [, base64 = ''] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem.toString('latin1')) ?? [];
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  return digest(Buffer.from(base64, 'base64')) === digest(der);
}
