// Access passes: SCRAM with and without channel binding by real clients, and everybody whom a pass must not let in.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_AGENT, EU_PERSON, errorsOf, startTestGateway, type TestGateway } from '../servers/index.ts';
import { startTlsRelay } from './fixtures/tls-relay.ts';

const POLICY = `version: 1
rules: [{ id: roles, on: { does: [ROLE] }, do: block }]
defaults: { writes: allow }
`;
const WHO = 'SHOW bailiwick.identity';

let gateway: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: 'CREATE TABLE t (n int)' });
  plain = await startTestGateway({ policy: POLICY, tls: false });
  writeFileSync(join(gateway.directory, 'ca.crt'), gateway.ca ?? '');
});
afterAll(async () => {
  await gateway.close();
  await plain.close();
});

interface PsqlRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function psql(settings: Readonly<Record<string, string>>, password: string, sql = 'SELECT 40 + 2'): Promise<PsqlRun> {
  const words = Object.entries({
    ...{ host: '127.0.0.1', port: String(gateway.port), dbname: 'crm', sslmode: 'verify-full' },
    ...{ sslrootcert: join(gateway.directory, 'ca.crt'), gssencmode: 'disable' },
    ...settings,
  }).map(([name, value]) => `${name}=${value}`);
  const child = spawn('psql', ['-XAtw', '-c', sql, words.join(' ')], { env: { ...process.env, PGPASSWORD: password } });
  const parts = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    parts.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    parts.err += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...parts }));
  });
}

const pgAs = async (user: string, password: string, more: object = {}): Promise<Client> => {
  const client = new pg.Client({
    ...{ host: gateway.host, port: gateway.port, database: 'crm', user, password },
    ...{ ssl: { ca: gateway.ca ?? '' }, ...more },
  });
  client.on('error', () => {});
  await client.connect();
  return client;
};

describe('a pass lets in', () => {
  test.each(['require', 'prefer', 'disable'])('psql by SCRAM with channel_binding=%s', async (binding) => {
    const { pass, secret } = await gateway.makePass({ claims: EU_AGENT });
    const run = await psql({ user: `pass-${pass.id}`, channel_binding: binding }, secret);
    expect(run).toMatchObject({ code: 0, out: '42\n', err: '' });
  });

  test('node-postgres by SCRAM, and as a plain password under any name, as whom it stands for', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_AGENT });
    for (const user of [`pass-${pass.id}`, 'anyone']) {
      const client = await pgAs(user, secret);
      const rows = [await client.query(WHO)].flat().flatMap((result) => result.rows.map((row) => Object.values(row)));
      expect(rows).toContainEqual(['human', 'maria@bank.example']);
      expect(rows).toContainEqual(['agent', 'copilot']);
      await client.end();
    }
  });

  test('the secret is kept nowhere', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
    await (await pgAs(`pass-${pass.id}`, secret)).end();
    for (const [file, content] of gateway.files()) expect(content.includes(secret.slice(16)), file).toBe(false);
    expect(gateway.logText()).not.toContain(secret.slice(16));
    expect(await gateway.metrics()).toMatch(/auth_attempts_total\{[^}]*method="pass",outcome="ok"\}/);
  });

  test('and its sessions end when it is revoked; then it lets nobody in', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
    const client = await pgAs(`pass-${pass.id}`, secret);
    const ended = new Promise<{ code?: string }>((resolve) => client.once('error', resolve));
    await gateway.passes.revoke(pass.id);
    expect(await ended).toMatchObject({ code: '57P01' });
    await expect(pgAs(`pass-${pass.id}`, secret)).rejects.toMatchObject({ code: '28P01' });
    await expect(pgAs('anyone', secret)).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('a pass does not let in', () => {
  test('without its secret, and an id that does not exist is refused in the same words', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
    const refusals = [];
    for (const [user, password] of [
      [`pass-${pass.id}`, `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`],
      ['pass-aaaaaaaaaaaa', secret],
      ['pass-', secret],
    ] as const)
      refusals.push(await pgAs(user, password).catch(({ code, message }) => ({ code, message })));
    expect(refusals[0]).toMatchObject({ code: '28P01', message: expect.stringContaining('the pass was not accepted') });
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
  });

  test('to another datasource, from another network, or after its time', async () => {
    const other = await gateway.makePass({ claims: EU_PERSON, datasource: 'hr' });
    await expect(pgAs(`pass-${other.pass.id}`, other.secret)).rejects.toMatchObject({
      message: expect.stringContaining('the pass is for another datasource'),
    });
    const elsewhere = await gateway.makePass({ claims: EU_PERSON, networks: ['10.0.0.0/8', '2001:db8::/32'] });
    await expect(pgAs(`pass-${elsewhere.pass.id}`, elsewhere.secret)).rejects.toMatchObject({
      code: '28P01',
      message: expect.stringContaining('from where you connect'),
    });
    const here = await gateway.makePass({ claims: EU_PERSON, networks: ['127.0.0.0/8'] });
    await (await pgAs(`pass-${here.pass.id}`, here.secret)).end();
    const brief = await gateway.makePass({ claims: EU_PERSON, lifetimeMs: 1_000 });
    await expect
      .poll(
        () =>
          pgAs(`pass-${brief.pass.id}`, brief.secret)
            .then((client) => client.end())
            .catch(({ message }) => message),
        {
          timeout: 10_000,
        },
      )
      .toContain('expired');
  });

  test('over a connection whose TLS somebody else ended', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
    const wire = await gateway.rawWire();
    const asked = await wire.logIn({ user: `pass-${pass.id}`, database: 'crm' }, secret);
    expect(asked.at(-1)?.body.toString('latin1')).toContain('SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0');
    // A client that was told of no channel binding says y: somebody took the mechanism out.
    const first = Buffer.from('y,,n=,r=abcdefghijklmnopqrstuvwx');
    const body = Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), lengthOf(first.length), first]);
    wire.send(Buffer.concat([Buffer.from('p'), lengthOf(body.length + 4), body]));
    const [error] = errorsOf(await wire.rest());
    expect(error).toMatchObject({ S: 'FATAL', C: '28P01', M: expect.stringContaining('channel binding was offered') });
  });

  test.each(['require', 'prefer'])(
    'through somebody in the middle, by psql with channel_binding=%s',
    async (binding) => {
      const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
      const relay = await startTlsRelay(gateway);
      try {
        const to = { port: String(relay.port), sslmode: 'require', sslrootcert: '/nonexistent' };
        const run = await psql({ ...to, user: `pass-${pass.id}`, channel_binding: binding }, secret);
        expect(run).toMatchObject({
          code: 2,
          out: '',
          err: expect.stringContaining('the channel binding does not match'),
        });
        expect(relay.sent().includes(secret.slice(16))).toBe(false);
        // That it relays at all: whoever binds nothing gets through it.
        const unbound = await psql({ ...to, user: `pass-${pass.id}`, channel_binding: 'disable' }, secret);
        expect(unbound).toMatchObject({ code: 0, out: '42\n' });
        expect(relay.sent().includes(secret.slice(16))).toBe(false);
      } finally {
        await relay.close();
      }
    },
  );

  test('without TLS where the listener has it: nothing is asked for', async () => {
    const { pass, secret } = await gateway.makePass({ claims: EU_PERSON });
    const wire = await gateway.rawWire({ tls: false });
    const frames = await wire.logIn({ user: `pass-${pass.id}`, database: 'crm' }, secret);
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28000' }]);
    expect(frames).toHaveLength(1);
    const run = await psql({ user: `pass-${pass.id}`, sslmode: 'disable', channel_binding: 'prefer' }, secret);
    expect(run).toMatchObject({ code: 2, out: '', err: expect.stringContaining('takes no credentials off TLS') });
  });

  test('with channel binding where there is no TLS, where SCRAM still protects the secret', async () => {
    const { pass, secret } = await plain.makePass({ claims: EU_PERSON });
    const settings = { host: plain.host, port: plain.port, database: 'crm', user: `pass-${pass.id}`, password: secret };
    const client = new pg.Client(settings);
    await client.connect();
    await client.end();
    const wire = await plain.rawWire();
    const asked = await wire.logIn({ user: `pass-${pass.id}`, database: 'crm' }, secret);
    expect(asked.at(-1)?.body.toString('latin1')).not.toContain('PLUS');
  });

  test('as another role than its own', async () => {
    const roled = await startTestGateway({
      policy: POLICY,
      roles: new Map([
        ['reader', { groups: ['agents'], setRole: 'pg_monitor' }],
        ['admin', { groups: ['support'], setRole: 'pg_monitor' }],
      ]),
      account: 'superuser',
    });
    try {
      const { pass, secret } = await roled.makePass({ claims: EU_PERSON, role: 'reader' });
      const as = async (user: string): Promise<string> => {
        const client = new pg.Client({
          ...{ host: roled.host, port: roled.port, database: 'crm', user, password: secret },
          ssl: { ca: roled.ca ?? '' },
        });
        client.on('error', () => {});
        return client.connect().then(
          () => client.end().then(() => 'in'),
          ({ message }) => message,
        );
      };
      expect(await as(`pass-${pass.id}`)).toBe('in');
      expect(await as('reader')).toBe('in');
      expect(await as('admin')).toContain('the pass is for another role');
    } finally {
      await roled.close();
    }
  });
});

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(length);
  return bytes;
}
