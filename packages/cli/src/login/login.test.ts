import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@bailiwick/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DevelopmentIssuer, startDevelopmentIssuer } from '../demo/issuer.ts';
import { DEVELOPMENT_CLIENT } from '../demo/sign-in.ts';
import { ended, runCli, spawnCli } from '../testing/run-cli.ts';
import { beginDeviceLogin, LOGIN_SCOPE, refreshLogin } from './device-login.ts';
import { FreshToken } from './fresh-token.ts';
import { LoginStore, type StoredLogin } from './login-store.ts';

const PASSWORD = 'canary-sign-in';
const ALICE = { name: 'alice', claims: { sub: 'alice', groups: ['agents'], region: 'DE' } };
const MINUTE = 60_000;

let issuer: DevelopmentIssuer;
let directory = '';
let at = Date.now();
const clock: Clock = { now: () => at, after: systemClock.after };
beforeAll(async () => {
  const signIn = { password: PASSWORD, people: [ALICE], tokenSeconds: 600 };
  issuer = await startDevelopmentIssuer({ signIn, clock });
});
afterAll(() => issuer.close());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-login-'));
  at = Date.now();
});
afterEach(() => rmSync(directory, { recursive: true }));

const client = (): { issuer: string; clientId: string; scope: string } => ({
  issuer: issuer.issuer,
  clientId: DEVELOPMENT_CLIENT,
  scope: LOGIN_SCOPE,
});
const store = (name = 'login.json'): LoginStore => new LoginStore(join(directory, name));
const noSignal = new AbortController().signal;

/** What a person does in the browser. */
async function signIn(userCode: string, form: Readonly<Record<string, string>> = {}): Promise<Response> {
  const body = new URLSearchParams({ user_code: userCode, person: 'alice', password: PASSWORD, ...form });
  return fetch(`${issuer.issuer}/device`, { method: 'POST', body });
}

async function logIn(): Promise<StoredLogin> {
  const waiting = await beginDeviceLogin(client(), clock);
  expect((await signIn(waiting.userCode)).status).toBe(200);
  return waiting.finished(noSignal);
}

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('the command', () => {
  const start = (...words: readonly string[]): ChildProcess =>
    spawnCli(['login', '--issuer', issuer.issuer, '--client-id', DEVELOPMENT_CLIENT, '--json', ...words], {
      env: { BAILIWICK_LOGIN_FILE: join(directory, 'own', 'login.json') },
    });
  const codeOf = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) =>
      child.stdout?.once('data', (line: Buffer | string) =>
        resolve((JSON.parse(String(line)) as { user_code: string }).user_code),
      ),
    );

  test('waits for a person and keeps the tokens for this account alone', async () => {
    const child = start();
    const end = ended(child);
    expect((await signIn((await codeOf(child)).toLowerCase().replace('-', ' '))).status).toBe(200);
    const { exitCode, stdout, stderr } = await end;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const file = join(directory, 'own', 'login.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'own')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(directory, 'own'))).toEqual(['login.json']);
    const login = JSON.parse(readFileSync(file, 'utf8')) as StoredLogin;
    expect(claimsOf(login.accessToken)).toMatchObject({
      sub: 'alice',
      aud: 'bailiwick',
      client_id: DEVELOPMENT_CLIENT,
    });
    for (const secret of [login.accessToken, login.refreshToken ?? '']) expect(stdout).not.toContain(secret);
  });

  test('says so when the person refuses, and keeps nothing', async () => {
    const child = start();
    const end = ended(child);
    await signIn(await codeOf(child), { answer: 'deny' });
    expect(await end).toMatchObject({ exitCode: 1, stderr: 'the login was refused\n' });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('ends when it is told to, and an issuer that is not there is named', async () => {
    const child = start();
    const end = ended(child);
    await codeOf(child);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ exitCode: 1, stderr: 'interrupted\n' });
    const words = ['login', '--issuer', 'http://127.0.0.1:2', '--client-id', 'x'];
    const refused = await runCli(words);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('http://127.0.0.1:2 does not answer as an issuer should: ECONNREFUSED');
  });
});

describe('the issuer', () => {
  test('lets nobody in without the password, and shows what was typed as text', async () => {
    const waiting = await beginDeviceLogin(client(), clock);
    expect((await signIn(waiting.userCode, { password: 'wrong' })).status).toBe(403);
    expect((await signIn(waiting.userCode, { person: 'root' })).status).toBe(400);
    expect((await signIn('BBBB-BBBB')).status).toBe(404);
    const shown = await (await fetch(`${issuer.issuer}/device?user_code=%22%3E%3Cscript%3E`)).text();
    expect(shown).toContain('value="&quot;&gt;&lt;script&gt;"');
  });

  test('knows one client, gives a code once, and does not wait for ever', async () => {
    await expect(beginDeviceLogin({ ...client(), clientId: 'other' }, clock)).rejects.toThrow(
      /does not know this client/,
    );
    const waiting = await beginDeviceLogin(client(), clock);
    expect((await signIn(waiting.userCode)).status).toBe(200);
    expect((await signIn(waiting.userCode)).status).toBe(404);
    const late = await beginDeviceLogin(client(), clock);
    at += 11 * MINUTE;
    expect((await signIn(late.userCode)).status).toBe(404);
    await expect(late.finished(noSignal)).rejects.toThrow('nobody logged in in time');
  });

  test('without people to sign in has no device flow', async () => {
    const other = await startDevelopmentIssuer();
    await expect(beginDeviceLogin({ ...client(), issuer: other.issuer }, clock)).rejects.toThrow(/does not offer/);
    await other.close();
  });
});

describe('a token', () => {
  test('is used while it lasts, and refreshed shortly before it ends', async () => {
    const login = await logIn();
    await store().write(login);
    const fresh = new FreshToken(store(), clock);
    expect(await fresh.get()).toBe(login.accessToken);
    at += 9.5 * MINUTE;
    const tokens = await Promise.all([fresh.get(), fresh.get(), new FreshToken(store(), clock).get()]);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(login.accessToken);
    expect((await store().read())?.refreshToken).not.toBe(login.refreshToken);
    expect(readdirSync(directory)).toEqual(['login.json']);
  });

  test('whose refresh token was used by somebody else ends the login, and says what to do', async () => {
    const login = await logIn();
    await store().write(login);
    await refreshLogin(login, clock);
    at += 9.5 * MINUTE;
    // What is left of the old token still serves where the issuer says no.
    expect(await new FreshToken(store(), clock).get()).toBe(login.accessToken);
    at += MINUTE;
    await expect(new FreshToken(store(), clock).get()).rejects.toThrow(
      'the login has expired; log in again: bailiwick login',
    );
  });

  test('of nobody is none', async () => {
    await expect(new FreshToken(store(), clock).get()).rejects.toThrow('nobody is logged in; first: bailiwick login');
    await store().write({ ...(await logIn()), refreshToken: null });
    at += 11 * MINUTE;
    await expect(new FreshToken(store(), clock).get()).rejects.toThrow(/the login has expired; log in again/);
  });
});

describe('the file', () => {
  test('is not believed when others can reach it, when it is a link, or when it holds something else', async () => {
    const login = await logIn();
    await store().write(login);
    expect(await store().read()).toEqual(login);
    symlinkSync(store().file, join(directory, 'link.json'));
    await expect(store('link.json').read()).rejects.toThrow(/is a link/);
    chmodSync(store().file, 0o640);
    await expect(store().read()).rejects.toThrow(/can be reached by other accounts/);
    for (const text of [
      '',
      '{}',
      JSON.stringify({ ...login, version: 2 }),
      JSON.stringify({ ...login, accessToken: 1 }),
    ]) {
      writeFileSync(join(directory, 'other.json'), text, { mode: 0o600 });
      await expect(store('other.json').read()).rejects.toThrow(/holds no login/);
    }
  });

  test('of a process that died while it refreshed is taken over', async () => {
    await store().write(await logIn());
    writeFileSync(`${store().file}.lock`, '');
    const died = new Date(Date.now() - 2 * MINUTE);
    utimesSync(`${store().file}.lock`, died, died);
    expect(await store().exclusively(async () => 'done')).toBe('done');
  });
});

describe('an issuer that is not to be trusted', () => {
  let server: Server;
  let answer: (path: string, issuer: string) => object = () => ({});
  let hostile = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(request.url ?? '', hostile)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    hostile = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => server.close());

  const metadata = (more: object): object => ({
    issuer: hostile,
    token_endpoint: `${hostile}/token`,
    device_authorization_endpoint: `${hostile}/device`,
    ...more,
  });
  const device = (more: object): object => ({
    device_code: 'd',
    user_code: 'u',
    verification_uri: `${hostile}/page`,
    expires_in: 60,
    interval: 1,
    ...more,
  });
  const begin = (): ReturnType<typeof beginDeviceLogin> => beginDeviceLogin({ ...client(), issuer: hostile }, clock);

  test('is not sent secrets off TLS, nor believed to be another', async () => {
    answer = () => metadata({ token_endpoint: 'http://issuer.example/token' });
    await expect(begin()).rejects.toThrow(/takes secrets off TLS/);
    answer = () => metadata({ issuer: 'https://issuer.example' });
    await expect(begin()).rejects.toThrow(/does not answer as an issuer should/);
    await expect(beginDeviceLogin({ ...client(), issuer: 'http://issuer.example' }, clock)).rejects.toThrow(/https/);
  });

  test('sends people to web pages only, and its tokens must be some that the gateway could read', async () => {
    answer = (path) => (path === '/device' ? device({ verification_uri: 'file:///etc/passwd' }) : metadata({}));
    await expect(begin()).rejects.toThrow(/names a page that is none/);
    answer = (path) => {
      if (path === '/token') return { access_token: 'opaque', token_type: 'bearer', expires_in: 60 };
      return path === '/device' ? device({}) : metadata({});
    };
    await expect((await begin()).finished(noSignal)).rejects.toThrow(/are no JWTs/);
  });
});
