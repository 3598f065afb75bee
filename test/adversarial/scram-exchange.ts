import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import {
  type AuthenticationRequest,
  decodeAuthenticationRequest,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  encodeSslRequest,
  encodeStartupMessage,
} from '@bailiwick/postgres';
import { openTcp, type ServerFrame, type TestGateway, type WireClient } from '../servers/index.ts';

/** What an attempt does otherwise than an honest client. Each function gets what an honest client would send. */
export interface ScramAttempt {
  readonly user: string;
  readonly secret: string;
  readonly database?: string;
  readonly mechanism?: string;
  /** gs2-header; default `n,,`, or `p=tls-server-end-point,,` with -PLUS. */
  readonly gs2?: string;
  /** What the channel is bound with; default: what the gateway's certificate gives. */
  readonly bound?: Buffer;
  readonly first?: (message: string) => string;
  readonly final?: (message: string, serverFirst: string) => string;
  /** Between the server's first message and the client's last. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly wire?: WireClient;
}

/** How far an attempt came, and all that the gateway said. */
export interface ScramOutcome {
  readonly wire: WireClient;
  readonly frames: readonly ServerFrame[];
  readonly mechanisms: readonly string[];
  readonly serverFirst: string | null;
  readonly clientFinal: string | null;
  readonly serverFinal: string | null;
  readonly loggedIn: boolean;
}

/** `tls-server-end-point` of the certificate that the gateway shows: its SHA-256, as it is signed with SHA-256. */
export async function gatewayEndPoint({ host, port, ca }: TestGateway): Promise<Buffer> {
  const socket = await openTcp({ host, port });
  socket.write(encodeSslRequest());
  await once(socket, 'data');
  const secured = connectTls({ socket, host, ca: ca ?? '' });
  await once(secured, 'secureConnect');
  const certificate = secured.getPeerX509Certificate();
  secured.destroy();
  if (certificate === undefined) throw new Error('the gateway shows no certificate');
  return createHash('sha256').update(certificate.raw).digest();
}

/** One login by SCRAM (RFC 5802, RFC 7677), written from the RFCs and not from the code under test. */
export async function scramAttempt(gateway: TestGateway, attempt: ScramAttempt): Promise<ScramOutcome> {
  const wire = attempt.wire ?? (await gateway.rawWire());
  const frames: ServerFrame[] = [];
  const told = { mechanisms: [] as readonly string[], serverFirst: '', clientFinal: '', serverFinal: '' };
  const outcome = (loggedIn: boolean): ScramOutcome => ({
    ...{ wire, frames, loggedIn, mechanisms: told.mechanisms },
    serverFirst: told.serverFirst || null,
    clientFinal: told.clientFinal || null,
    serverFinal: told.serverFinal || null,
  });
  const next = async (): Promise<AuthenticationRequest | null> => {
    const seen = await wire.replies('RE');
    frames.push(...seen);
    const last = seen.at(-1);
    return last?.type === 'R' ? decodeAuthenticationRequest(last.body) : null;
  };
  wire.send(startupOf(attempt));
  const asked = await next();
  if (asked?.kind !== 'SASL') return outcome(false);
  told.mechanisms = asked.mechanisms;
  const { mechanism = asked.mechanisms[0] ?? '', first = same, final = same } = attempt;
  const plus = mechanism.endsWith('-PLUS');
  const gs2 = attempt.gs2 ?? (plus ? 'p=tls-server-end-point,,' : 'n,,');
  const bare = `n=,r=${randomBytes(18).toString('base64')}`;
  wire.send(encodeSaslInitialResponse({ mechanism, data: Buffer.from(first(gs2 + bare), 'latin1') }));
  const continued = await next();
  if (continued?.kind !== 'SASLContinue') return outcome(false);
  told.serverFirst = continued.data.toString('latin1');
  await attempt.meanwhile?.();
  const cbind = Buffer.concat([
    Buffer.from(gs2),
    plus ? (attempt.bound ?? (await gatewayEndPoint(gateway))) : Buffer.alloc(0),
  ]);
  told.clientFinal = final(clientFinal(attempt.secret, bare, told.serverFirst, cbind), told.serverFirst);
  wire.send(encodeSaslResponse({ data: Buffer.from(told.clientFinal, 'latin1') }));
  const finished = await next();
  if (finished?.kind !== 'SASLFinal') return outcome(false);
  told.serverFinal = finished.data.toString('latin1');
  frames.push(...(await wire.replies('ZE')));
  return outcome(frames.at(-1)?.type === 'Z');
}

/** The StartupMessage of an attempt. */
export const startupOf = ({ user, database = 'crm' }: Pick<ScramAttempt, 'user' | 'database'>): Buffer =>
  encodeStartupMessage({
    protocolMinor: 0,
    parameters: new Map([
      ['user', user],
      ['database', database],
    ]),
    protocolOptions: new Map(),
  });

function clientFinal(secret: string, bare: string, serverFirst: string, cbind: Buffer): string {
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? [];
  const withoutProof = `c=${cbind.toString('base64')},r=${nonce}`;
  const salted = pbkdf2Sync(secret, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const signature = createHmac('sha256', storedKey).update(`${bare},${serverFirst},${withoutProof}`).digest();
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  return `${withoutProof},p=${proof.toString('base64')}`;
}

const same = (message: string): string => message;
