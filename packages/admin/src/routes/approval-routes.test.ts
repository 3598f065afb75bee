import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminFixture, startAdmin } from '../testing/start-admin.ts';

const ALICE = { sub: 'alice', groups: ['staff'] };
const ALICES_AGENT = { sub: 'alice', groups: ['staff', 'dba'], act: { sub: 'bot', groups: ['staff', 'dba'] } };
const DBA = { sub: 'dora', groups: ['dba'] };
const CRM_DBA = { sub: 'chris', groups: ['crm-dba'] };
const DE_DBA = { sub: 'dieter', groups: ['de-dba'] };
const AUDITOR = { sub: 'otto', groups: ['audit'] };

let admin: AdminFixture;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const as = (claims: Record<string, unknown>): Promise<string> => admin.token(claims);
const idsOf = (body: Readonly<Record<string, unknown>>): readonly unknown[] =>
  (body.items as readonly { readonly id: string }[]).map(({ id }) => id);

describe('reading', () => {
  test('the shape is the contract’s, values as text, NULL as null, other bytes as hexadecimal', async () => {
    const held = await admin.hold('crm', await admin.identity(ALICES_AGENT), 'DELETE FROM a WHERE id = $1');
    const { status, body } = await admin.call('GET', `/api/v1/approvals/${held.id}`, await as(DBA));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: held.id,
      digest: held.digest,
      status: 'pending',
      identity: { human: 'alice', agent: 'bot' },
      datasource: 'crm',
      sql: 'DELETE FROM a WHERE id = $1',
      parameters: ['7', null, '\\x00ff'],
      class: 'WRITE',
      tables: ['public.t'],
      tags: ['pii'],
      estimate: null,
      created: new Date(held.createdAt).toISOString(),
      expires: new Date(held.expiresAt).toISOString(),
      decisions: [],
    });
  });

  test('an agent, and a person without a role, see their own only; foreign and unknown ids answer alike', async () => {
    const own = await admin.hold('crm', await admin.identity(ALICE), 'DELETE FROM b WHERE id = $1');
    const foreign = await admin.hold('crm', await admin.identity({ sub: 'eve' }), 'DELETE FROM c WHERE id = $1');
    const token = await as(ALICE);
    expect(idsOf((await admin.call('GET', '/api/v1/approvals', token)).body)).toEqual([own.id]);
    expect((await admin.call('GET', `/api/v1/approvals/${own.id}`, token)).status).toBe(200);
    for (const caller of [ALICE, ALICES_AGENT]) {
      const answers = await Promise.all(
        [foreign.id, 'req_zzzzzz'].map(async (id) => admin.call('GET', `/api/v1/approvals/${id}`, await as(caller))),
      );
      const told = answers.map(({ status, body: { instance: _instance, ...rest } }) => ({ status, rest }));
      expect(told[0]).toEqual(told[1]);
      expect(told[0]?.status).toBe(404);
    }
  });

  test('a scope limits a reviewer to a datasource, or to data of a place', async () => {
    const hr = await admin.hold('hr', await admin.identity({ sub: 'eve' }), 'DELETE FROM d WHERE id = $1');
    for (const caller of [CRM_DBA, DE_DBA]) {
      const { body } = await admin.call('GET', '/api/v1/approvals?status=pending', await as(caller));
      expect(idsOf(body).length).toBeGreaterThan(0);
      expect(idsOf(body)).not.toContain(hr.id);
      expect((await admin.call('GET', `/api/v1/approvals/${hr.id}`, await as(caller))).status).toBe(404);
      const digest = { digest: hr.digest };
      expect((await admin.call('POST', `/api/v1/approvals/${hr.id}/approve`, await as(caller), digest)).status).toBe(
        404,
      );
    }
    expect(idsOf((await admin.call('GET', '/api/v1/approvals', await as(DBA))).body)).toContain(hr.id);
  });

  test('a list goes on at its cursor, which is of no use to others', async () => {
    const token = await as(AUDITOR);
    const first = await admin.call('GET', '/api/v1/approvals?limit=1', token);
    const cursor = encodeURIComponent(String(first.body.next));
    const second = await admin.call('GET', `/api/v1/approvals?limit=1&cursor=${cursor}`, token);
    expect(idsOf(second.body)).toHaveLength(1);
    expect(idsOf(second.body)).not.toEqual(idsOf(first.body));
    for (const [path, caller] of [
      [`/api/v1/approvals?cursor=${cursor}`, DBA],
      [`/api/v1/sessions?cursor=${cursor}`, AUDITOR],
      ['/api/v1/approvals?cursor=req_zzzzzz', AUDITOR],
    ] as const) {
      const { status, body } = await admin.call('GET', path, await as(caller));
      expect([status, body.code]).toEqual([400, 'cursor']);
    }
  });
});

describe('deciding', () => {
  let next = 0;
  const held = async (): Promise<{ readonly path: string; readonly digest: string }> => {
    next += 1;
    const { id, digest } = await admin.hold('crm', await admin.identity(ALICES_AGENT), `DELETE FROM n${next}`);
    return { path: `/api/v1/approvals/${id}`, digest };
  };

  test('a reviewer approves; the decision is shown, logged and counted', async () => {
    const { path, digest } = await held();
    const answer = await admin.call('POST', `${path}/approve`, await as(DBA), {
      digest,
      reason: 'agreed on the phone',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'approved', decisions: [{ by: 'dora', verdict: 'approve' }] });
    expect(admin.logged.some((line) => line.includes('"action":"approve"') && line.includes('"by":"dora"'))).toBe(true);
    expect((await admin.telemetry.expose()).text).toMatch(/admin_actions_total\{action="approve",outcome="done"\} \d/);
  });

  test('a rejection needs a reason', async () => {
    const { path, digest } = await held();
    expect((await admin.call('POST', `${path}/reject`, await as(DBA), { digest })).status).toBe(400);
    const answer = await admin.call('POST', `${path}/reject`, await as(DBA), { digest, reason: 'no' });
    expect(answer.body).toMatchObject({ status: 'rejected' });
  });

  const FORBIDDEN: readonly (readonly [string, Record<string, unknown>, number])[] = [
    ['the person behind the agent, a reviewer or not', { sub: 'alice', groups: ['dba'] }, 403],
    ['the agent itself, whatever its groups', ALICES_AGENT, 403],
    ['the agent’s own subject as a person', { sub: 'bot', groups: ['dba'] }, 403],
    ['another agent of a reviewer', { sub: 'dora', groups: ['dba'], act: { sub: 'x', groups: ['dba'] } }, 404],
    ['an auditor', AUDITOR, 403],
    ['an operator', { sub: 'sam', groups: ['sre'] }, 404],
    ['a person without a role', { sub: 'nobody' }, 404],
    ['the requester with another spelling', { sub: 'ALICE', groups: ['dba'] }, 403],
  ];
  test.each(FORBIDDEN)('%s may not approve', async (_who, claims, status) => {
    const { path, digest } = await held();
    expect((await admin.call('POST', `${path}/approve`, await as(claims), { digest })).status).toBe(status);
    expect((await admin.call('GET', path, await as(DBA))).body).toMatchObject({ status: 'pending', decisions: [] });
  });

  test('a digest other than the request’s is a conflict, and so is a second decision', async () => {
    const { path, digest } = await held();
    const other = await admin.call('POST', `${path}/approve`, await as(DBA), { digest: 'a'.repeat(64) });
    expect([other.status, other.body.code]).toEqual([409, 'approval-unusable']);
    await admin.call('POST', `${path}/approve`, await as(DBA), { digest });
    expect((await admin.call('POST', `${path}/approve`, await as(CRM_DBA), { digest })).status).toBe(409);
  });

  const BODIES: readonly (readonly [string, unknown])[] = [
    ['no digest', {}],
    ['a short digest', { digest: 'ab' }],
    ['a digest that is a number', { digest: 1 }],
    ['an unknown key', { digest: 'a'.repeat(64), force: true }],
    ['a reason that is a list', { digest: 'a'.repeat(64), reason: ['x'] }],
    ['a list', []],
    ['no JSON', '{'],
  ];
  test.each(BODIES)('a body with %s is refused', async (_what, body) => {
    const { path } = await held();
    const answer = await admin.call('POST', `${path}/approve`, await as(DBA), body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('control characters in a reason are refused: it is shown on terminals', async () => {
    const { path, digest } = await held();
    for (const reason of ['a\u001b[2Kb', 'a\u202eb']) {
      expect((await admin.call('POST', `${path}/reject`, await as(DBA), { digest, reason })).status).toBe(400);
    }
  });
});
