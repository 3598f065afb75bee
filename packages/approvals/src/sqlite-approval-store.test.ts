import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalRequest, ApprovalSubject, Clock, HoldTerms } from '@bailiwick/domain';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalStore, NewApprovalRequest, Reviewer } from './approval-store.ts';
import { openSqliteApprovalStore, PENDING_MAX } from './sqlite-approval-store.ts';

const MINUTE = 60_000;
const CANARY = 'CANARY-4711-secret';

let directory: string;
let path: string;
let key: Buffer;
let now: number;
let timers: { at: number; run: () => void }[];
let stores: ApprovalStore[];

const clock: Clock = {
  now: () => now,
  after(delayMs, run) {
    const timer = { at: now + delayMs, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  },
};

function advance(ms: number): void {
  now += ms;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter((timer) => !due.includes(timer));
  for (const { run } of due) run();
}

function open(options: { readonly key?: Buffer } = {}): ApprovalStore {
  const store = openSqliteApprovalStore({
    path,
    key,
    requestExpiryMs: 60 * MINUTE,
    approvalExpiryMs: 480 * MINUTE,
    clock,
    ...options,
  });
  stores.push(store);
  return store;
}

/** A connection of an attacker's own, or of an operator's shell. */
function raw<Result>(use: (database: InstanceType<typeof Database>) => Result): Result {
  const database = new Database(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'approvals-'));
  path = join(directory, 'state.db');
  key = randomBytes(32);
  now = Date.UTC(2026, 10, 25);
  timers = [];
  stores = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const subject: ApprovalSubject = {
  identityKey: 'key-of-bot-for-alice',
  datasource: 'crm',
  role: 'svc',
  settings: { search_path: `"$user", ${CANARY}` },
  statement: {
    sql: `UPDATE customers SET note = '${CANARY}' WHERE id = $1`,
    parameters: [
      { typeOid: 25, format: 0, value: Buffer.from(CANARY) },
      { typeOid: 17, format: 1, value: Buffer.from([0, 255, 0, 39]) },
      { typeOid: 23, format: 0, value: null },
    ],
    mode: 'extended',
  },
};
const terms: HoldTerms = { rule: 'ask', by: ['dba'], min: 1, mode: 'hold_then_ticket' };
const asked: NewApprovalRequest = {
  sessionId: 'ses_1',
  subject,
  human: 'alice',
  agent: 'bot',
  excluded: ['bot', 'alice'],
  classes: ['WRITE'],
  tables: ['public.customers'],
  tags: ['pii.free_text'],
  terms,
};
const withSql = (sql: string): NewApprovalRequest => ({
  ...asked,
  subject: { ...subject, statement: { ...subject.statement, sql } },
});
const reviewer = (name: string, groups: readonly string[] = ['dba']): Reviewer => ({ principals: [name], groups });
const bob = reviewer('bob');

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => String(Object(error).code ?? error),
  );
const approve = (store: ApprovalStore, request: ApprovalRequest, by: Reviewer = bob): Promise<ApprovalRequest> =>
  store.decide(request.id, request.digest, by, 'approve', '');

describe('a request', () => {
  test('comes back whole, also from another process', async () => {
    const created = await open().create(asked);
    expect(created).toMatchObject({ ...asked, status: 'pending', inDoubt: false, decisions: [], createdAt: now });
    expect(created.id).toMatch(/^req_[a-z2-7]{12}$/);
    expect(created.expiresAt).toBe(now + 60 * MINUTE);
    const read = await open().get(created.id);
    expect(read).toEqual(created);
    expect(read?.subject.statement.parameters[1]?.value).toEqual(Buffer.from([0, 255, 0, 39]));
  });

  test('is unknown under another name', async () => {
    const store = open();
    expect(await store.get('req_none')).toBeNull();
    expect(await codeOf(store.decide('req_none', '', bob, 'approve', ''))).toBe('approval-unknown');
    expect(await codeOf(store.claim('req_none', 's'))).toBe('approval-unknown');
    expect(await codeOf(store.settle('req_none', 's', 'used'))).toBe('approval-unknown');
    expect(await codeOf(store.cancel('req_none'))).toBe('approval-unknown');
    expect(await codeOf(store.list({ limit: 1, after: 'req_none' }))).toBe('approval-unknown');
  });

  test('for the same pending subject is the same one, whatever trace it carries', async () => {
    const store = open();
    const first = await store.create(asked);
    expect((await store.create(withSql(`${subject.statement.sql} /*traceparent='00-1'*/`))).id).toBe(first.id);
    expect((await store.create(withSql('UPDATE customers SET note = $1'))).id).not.toBe(first.id);
    await store.decide(first.id, first.digest, bob, 'reject', 'no');
    expect((await store.create(asked)).id).not.toBe(first.id);
  });

  test('asked for again under stricter terms takes the place of the one before', async () => {
    const store = open();
    const first = await store.create(asked);
    const second = await store.create({ ...asked, terms: { ...terms, min: 2 } });
    expect(second.id).not.toBe(first.id);
    expect((await store.get(first.id))?.status).toBe('cancelled');
    expect(second.terms.min).toBe(2);
    const third = await store.create({ ...asked, terms: { ...terms, min: 2 }, excluded: ['bot', 'alice', 'carol'] });
    expect(third.id).not.toBe(second.id);
  });

  test('is refused when too many of one identity wait', async () => {
    const store = open();
    raw((database) => database.exec('PRAGMA synchronous = OFF'));
    await store.create(asked);
    // Rows of the same identity that count as waiting; what they say does not matter for the count.
    raw((database) =>
      database.exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${PENDING_MAX})
        INSERT INTO approval_requests (changed, id, lookup, status, in_doubt, session_id, identity_key, datasource, role,
          excluded, classes, tables, tags, terms, created_at, expires_at, statement, decisions, signature)
        SELECT i, 'req_' || i, i, status, 0, session_id, identity_key, datasource, role, excluded, classes, tables, tags,
          terms, created_at, expires_at, statement, decisions, signature FROM approval_requests, n`),
    );
    expect(await codeOf(store.create(withSql('SELECT 1')))).toBe('budget-exceeded');
    const other = { ...withSql('SELECT 1'), subject: { ...subject, identityKey: 'another' } };
    expect((await store.create(other)).status).toBe('pending');
  });
});

describe('lists', () => {
  test('newest first, by status and identity, page by page', async () => {
    const store = open();
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift((await store.create(withSql(`SELECT ${i}`))).id);
    const [newest = ''] = ids;
    await store.cancel(newest);
    const idsOf = async (filter: Parameters<ApprovalStore['list']>[0]): Promise<string[]> =>
      (await store.list(filter)).map(({ id }) => id);
    expect(await idsOf({ limit: 100 })).toEqual(ids);
    expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ limit: 2, after: ids[1] ?? '' })).toEqual(ids.slice(2, 4));
    expect(await idsOf({ limit: 100, status: 'pending' })).toEqual(ids.slice(1));
    expect(await idsOf({ limit: 100, status: 'cancelled' })).toEqual([newest]);
    expect(await idsOf({ limit: 100, identityKey: 'nobody' })).toEqual([]);
    expect(await idsOf({ limit: 100, identityKey: subject.identityKey })).toEqual(ids);
  });

  test('show as expired what nobody has written down as such', async () => {
    const store = open();
    const { id } = await store.create(asked);
    advance(60 * MINUTE);
    expect((await store.list({ limit: 1, status: 'expired' })).map((request) => request.id)).toEqual([id]);
    expect(await store.list({ limit: 1, status: 'pending' })).toEqual([]);
  });
});

describe('four eyes', () => {
  test.each([
    ['the person', { principals: ['alice'], groups: ['dba'] }],
    ['the person, spelled otherwise', { principals: ['ALICE '], groups: ['dba'] }],
    ['the agent', { principals: ['bot'], groups: ['dba'] }],
    ['an agent of the person', { principals: ['other-bot', 'alice'], groups: ['dba'] }],
    ['the agent on behalf of another', { principals: ['bot', 'carol'], groups: ['dba'] }],
    ['nobody', { principals: [], groups: ['dba'] }],
    ['somebody without a name', { principals: [' '], groups: ['dba'] }],
    ['a member of no group that may', { principals: ['bob'], groups: ['dbas', 'DBA'] }],
  ])('%s may not decide', async (_, by) => {
    const store = open();
    const request = await store.create(asked);
    expect(await codeOf(approve(store, request, by))).toBe('policy-denied');
    expect(await codeOf(store.decide(request.id, request.digest, by, 'reject', 'no'))).toBe('policy-denied');
    expect((await store.get(request.id))?.status).toBe('pending');
  });

  test('the requester may not decide although the list of the excluded forgot them', async () => {
    const store = open();
    const request = await store.create({ ...asked, excluded: [] });
    expect(await codeOf(approve(store, request, reviewer('alice')))).toBe('policy-denied');
    expect(await codeOf(approve(store, request, reviewer('bot')))).toBe('policy-denied');
  });

  test('anyone whom the API let through may decide where the rule names no group', async () => {
    const store = open();
    const request = await store.create({ ...asked, terms: { ...terms, by: [] } });
    expect((await approve(store, request, reviewer('bob', []))).status).toBe('approved');
  });
});

describe('verdicts', () => {
  test('an approval makes it usable for the time that approvals have', async () => {
    const store = open();
    const request = await store.create(asked);
    advance(MINUTE);
    const approved = await store.decide(request.id, request.digest, bob, 'approve', ' fine ');
    expect(approved).toMatchObject({ status: 'approved', expiresAt: now + 480 * MINUTE });
    expect(approved.decisions).toEqual([{ by: 'bob', verdict: 'approve', reason: 'fine', at: now }]);
    expect(await open().get(request.id)).toEqual(approved);
  });

  test('are on what the reviewer saw', async () => {
    const store = open();
    const request = await store.create(asked);
    const other = await store.create(withSql('DELETE FROM customers'));
    expect(await codeOf(store.decide(request.id, other.digest, bob, 'approve', ''))).toBe('approval-unusable');
    expect(await codeOf(store.decide(request.id, '', bob, 'approve', ''))).toBe('approval-unusable');
    expect((await store.get(request.id))?.status).toBe('pending');
  });

  test('a quorum is of different people', async () => {
    const store = open();
    const request = await store.create({ ...asked, terms: { ...terms, min: 2 } });
    expect((await approve(store, request)).status).toBe('pending');
    expect(await codeOf(approve(store, request))).toBe('approval-unusable');
    expect(await codeOf(approve(store, request, reviewer('BOB')))).toBe('approval-unusable');
    const proxy = { principals: ['tool', 'bob'], groups: ['dba'] };
    expect(await codeOf(approve(store, request, proxy))).toBe('approval-unusable');
    expect(await store.findApproved(subject)).toBeNull();
    const approved = await approve(store, request, reviewer('carol'));
    expect(approved.status).toBe('approved');
    expect(approved.decisions.map(({ by }) => by)).toEqual(['bob', 'carol']);
  });

  test('one rejection rejects, with a reason, and nothing follows it', async () => {
    const store = open();
    const request = await store.create({ ...asked, terms: { ...terms, min: 2 } });
    await approve(store, request);
    const carol = reviewer('carol');
    expect(await codeOf(store.decide(request.id, request.digest, carol, 'reject', ' \n'))).toBe('policy-denied');
    expect(await codeOf(store.decide(request.id, request.digest, carol, 'reject', 'x'.repeat(2001)))).toBe(
      'policy-denied',
    );
    expect((await store.decide(request.id, request.digest, carol, 'reject', 'not now')).status).toBe('rejected');
    expect(await codeOf(approve(store, request, reviewer('dave')))).toBe('approval-unusable');
    expect(await store.claim(request.id, 'ses_1')).toBe(false);
  });
});

describe('running', () => {
  test('is for exactly the subject that was approved', async () => {
    const store = open();
    const request = await store.create(asked);
    expect(await store.findApproved(subject)).toBeNull();
    await approve(store, request);
    expect((await store.findApproved(subject))?.id).toBe(request.id);
    const traced = withSql(`${subject.statement.sql} -- trace 2`).subject;
    expect((await store.findApproved(traced))?.id).toBe(request.id);
    for (const other of [
      { ...subject, identityKey: 'another' },
      { ...subject, role: 'another' },
      { ...subject, settings: {} },
      withSql(`${subject.statement.sql} OR true`).subject,
      { ...subject, statement: { ...subject.statement, parameters: [] } },
    ]) {
      expect(await store.findApproved(other)).toBeNull();
    }
  });

  test('is for one, whichever process asks first, and once', async () => {
    const [one, two] = [open(), open()];
    const request = await one.create(asked);
    expect(await two.claim(request.id, 'ses_2'), 'pending').toBe(false);
    await approve(two, request);
    const wins = await Promise.all([one.claim(request.id, 'ses_1'), two.claim(request.id, 'ses_2')]);
    expect(wins).toEqual([true, false]);
    expect(await two.findApproved(subject)).toBeNull();
    expect(await one.claim(request.id, 'ses_1'), 'not twice by the same session either').toBe(false);
    expect(await codeOf(two.settle(request.id, 'ses_2', 'used'))).toBe('approval-unusable');
    await one.settle(request.id, 'ses_1', 'used');
    expect(await two.get(request.id)).toMatchObject({ status: 'used', inDoubt: false });
    expect(await two.claim(request.id, 'ses_2')).toBe(false);
    expect(await codeOf(one.settle(request.id, 'ses_1', 'returned'))).toBe('approval-unusable');
  });

  test('that was rolled back may be tried again until the approval expires', async () => {
    const store = open();
    const request = await store.create(asked);
    await approve(store, request);
    expect(await store.claim(request.id, 'ses_1')).toBe(true);
    await store.settle(request.id, 'ses_1', 'returned');
    expect(await codeOf(store.settle(request.id, 'ses_1', 'used'))).toBe('approval-unusable');
    expect(await store.claim(request.id, 'ses_2')).toBe(true);
    advance(480 * MINUTE);
    expect((await store.get(request.id))?.status, 'does not expire while it runs').toBe('approved');
    await store.settle(request.id, 'ses_2', 'returned');
    expect((await store.get(request.id))?.status).toBe('expired');
    expect(await store.claim(request.id, 'ses_3')).toBe(false);
  });

  test('in doubt never comes back', async () => {
    const store = open();
    const request = await store.create(asked);
    await approve(store, request);
    await store.claim(request.id, 'ses_1');
    await store.settle(request.id, 'ses_1', 'in-doubt');
    await store.settle(request.id, 'ses_1', 'returned');
    expect(await store.get(request.id)).toMatchObject({ status: 'used', inDoubt: true });
    expect(await store.claim(request.id, 'ses_2')).toBe(false);
    expect(await store.findApproved(subject)).toBeNull();
  });

  test('that a dead process had begun is in doubt at the next start', async () => {
    const dead = open();
    const [running, waiting] = [await dead.create(asked), await dead.create(withSql('SELECT 2'))];
    await approve(dead, running);
    await approve(dead, waiting);
    await dead.claim(running.id, 'ses_1');
    const next = open();
    expect(await next.get(running.id)).toMatchObject({ status: 'used', inDoubt: true });
    expect(await next.get(waiting.id)).toMatchObject({ status: 'approved', inDoubt: false });
    expect(await next.claim(waiting.id, 'ses_2')).toBe(true);
  });
});

describe('time', () => {
  test('a request expires to the millisecond, and is then of no use', async () => {
    const store = open();
    const request = await store.create(asked);
    now += 60 * MINUTE - 1;
    expect((await store.get(request.id))?.status).toBe('pending');
    now += 1;
    expect((await store.get(request.id))?.status).toBe('expired');
    expect(await codeOf(approve(store, request))).toBe('approval-unusable');
    expect((await store.create(asked)).id).not.toBe(request.id);
  });

  test('an approval expires too', async () => {
    const store = open();
    const request = await store.create(asked);
    await approve(store, request);
    now += 480 * MINUTE;
    expect(await store.findApproved(subject)).toBeNull();
    expect(await store.claim(request.id, 'ses_1')).toBe(false);
    expect((await store.get(request.id))?.status).toBe('expired');
  });
});

describe('cancelling', () => {
  test('ends what waits and what nobody runs, and nothing else', async () => {
    const store = open();
    const [pending, approved, running, rejected] = [
      await store.create(withSql('SELECT 1')),
      await store.create(withSql('SELECT 2')),
      await store.create(withSql('SELECT 3')),
      await store.create(withSql('SELECT 4')),
    ];
    await approve(store, approved);
    await approve(store, running);
    await store.claim(running.id, 'ses_1');
    await store.decide(rejected.id, rejected.digest, bob, 'reject', 'no');
    for (const { id } of [pending, approved, running, rejected]) await store.cancel(id);
    const statuses = await Promise.all([pending, approved, running, rejected].map(({ id }) => store.get(id)));
    expect(statuses.map((request) => request?.status)).toEqual(['cancelled', 'cancelled', 'approved', 'rejected']);
    expect(await codeOf(approve(store, pending))).toBe('approval-unusable');
  });
});

describe('listeners', () => {
  test('hear of every change, of their own process at once and of others within a second', async () => {
    const [here, there] = [open(), open()];
    const heard: string[] = [];
    const before = await there.create(withSql('SELECT 0'));
    const stop = here.onChange((id) => heard.push(id));
    const mine = await here.create(asked);
    expect(heard).toEqual([mine.id]);
    await approve(there, mine);
    await approve(there, before);
    advance(500);
    expect(heard).toEqual([mine.id, mine.id, before.id]);
    advance(500);
    expect(heard).toHaveLength(3);
    stop();
    await there.cancel(before.id);
    advance(1000);
    expect(heard).toHaveLength(3);
    expect(timers, 'no polling without listeners').toEqual([]);
  });

  test('hear of expiry', async () => {
    const store = open();
    const request = await store.create(asked);
    const heard: string[] = [];
    store.onChange((id) => heard.push(id));
    advance(60 * MINUTE - 1);
    expect(heard).toEqual([]);
    advance(500);
    expect(heard).toEqual([request.id]);
  });

  test('that fail do not undo the change or silence the others', async () => {
    const store = open();
    const heard: string[] = [];
    store.onChange(() => {
      throw new Error('listener');
    });
    store.onChange((id) => heard.push(id));
    const request = await store.create(asked);
    expect(heard).toEqual([request.id]);
  });
});

describe('the file', () => {
  test('holds no statement, value, setting or reason in clear, and is nobody else’s to read', async () => {
    const store = open();
    const request = await store.create(asked);
    await store.decide(request.id, request.digest, bob, 'reject', `because of ${CANARY}`);
    for (const name of readdirSync(directory)) {
      const bytes = readFileSync(join(directory, name));
      expect(bytes.includes(CANARY), name).toBe(false);
      expect(bytes.includes(Buffer.from(CANARY).toString('base64').slice(0, 20)), name).toBe(false);
      expect(bytes.includes('UPDATE customers'), name).toBe(false);
      expect(bytes.includes(request.digest), `${name}: a plain digest can be guessed back`).toBe(false);
      expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
    }
  });

  test.each([
    ["status = 'approved'"],
    ["excluded = '[]', human = NULL, agent = NULL"],
    ['expires_at = expires_at + 1'],
    [`terms = '{"rule":"ask","by":[],"min":1,"mode":"hold"}'`],
    ["identity_key = 'another'"],
    ["claimed_by = 'ses_9'"],
    ['statement = zeroblob(64)'],
    ['statement = substr(statement, 1, length(statement) - 1)'],
    ["decisions = x''"],
    ['signature = zeroblob(32)'],
    ["id = 'req_other'"],
  ])('changed by other hands (%s) is refused, not believed', async (assignment) => {
    const store = open();
    const request = await store.create(asked);
    raw((database) => database.exec(`UPDATE approval_requests SET ${assignment}`));
    const id = assignment.startsWith('id ') ? 'req_other' : request.id;
    expect(await codeOf(store.get(id))).toMatch(/SealBroken.*does not verify/);
    expect(await codeOf(store.list({ limit: 10 }))).toMatch(/SealBroken/);
    expect(await codeOf(store.claim(id, 'ses_1'))).toMatch(/SealBroken/);
    expect(await codeOf(store.decide(id, request.digest, bob, 'approve', ''))).toMatch(/SealBroken/);
  });

  test('a statement put into the place of another is refused', async () => {
    const store = open();
    const request = await store.create(asked);
    const other = await store.create(withSql('DELETE FROM customers'));
    raw((database) =>
      database.exec(`UPDATE approval_requests SET statement =
        (SELECT statement FROM approval_requests WHERE id = '${other.id}') WHERE id = '${request.id}'`),
    );
    expect(await codeOf(store.get(request.id))).toMatch(/SealBroken/);
    expect((await store.get(other.id))?.id).toBe(other.id);
  });

  test('is not opened with another key', async () => {
    const store = open();
    await store.create(asked);
    await store.close();
    stores = [];
    expect(() => open({ key: randomBytes(32) })).toThrow(/sealed under another key/);
    expect(() => open({ key: randomBytes(16) })).toThrow(TypeError);
    expect((await open().list({ limit: 1 })).length).toBe(1);
  });

  test('of a later version is not opened', async () => {
    await open().create(asked);
    raw((database) => database.exec("UPDATE approval_meta SET value = 'bailiwick approvals 2' WHERE name = 'format'"));
    expect(() => open()).toThrow(/another version/);
  });

  test.each([
    ['a letter', () => Buffer.from('this is a letter and no database '.repeat(300))],
    ['a damaged page', () => damagedDatabase()],
    ['a truncated file', () => damagedDatabase().subarray(0, 10_000)],
  ])('that is %s is refused and left as it is', (_, bytes) => {
    const content = bytes();
    writeFileSync(path, content);
    expect(() => open()).toThrow(/cannot be opened: .*The file was left as it is/);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  function damagedDatabase(): Buffer {
    const intact = join(directory, 'intact.db');
    const database = new Database(intact);
    database.exec('CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a)');
    database.exec(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT 'row ' || i FROM n",
    );
    database.close();
    const bytes = readFileSync(intact);
    bytes.fill(0x5a, 4096, 4096 + 2000);
    return bytes;
  }

  test('that other tables share is left to them', async () => {
    raw((database) => database.exec('CREATE TABLE others (a TEXT)'));
    await open().create(asked);
    expect(raw((database) => database.prepare('SELECT count(*) AS n FROM others').all())).toMatchObject([{ n: 0 }]);
  });

  test('in a folder that is not there is an error that says so', () => {
    path = join(directory, 'missing', 'state.db');
    expect(() => open()).toThrow(/ENOENT/);
  });
});
