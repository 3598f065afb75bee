import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminFixture, startAdmin } from '../testing/start-admin.ts';

const ALICE = { sub: 'alice', groups: ['staff'] };
const BOT = { sub: 'alice', groups: ['staff'], act: { sub: 'bot', groups: ['staff'] } };
const EVE = { sub: 'eve', groups: ['staff'] };
const AUDITOR = { sub: 'otto', groups: ['audit'] };
const OPERATOR = { sub: 'olga', groups: ['sre'] };
const CRM_OPERATOR = { sub: 'carl', groups: ['crm-sre'] };

let admin: AdminFixture;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const as = (claims: Record<string, unknown>): Promise<string> => admin.token(claims);
const make = async (claims: Record<string, unknown>, body: object = { datasource: 'crm' }) =>
  admin.call('POST', '/api/v1/passes', await as(claims), body);
const idsSeenBy = async (claims: Record<string, unknown>): Promise<readonly unknown[]> => {
  const { body } = await admin.call('GET', '/api/v1/passes', await as(claims));
  return (body.items as readonly { readonly id: string }[]).map(({ id }) => id);
};

describe('passes', () => {
  test('are made for oneself; the secret is in the answer and in no list', async () => {
    const made = await make(ALICE, { datasource: 'crm', role: 'reader', networks: ['10.0.0.0/8'], ttl_s: 600 });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      user: `pass-${made.body.id}`,
      status: 'active',
      identity: { human: 'alice', agent: null },
      datasource: 'crm',
      role: 'reader',
      networks: ['10.0.0.0/8'],
      revoked: null,
    });
    expect(made.body.secret).toMatch(/^bwp_[a-z2-7]{51}$/);
    expect(Date.parse(String(made.body.expires)) - Date.parse(String(made.body.created))).toBe(600_000);
    const listed = await admin.call('GET', '/api/v1/passes', await as(ALICE));
    expect(listed.text).toContain(String(made.body.id));
    expect(listed.text).not.toContain('bwp_');
    expect(admin.logged.join('\n')).not.toContain('bwp_');
  });

  test('of others are seen by auditors, and by nobody else', async () => {
    const { body } = await make(EVE);
    expect(await idsSeenBy(AUDITOR)).toContain(body.id);
    for (const claims of [ALICE, BOT]) expect(await idsSeenBy(claims)).not.toContain(body.id);
  });

  test('are revoked by their owner and by operators of the datasource', async () => {
    for (const claims of [EVE, OPERATOR, CRM_OPERATOR]) {
      const { body } = await make(EVE);
      const path = claims === EVE ? `passes?id=${body.id}` : `passes/${body.id}`;
      const revoked = await admin.call('DELETE', `/api/v1/${path}`, await as(claims));
      expect([revoked.status, revoked.body.status]).toEqual([200, 'revoked']);
      expect(revoked.body.revoked).toMatch(/^\d{4}-/);
    }
  });

  test('are not revoked by others, and foreign ids answer as unknown ones do', async () => {
    const { body } = await make(EVE);
    const answers = await Promise.all(
      [`/${body.id}`, '/aaaaaaaaaaaa', `?id=${body.id}`, '?id=aaaaaaaaaaaa'].map(async (id) =>
        admin.call('DELETE', `/api/v1/passes${id}`, await as(ALICE)),
      ),
    );
    const told = answers.map(({ status, body: { instance: _instance, ...rest } }) => JSON.stringify({ status, rest }));
    expect(new Set(told).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect((await admin.call('DELETE', '/api/v1/passes', await as(EVE))).status).toBe(400);
    expect((await admin.call('DELETE', `/api/v1/passes/${body.id}`, await as(AUDITOR))).status).toBe(403);
  });

  test('of an agent end with its token', async () => {
    const { body } = await make(BOT);
    expect(body.identity).toEqual({ human: 'alice', agent: 'bot' });
    expect(Date.parse(String(body.expires)) - Date.parse(String(body.created))).toBeLessThanOrEqual(600_000);
  });

  test.each<readonly [string, object, number]>([
    ['a datasource that they may not use', { datasource: 'hr' }, 403],
    ['a network that is none', { datasource: 'crm', networks: ['10.0.0.0/40'] }, 400],
    ['too long a time', { datasource: 'crm', ttl_s: 86_400 }, 400],
    ['no time', { datasource: 'crm', ttl_s: 0 }, 400],
    ['a key that is not known', { datasource: 'crm', secret: 'x' }, 400],
    ['no datasource', {}, 400],
  ])('are not made for %s', async (_name, body, status) => {
    expect((await make(ALICE, body)).status).toBe(status);
  });

  test('need a token', async () => {
    expect((await admin.call('POST', '/api/v1/passes', null, { datasource: 'crm' })).status).toBe(401);
  });
});
