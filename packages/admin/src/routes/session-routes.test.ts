import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminFixture, startAdmin } from '../testing/start-admin.ts';

const ALICE = { sub: 'alice', groups: ['staff'] };
const BOT = { sub: 'alice', groups: ['sre', 'audit'], act: { sub: 'bot', groups: ['sre', 'audit'] } };
const AUDITOR = { sub: 'otto', groups: ['audit'] };
const CRM_AUDITOR = { sub: 'carla', groups: ['crm-audit'] };
const OPERATOR = { sub: 'sam', groups: ['sre'] };
const CRM_OPERATOR = { sub: 'chloe', groups: ['crm-sre'] };

let admin: AdminFixture;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.record('ses_alice1', 'crm', await admin.identity(ALICE));
  await admin.record('ses_bot1', 'crm', await admin.identity(BOT));
  await admin.record('ses_hr1', 'hr', await admin.identity({ sub: 'henry' }));
  await admin.record('ses_live1', 'crm', await admin.identity(ALICE), 'live');
  await admin.record('ses_live2', 'hr', await admin.identity({ sub: 'henry' }), 'live');
});
afterAll(() => admin.stop());

async function get(path: string, claims: Record<string, unknown>): ReturnType<AdminFixture['call']> {
  return admin.call('GET', `/api/v1${path}`, await admin.token(claims));
}
async function idsOf(path: string, claims: Record<string, unknown>, key = 'id'): Promise<readonly unknown[]> {
  const { body } = await get(path, claims);
  return (body.items as readonly Record<string, unknown>[]).map((item) => item[key]);
}

describe('who sees which sessions', () => {
  test.each([
    ['a person: their own', ALICE, ['ses_live1', 'ses_alice1']],
    ['an agent: its own, whatever groups it has', BOT, ['ses_bot1']],
    ['an auditor: all', AUDITOR, ['ses_live2', 'ses_live1', 'ses_hr1', 'ses_bot1', 'ses_alice1']],
    ['an auditor of one datasource: that one', CRM_AUDITOR, ['ses_live1', 'ses_bot1', 'ses_alice1']],
    ['an operator: their own, which is none', OPERATOR, []],
  ])('%s', async (_who, claims, ids) => {
    expect(await idsOf('/sessions', claims)).toEqual(ids);
    for (const id of ['ses_alice1', 'ses_bot1', 'ses_hr1', 'ses_live1', 'ses_none']) {
      const status = ids.includes(id) ? 200 : 404;
      expect((await get(`/sessions/${id}`, claims)).status).toBe(status);
      expect((await get(`/sessions/${id}/transcript`, claims)).status).toBe(status);
      expect((await get(`/statements?session=${id}`, claims)).status).toBe(status);
    }
  });

  test('filters', async () => {
    expect(await idsOf('/sessions?live=true', AUDITOR)).toEqual(['ses_live2', 'ses_live1']);
    expect(await idsOf('/sessions?live=true', CRM_AUDITOR)).toEqual(['ses_live1']);
    expect(await idsOf('/sessions?live=false&datasource=crm', AUDITOR)).toEqual(['ses_bot1', 'ses_alice1']);
    expect(await idsOf('/sessions?identity=bot', AUDITOR)).toEqual(['ses_bot1']);
    expect(await idsOf('/sessions?since=2999-01-01T00:00:00Z', AUDITOR)).toEqual([]);
    expect(await idsOf('/sessions?since=0&limit=2', AUDITOR)).toEqual(['ses_live2', 'ses_live1']);
  });

  test.each(['live=yes', 'live=true&live=false', 'limit=0', 'limit=-1', 'since=never', 'sinse=0'])(
    '?%s is refused',
    async (query) => {
      expect((await get(`/sessions?${query}`, AUDITOR)).status).toBe(400);
    },
  );
});

test('pages follow each other without gaps, also of live sessions', async () => {
  for (const query of ['', 'live=true&']) {
    const all = await idsOf(`/sessions?${query}`, AUDITOR);
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/sessions?${query}limit=1${cursor}`, AUDITOR);
      seen.push(...(body.items as readonly { readonly id: string }[]).map(({ id }) => id));
      cursor = body.next === null ? '' : `&cursor=${encodeURIComponent(String(body.next))}`;
    } while (cursor !== '');
    expect(seen).toEqual(all);
  }
});

test('a transcript is whole: events and frames in order, and no fault', async () => {
  const { body } = await get('/sessions/ses_alice1/transcript', ALICE);
  const items = body.items as readonly {
    readonly sequence: number;
    readonly event: { readonly type: string } | null;
  }[];
  expect(items.map(({ event }) => event?.type ?? 'frames')).toEqual([
    'session.start',
    'statement',
    'frames',
    'session.end',
  ]);
  expect(body).toMatchObject({ next: null, fault: null });
});

test('statements: of one session, or of all that one may read', async () => {
  expect(await idsOf('/statements?session=ses_alice1', ALICE, 'sql')).toEqual(['SELECT $1 -- ses_alice1']);
  expect((await get('/statements', ALICE)).status).toBe(400);
  expect(await idsOf('/statements', CRM_AUDITOR, 'session')).toEqual(['ses_live1', 'ses_bot1', 'ses_alice1']);
});

describe('ending sessions', () => {
  const kill = async (id: string, claims: Record<string, unknown>): ReturnType<AdminFixture['call']> =>
    admin.call('DELETE', `/api/v1/sessions/${id}`, await admin.token(claims));

  test.each([
    ['an agent, its own', BOT, 'ses_bot1', 403],
    ['a person, their own', ALICE, 'ses_live1', 403],
    ['an auditor', AUDITOR, 'ses_live1', 403],
    ['an operator of another datasource', CRM_OPERATOR, 'ses_live2', 404],
    ['an operator, one that does not exist', OPERATOR, 'ses_none', 404],
    ['an operator, one that has ended', OPERATOR, 'ses_hr1', 409],
  ])('%s: refused', async (_who, claims, id, status) => {
    expect((await kill(id, claims)).status).toBe(status);
    expect(admin.live.map((session) => session.id)).toEqual(['ses_live1', 'ses_live2']);
  });

  test('an operator ends a live session, which is logged with who and what', async () => {
    expect((await kill('ses_live1', CRM_OPERATOR)).body).toEqual({ id: 'ses_live1', killed: true });
    expect(admin.live.map((session) => session.id)).toEqual(['ses_live2']);
    const line = admin.logged.find((one) => one.includes('"action":"kill"') && one.includes('"outcome":"done"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ target: 'ses_live1', by: 'chloe' });
  });
});
