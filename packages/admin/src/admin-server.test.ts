import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReloadRefused } from './options.ts';
import { type AdminFixture, startAdmin } from './testing/start-admin.ts';

const OPERATOR = { sub: 'sam', groups: ['sre'] };
const AUDITOR = { sub: 'otto', groups: ['audit'] };

let admin: AdminFixture;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

describe('without a token', () => {
  test('metrics are what promtool accepts', async () => {
    admin.telemetry.initialiseResidency([{ datasource: 'crm', rule: 'eu', dataRegion: 'EEA', consumerRegion: 'US' }]);
    admin.telemetry.set('policy_info', { version: 'a' }, 1);
    admin.telemetry.set('policy_info', { version: 'b' }, 1);
    admin.telemetry.observe('approval_wait_seconds', {}, 3);
    const { status, text, headers } = await admin.call('GET', '/metrics', null);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toContain(
      'bailiwick_residency_blocks_total{datasource="crm",rule="eu",data_region="EEA",consumer_region="US"} 0',
    );
    expect(text).toContain('bailiwick_policy_info{version="b"} 1');
    expect(text).not.toContain('bailiwick_policy_info{version="a"}');
    const own = complaints(text).filter((line) => line.startsWith('bailiwick_'));
    expect(own).toEqual([]);
  });

  test('health and readiness', async () => {
    expect((await admin.call('GET', '/healthz', null)).body).toEqual({ status: 'ok' });
    expect((await admin.call('GET', '/readyz', null)).body).toEqual({ status: 'ready' });
    admin.notReady.push('draining');
    const answer = await admin.call('GET', '/readyz', null);
    admin.notReady.length = 0;
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'not-ready', reasons: ['draining'] });
  });

  test('the OpenAPI document has every route of the contract, and every route asks for a token', async () => {
    const { body } = await admin.call('GET', '/api/v1/openapi.json', null);
    const paths = body.paths as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'DELETE /api/v1/passes',
      'DELETE /api/v1/passes/{id}',
      'DELETE /api/v1/sessions/{id}',
      'GET /api/v1/approvals',
      'GET /api/v1/approvals/{id}',
      'GET /api/v1/openapi.json',
      'GET /api/v1/passes',
      'GET /api/v1/policy',
      'GET /api/v1/sessions',
      'GET /api/v1/sessions/{id}',
      'GET /api/v1/sessions/{id}/transcript',
      'GET /api/v1/statements',
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'POST /api/v1/approvals/{id}/approve',
      'POST /api/v1/approvals/{id}/reject',
      'POST /api/v1/passes',
      'POST /api/v1/policy/explain',
      'POST /api/v1/reload',
    ]);
    const open = new Set(['GET /api/v1/openapi.json', 'GET /healthz', 'GET /metrics', 'GET /readyz']);
    for (const route of routes.filter((one) => !open.has(one))) {
      const [method = '', path = ''] = route.split(' ');
      // Before the body and the parameters are looked at.
      const answer = await admin.call(
        method,
        path.replace('{id}', 'x'),
        null,
        method === 'POST' ? { a: 1 } : undefined,
      );
      expect([route, answer.status, answer.body.code]).toEqual([route, 401, 'unauthenticated']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="bailiwick"');
    }
  });

  test.each(['/', '/api/v1/nothing', '/metrics/x', '/api/v1/sessions/../../metrics%00'])(
    '%s is a problem',
    async (path) => {
      const { status, headers, body } = await admin.call('GET', path, null);
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect(body).toMatchObject({ status: 404, title: 'Not found' });
    },
  );
});

describe('tokens', () => {
  test.each([{ 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }, { jkt: 'x' }])(
    'one that is bound by %j is refused, and says why',
    async (cnf) => {
      const { status, body } = await admin.call('GET', '/api/v1/sessions', await admin.token({ ...OPERATOR, cnf }));
      expect([status, body.code, body.detail]).toEqual([401, 'unauthenticated', expect.stringContaining('cnf')]);
    },
  );

  test('one for the wire, an expired one and a broken one open nothing and are in no log', async () => {
    const good = await admin.token(OPERATOR);
    const tokens = [
      await admin.token({ ...OPERATOR, aud: 'bailiwick' }),
      await admin.token({ ...OPERATOR, exp: 1 }),
      `${good.slice(0, -4)}AAAA`,
      'x',
    ];
    for (const token of tokens) {
      const { status, body } = await admin.call('GET', '/api/v1/sessions', token);
      expect([status, body.detail]).toEqual([401, 'The token was not accepted.']);
    }
    const log = admin.logged.join('\n');
    for (const token of [good, ...tokens.slice(0, 3)]) {
      for (const part of token.split('.')) expect(log).not.toContain(part);
    }
    expect((await admin.telemetry.expose()).text).toContain(
      'auth_attempts_total{protocol="http",method="jwt",outcome="expired"} 1',
    );
  });

  test('after ten failures an address waits', async () => {
    const fresh = await startAdmin();
    try {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        expect((await fresh.call('GET', '/api/v1/sessions', 'x')).status).toBe(401);
      }
      const answer = await fresh.call('GET', '/api/v1/sessions', await fresh.token(OPERATOR));
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await fresh.stop();
    }
  });

  test('a token of 59 KB fits', async () => {
    const token = await admin.token({ ...AUDITOR, padding: 'x'.repeat(44_000) });
    expect(token.length).toBeGreaterThan(58_000);
    expect((await admin.call('GET', '/api/v1/sessions', token)).status).toBe(200);
  });
});

test('every answer carries the headers, no answer allows another origin', async () => {
  for (const path of ['/metrics', '/nothing', '/api/v1/sessions']) {
    const { headers } = await admin.call('GET', path, null);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('bodies are bounded', async () => {
  const token = await admin.token(OPERATOR);
  const answer = await admin.call('POST', '/api/v1/approvals/x/approve', token, { digest: 'a'.repeat(70_000) });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
});

describe('policy', () => {
  const explain = { datasource: 'crm', sql: 'SELECT 1' };
  const BOT = { sub: 'sam', groups: ['sre'], act: { sub: 'bot', groups: ['sre'] } };

  test('roles read it; agents and people without a role do not', async () => {
    expect((await admin.call('GET', '/api/v1/policy', await admin.token(AUDITOR))).body).toMatchObject({
      version: 'v1',
    });
    for (const claims of [BOT, { sub: 'nobody' }]) {
      const token = await admin.token(claims);
      expect((await admin.call('GET', '/api/v1/policy', token)).status).toBe(403);
      expect((await admin.call('POST', '/api/v1/policy/explain', token, explain)).status).toBe(403);
      expect((await admin.call('POST', '/api/v1/reload', token)).status).toBe(403);
    }
  });

  test('explain is for oneself, or for the identity that claims give', async () => {
    const token = await admin.token(AUDITOR);
    expect((await admin.call('POST', '/api/v1/policy/explain', token, explain)).body).toMatchObject({ for: 'otto' });
    const other = { ...explain, as: { sub: 'eve' }, ip: '10.0.0.1' };
    expect((await admin.call('POST', '/api/v1/policy/explain', token, other)).body).toMatchObject({
      for: 'eve',
      ip: '10.0.0.1',
    });
    const wrong = { ...explain, as: { sub: 7 } };
    expect((await admin.call('POST', '/api/v1/policy/explain', token, wrong)).status).toBe(422);
  });

  test('reload is for operators without limits, and says what became weaker', async () => {
    expect(
      (await admin.call('POST', '/api/v1/reload', await admin.token({ sub: 'c', groups: ['crm-sre'] }))).status,
    ).toBe(403);
    const answer = await admin.call('POST', '/api/v1/reload', await admin.token(OPERATOR));
    expect(answer.body).toEqual({ changed: ['rule r: block became allow'], weaker: ['rule r: block became allow'] });
  });

  test('a refused reload gives every fault', async () => {
    const fresh = await startAdmin({ reload: async () => Promise.reject(new ReloadRefused(['a.yaml:1:2: wrong'])) });
    try {
      const answer = await fresh.call('POST', '/api/v1/reload', await fresh.token(OPERATOR));
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ code: 'not-valid', faults: ['a.yaml:1:2: wrong'] });
    } finally {
      await fresh.stop();
    }
  });
});

test('what goes wrong inside is not told', async () => {
  const fresh = await startAdmin({
    policy: () => {
      throw new Error('canary-4711');
    },
  });
  try {
    const { status, text, body } = await fresh.call('GET', '/api/v1/policy', await fresh.token(AUDITOR));
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(text).not.toContain('canary-4711');
    expect(fresh.logged.join()).toContain('canary-4711');
  } finally {
    await fresh.stop();
  }
});

/** What promtool says about the text; nothing where it is not installed, after which only the text itself is tested. */
function complaints(text: string): readonly string[] {
  try {
    execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
    return [];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    const { stderr, stdout } = error as { readonly stderr?: Buffer; readonly stdout?: Buffer };
    return `${stderr ?? ''}${stdout ?? ''}`.split('\n');
  }
}
