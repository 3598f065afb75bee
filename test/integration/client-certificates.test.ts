// Client certificates: whom they let in, and whom they must not, whatever else the client brings.
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { encodeStartupMessage } from '@bailiwick/postgres';
import { type Certificate, issueCertificate, makeCertificateAuthority } from 'bailiwick';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  openTcp,
  rowsOf,
  type ServerFrame,
  startTestGateway,
  type TestGateway,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { clientCertificate, thumbprintOf } from './fixtures/client-certificates.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

const BATCH = { sub: 'batch', client_id: 'batch', groups: ['agents'], region: 'DE', model_region: 'DE' };
const VISITOR = { sub: 'visitor', groups: ['visitors'], region: 'DE' };

let gateway: TestGateway;
let only: TestGateway;
beforeAll(async () => {
  const certificates = (issuer: string) => [
    { match: { by: 'san_dns', value: 'batch.bank.example' }, identity: { issuer, claims: BATCH } } as const,
    { match: { by: 'common_name', value: 'visitor.bank.example' }, identity: { issuer, claims: VISITOR } } as const,
    { match: { by: 'san_dns', value: 'left.bank.example' }, identity: null } as const,
  ];
  gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['mtls', 'jwt'], certificates });
  only = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['mtls'], certificates });
});
afterAll(async () => {
  await gateway.close();
  await only.close();
});

const issue = (name: string, options?: Parameters<typeof clientCertificate>[2]): Certificate =>
  clientCertificate(gateway.clientAuthority, name, options);

const STARTUP = encodeStartupMessage({
  protocolMinor: 0,
  parameters: new Map([
    ['user', 'anyone'],
    ['database', 'crm'],
  ]),
  protocolOptions: new Map(),
});

/** What the server says to a StartupMessage, up to the first request, error or session. */
async function greeted(
  certificate: Certificate | null,
  at: TestGateway = gateway,
): Promise<{ readonly wire: WireClient; readonly frames: readonly ServerFrame[] }> {
  const wire = await at.rawWire(certificate === null ? {} : { certificate });
  wire.send(STARTUP);
  const first = await wire.replies('RE');
  const ok = first.at(-1)?.type === 'R' && first.at(-1)?.body.readInt32BE(0) === 0;
  return { wire, frames: ok ? [...first, ...(await wire.replies('ZE'))] : first };
}

const identityOf = async (wire: WireClient): Promise<Record<string, string | null>> =>
  Object.fromEntries(rowsOf(await wire.query('SHOW bailiwick.identity')));

describe('a certificate that is mapped to an identity', () => {
  test('needs no more, and its session ends when it does', async () => {
    const certificate = issue('batch.bank.example', { days: 2 });
    const { wire, frames } = await greeted(certificate);
    expect(typesOf(frames)).toMatch(/^R[^R]*Z$/);
    const identity = await identityOf(wire);
    expect(identity).toMatchObject({ human: null, agent: 'batch', groups: 'agents', region: 'DE' });
    const left = Date.parse(identity.expires ?? '') - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(2 * 86_400_000);
  });

  test('works by direct TLS', async () => {
    const wire = await gateway.rawWire({ certificate: issue('batch.bank.example'), direct: ['postgresql'] });
    wire.send(STARTUP);
    expect(typesOf(await wire.replies('ZE'))).toMatch(/Z$/);
  });

  test('is who it is, whatever token its client has at hand', async () => {
    const { wire, frames } = await greeted(issue('visitor.bank.example'));
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '3D000' }]);
    expect(await wire.rest()).toEqual([]);
  });

  test('is counted', async () => {
    expect(await gateway.metrics()).toMatch(
      /^bailiwick_auth_attempts_total\{(?=[^}]*method="mtls")[^}]*outcome="ok"[^}]*\} [1-9]/m,
    );
  });
});

describe('a certificate that is nobody’s', () => {
  test('lets nobody in by itself, and a token does', async () => {
    const { wire, frames } = await greeted(issue('nobody.bank.example'));
    expect(typesOf(frames)).toBe('R');
    expect(frames[0]?.body.readInt32BE(0)).toBe(3);
    wire.destroy();
    const other = await gateway.rawWire({ certificate: issue('nobody.bank.example') });
    await other.logIn({ user: 'anyone', database: 'crm' }, await gateway.token(EU_AGENT));
    expect(await identityOf(other)).toMatchObject({ human: 'maria@bank.example' });
  });

  test.each<readonly [name: string]>([
    ['BATCH.bank.example.evil.example'],
    ['xbatch.bank.example'],
    ['batch.bank.example.'],
    ['*.bank.example'],
    ['batch.bank.example, DNS:x'],
    ['x, DNS:batch.bank.example'],
    ['x\0batch.bank.example'],
    ['batch.bank.example\0.evil.example'],
  ])('%j is not batch.bank.example', async (name) => {
    const { frames } = await greeted(issue(name));
    expect(typesOf(frames)).toBe('R');
    expect(frames[0]?.body.readInt32BE(0)).toBe(3);
  });

  test('is refused where nothing else is taken, as is none', async () => {
    for (const certificate of [null, clientCertificate(only.clientAuthority, 'nobody.bank.example')]) {
      const { wire, frames } = await greeted(certificate, only);
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28P01' }]);
      expect(await wire.rest()).toEqual([]);
    }
    const { frames } = await greeted(clientCertificate(only.clientAuthority, 'batch.bank.example'), only);
    expect(typesOf(frames)).toMatch(/Z$/);
  });
});

/** How many certificates have been refused so far. */
async function refusals(): Promise<number> {
  const counted = /^bailiwick_auth_attempts_total\{(?=[^}]*method="mtls")[^}]*outcome="certificate"[^}]*\} (\d+)/m;
  return Number(counted.exec(await gateway.metrics())?.[1] ?? 0);
}

describe('a certificate that does not hold ends the connection, and no token is asked for', () => {
  const stranger = makeCertificateAuthority('Clients of the bank');
  const CASES: readonly (readonly [what: string, make: () => Certificate, reason: RegExp])[] = [
    [
      'of another authority by the same name',
      () => clientCertificate(stranger, 'batch.bank.example'),
      /SIGNATURE|ISSUER|VERIFY/,
    ],
    ['that signed itself', () => makeCertificateAuthority('batch.bank.example'), /SELF_SIGNED|VERIFY|PURPOSE/],
    ['that has expired', () => issue('batch.bank.example', { since: 10, days: 5 }), /CERT_HAS_EXPIRED/],
    ['that is not valid yet', () => issue('batch.bank.example', { since: -5, days: 10 }), /CERT_NOT_YET_VALID/],
    ['that is meant for servers', () => issue('batch.bank.example', { usage: 'server' }), /PURPOSE/],
    ['that is revoked', () => issue('left.bank.example'), /is revoked/],
    [
      'that was issued by a client',
      () => {
        const parent = issue('batch.bank.example');
        const chain = issueCertificate(
          { ...stranger, commonName: 'batch.bank.example', ...parent },
          { names: ['batch.bank.example'], usage: 'client' },
        );
        return { ...chain, cert: `${chain.cert}${parent.cert}` };
      },
      /SIGNATURE|ISSUER|VERIFY|INVALID_CA/,
    ],
  ];
  test.each(CASES)('%s', async (_what, make, reason) => {
    const before = await refusals();
    const { wire, frames } = await greeted(make());
    expect(typesOf(frames)).toBe('E');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28P01' }]);
    expect(errorsOf(frames)[0]?.M).toMatch(reason);
    expect(await wire.rest()).toEqual([]);
    expect(await refusals()).toBe(before + 1);
  });

  test('nor does a token that is bound to it count', async () => {
    const bound = issue('batch.bank.example', { since: 10, days: 5 });
    const token = await gateway.token({ ...EU_AGENT, cnf: { 'x5t#S256': thumbprintOf(bound) } });
    const wire = await gateway.rawWire({ certificate: bound });
    expect(errorsOf(await wire.logIn({ user: 'anyone', database: 'crm' }, token))).toMatchObject([{ C: '28P01' }]);
  });

  test('a certificate without its key proves nothing: there is no handshake', async () => {
    const { cert } = issue('batch.bank.example');
    const { key } = issue('other.bank.example');
    await expect(gateway.rawWire({ certificate: { cert, key } })).rejects.toThrow(/key/i);
  });

  test('names of certificates are neither counted nor logged', async () => {
    for (const seen of [await gateway.metrics(), gateway.logText()]) expect(seen).not.toContain('bank.example');
  });
});

const copied = (bytes: Buffer | undefined): Buffer<ArrayBuffer> | null =>
  bytes === undefined ? null : Buffer.from(bytes);

test('TLS sessions are not resumed: a certificate is shown each time', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { ca, host, port } = gateway;
    const certificate = issue('batch.bank.example');
    const connect = async (session: Buffer<ArrayBuffer> | null): Promise<TLSSocket> => {
      const socket = await openTcp({ host, port });
      const secured = connectTls({
        ...{ socket, ca: ca ?? '', host, maxVersion, ...certificate, ALPNProtocols: ['postgresql'] },
        ...(session === null ? {} : { session }),
      });
      await once(secured, 'secureConnect');
      return secured;
    };
    const first = await connect(null);
    let session = copied(first.getSession());
    first.on('session', (fresh: Buffer) => {
      session = copied(fresh);
    });
    first.write(STARTUP);
    await once(first, 'data');
    first.destroy();
    const second = await connect(session);
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  }
});
