import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApprovalStore, openSqliteApprovalStore } from '@bailiwick/approvals';
import { type AuditLog, openAuditLog } from '@bailiwick/audit';
import {
  type ApprovalRequest,
  type Clock,
  type Identity,
  type Log,
  type SessionInfo,
  systemClock,
} from '@bailiwick/domain';
import { createIdentityVerifier, createPassDesk, openSqlitePassStore } from '@bailiwick/identity';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type AdminServer, startAdminServer } from '../admin-server.ts';
import type { AdminOptions, Authority, RoleScope } from '../options.ts';
import { PrometheusTelemetry } from '../prometheus-telemetry.ts';

const ISSUER = 'https://idp.example.com';

/** A started server over real stores in a temporary directory, with an issuer whose keys are in memory. For tests. */
export interface AdminFixture {
  readonly server: AdminServer;
  readonly telemetry: PrometheusTelemetry;
  readonly approvals: ApprovalStore;
  readonly audit: AuditLog;
  /** Every line that was logged, as JSON. */
  readonly logged: readonly string[];
  readonly live: SessionInfo[];
  /** Why the gateway is not ready. */
  readonly notReady: string[];
  token(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** The identity that a token of these claims proves. */
  identity(claims: Readonly<Record<string, unknown>>): Promise<Identity>;
  call(method: string, path: string, token: string | null, body?: unknown): Promise<Answer>;
  /** Records a session with one statement, and ends it unless it is to stay live. */
  record(id: string, datasource: string, identity: Identity, stays?: 'live'): Promise<void>;
  hold(datasource: string, identity: Identity, sql?: string): Promise<ApprovalRequest>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const group = (name: string, limits: Partial<RoleScope> = {}): RoleScope => ({
  groups: [name],
  datasources: [],
  regions: [],
  ...limits,
});

/** Roles of the fixture: whole ones, and ones limited to a datasource or to a place. */
const AUTHORITY: Authority = {
  roles: {
    reviewer: [group('dba'), group('crm-dba', { datasources: ['crm'] }), group('de-dba', { regions: ['DE'] })],
    auditor: [group('audit'), group('crm-audit', { datasources: ['crm'] })],
    operator: [group('sre'), group('crm-sre', { datasources: ['crm'] })],
  },
  datasources: new Map([
    ['crm', 'DE'],
    ['hr', 'US'],
  ]),
  inside: (place, region) => place === region,
};

export async function startAdmin(
  overrides: Partial<AdminOptions> = {},
  clock: Clock = systemClock,
): Promise<AdminFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-admin-'));
  const logged: string[] = [];
  const write = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const telemetry = new PrometheusTelemetry({ version: '0.0.0' });
  const surroundings = { clock, telemetry, log };
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
  const verifier = createIdentityVerifier(
    {
      issuers: [{ issuer: ISSUER, jwksUri: `${ISSUER}/jwks`, audience: 'bailiwick', adminAudience: 'bailiwick-admin' }],
      clients: new Map(),
      networks: [],
    },
    { ...surroundings, fetch: async () => Response.json(keys) },
  );
  const state = join(directory, 'state.db');
  const audit = openAuditLog({
    ...surroundings,
    spoolDirectory: join(directory, 'spool'),
    segmentsDirectory: join(directory, 'segments'),
    indexPath: state,
    signingKeyFile: join(directory, 'audit.key'),
    bodyKeyFile: join(directory, 'body.key'),
    bodies: 'keep',
    describeFrames: (_protocol, _from, bytes) => [
      { name: 'Frame', bytes: bytes.length, text: bytes.toString('latin1') },
    ],
  });
  const approvals = openSqliteApprovalStore({
    path: state,
    key: randomBytes(32),
    requestExpiryMs: 60_000,
    approvalExpiryMs: 60_000,
    clock,
  });
  const passes = createPassDesk({
    ...{ store: openSqlitePassStore(join(directory, 'passes.db'), randomBytes(32)), key: randomBytes(32) },
    ...{ verifier, lifetimeMaxMs: 8 * 3_600_000, clock, log },
  });
  const live: SessionInfo[] = [];
  const notReady: string[] = [];
  const server = await startAdminServer({
    address: { host: '127.0.0.1', port: 0 },
    tls: null,
    version: '0.0.0',
    verifier,
    authority: () => AUTHORITY,
    sessions: {
      live: () => live,
      kill: (id) => {
        const index = live.findIndex((session) => session.id === id);
        return index >= 0 && live.splice(index, 1).length === 1;
      },
    },
    transcripts: audit,
    approvals,
    passes: { desk: passes, admits: (identity, datasource) => datasource === 'crm' || identity.groups.includes('dba') },
    notReady: () => notReady,
    policy: () => ({
      version: 'v1',
      files: ['site.yaml'],
      rules: [{ id: 'r', effect: 'block', file: 'site.yaml', line: 3 }],
    }),
    explain: async ({ identity, datasource, sql, ip }) => ({
      effect: 'allow',
      for: identity.displayName,
      datasource,
      sql,
      ip,
    }),
    identityFromClaims: async (claims) => verifier.verify(await sign(claims), 'admin', null),
    reload: async () => ({ changed: ['rule r: block became allow'], weaker: ['rule r: block became allow'] }),
    parameterText: () => null,
    ...surroundings,
    ...overrides,
  });
  const sign = (claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const now = Math.floor(clock.now() / 1000);
    const whole = { iss: ISSUER, aud: 'bailiwick-admin', iat: now, exp: now + 600, ...claims };
    return new SignJWT(whole).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
  };
  return {
    server,
    telemetry,
    approvals,
    audit,
    logged,
    live,
    notReady,
    token: sign,
    identity: async (claims) => verifier.verify(await sign(claims), 'admin', null),
    async call(method, path, token, body) {
      const response = await fetch(`http://127.0.0.1:${server.address.port}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
    },
    async record(id, datasource, identity, stays) {
      const session: SessionInfo = {
        id,
        protocol: 'postgres',
        datasource,
        identity,
        role: 'svc',
        clientAddress: '127.0.0.1',
        application: 'test',
        startedAt: clock.now(),
      };
      const transcript = audit.open(session);
      transcript.event({
        type: 'statement',
        ordinal: 1,
        mode: 'simple',
        normalisedSql: `SELECT $1 -- ${id}`,
        classes: ['READ'],
        tables: ['public.t'],
        tags: [],
      });
      const reply = Buffer.from('Z\0\0\0\x05I');
      transcript.frames({
        from: 'upstream',
        headers: reply.subarray(0, 5),
        clientSide: [reply],
        upstreamSide: null,
        recorded: null,
      });
      transcript.flush();
      if (stays === 'live') live.push(session);
      else transcript.end('client left');
    },
    async hold(datasource, identity, sql = 'DELETE FROM t WHERE id = $1') {
      return approvals.create({
        sessionId: 'ses_a',
        subject: {
          identityKey: identity.key,
          datasource,
          role: 'svc',
          settings: { search_path: 'public' },
          statement: {
            sql,
            mode: 'extended',
            parameters: [
              { typeOid: 23, format: 0, value: Buffer.from('7') },
              { typeOid: 23, format: 0, value: null },
              { typeOid: 17, format: 1, value: Buffer.of(0, 255) },
            ],
          },
        },
        human: identity.human?.subject ?? null,
        agent: identity.agent?.subject ?? null,
        excluded: identity.chain,
        classes: ['WRITE'],
        tables: ['public.t'],
        tags: ['pii'],
        terms: { rule: 'ask', by: [], min: 1, mode: 'hold_then_ticket' },
      });
    },
    async stop() {
      await server.close();
      await approvals.close();
      await audit.close();
      verifier.close();
      rmSync(directory, { recursive: true });
    },
  };
}
