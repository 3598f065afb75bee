// A statement waiting for its reviewer, against a real store and a clock that stands still.
import type { HoldTerms } from '@bailiwick/domain';
import { describeFrames } from '@bailiwick/postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApprovalDesk, asking, openApprovalDesk, TERMS } from '../testing/approval-desk.ts';
import { type HandClock, handClock } from '../testing/hand-clock.ts';
import { Claims } from './claims.ts';
import { Hold, type HoldOutcome } from './hold.ts';

const HOLD_MS = 60_000;
const ASKED = asking();

let clock: HandClock;
let desk: ApprovalDesk;
let events: string[];
let delivered: Buffer[];

beforeEach(() => {
  clock = handClock();
  desk = openApprovalDesk(clock);
  events = [];
  delivered = [];
});
afterEach(() => desk.close());

const claimsOf = (session: string): Claims =>
  new Claims(
    desk.store,
    session,
    () => {},
    () => {},
  );

function holdOf(terms: HoldTerms = TERMS, claims: Pick<Claims, 'take' | 'giveBack'> = claimsOf('ses_a')): Hold {
  return new Hold(
    {
      approvals: desk.store,
      claims,
      clock,
      telemetry: { count: () => {}, set: () => {}, add: () => {}, observe: () => {} },
      datasource: 'crm',
      holdMs: HOLD_MS,
      unchangedParameter: ['server_version', '18.0'],
      deliver: (frames) => delivered.push(frames),
      record: (what) => events.push(what),
      what: 'DELETE on public.orders',
    },
    terms,
  );
}

/** The id of the one request that waits. */
async function pending(): Promise<string> {
  const [request, ...others] = await desk.store.list({ limit: 10, status: 'pending' });
  if (request === undefined || others.length > 0) throw new Error('there is not exactly one request');
  return request.id;
}

/** Everything that was under way has happened. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function waiting(
  hold: Hold,
  asked = ASKED,
): Promise<{ readonly outcome: Promise<HoldOutcome>; readonly id: string }> {
  const outcome = hold.run(asked);
  await turn();
  return { outcome, id: await pending() };
}

const codeOf = (outcome: HoldOutcome): string => (outcome.kind === 'refused' ? outcome.error.code : outcome.kind);

describe('a reviewer decides', () => {
  test('an approval releases it and is taken for this session', async () => {
    const { outcome, id } = await waiting(holdOf());
    await desk.decide(id, 'approve');
    expect(codeOf(await outcome)).toBe('released');
    expect(events).toEqual(['held', 'released']);
    expect(await desk.store.claim(id, 'ses_b')).toBe(false);
  });

  test('an approval that is there already is taken at once', async () => {
    const id = await desk.approved();
    expect(await holdOf().run(ASKED)).toMatchObject({ kind: 'released', request: { id } });
    expect(events).toEqual(['released']);
  });

  test('a rejection refuses it, in the words of the reviewer', async () => {
    const { outcome, id } = await waiting(holdOf());
    await desk.decide(id, 'reject');
    const refused = await outcome;
    expect(codeOf(refused)).toBe('approval-rejected');
    expect(refused.kind === 'refused' && refused.error.message).toContain('seen');
  });

  test('two sessions that wait for the same request: one runs it', async () => {
    const first = await waiting(holdOf(TERMS, claimsOf('ses_a')));
    const second = await waiting(holdOf(TERMS, claimsOf('ses_b')));
    expect(second.id).toBe(first.id);
    await desk.decide(first.id, 'approve');
    await turn();
    clock.advance(HOLD_MS);
    const codes = [codeOf(await first.outcome), codeOf(await second.outcome)].toSorted();
    expect(codes).toEqual(['approval-pending', 'released']);
  });
});

describe('time passes', () => {
  test('a notice at once and every ten seconds, an unchanged setting every other second', async () => {
    const { outcome } = await waiting(holdOf());
    for (let second = 0; second < 21; second++) clock.advance(1_000);
    const names = delivered.map((frames) => describeFrames('upstream', frames)[0]?.name);
    expect(names).toHaveLength(22);
    for (const [second, name] of names.entries())
      expect(name).toBe(second % 10 === 0 ? 'NoticeResponse' : 'ParameterStatus');
    clock.advance(HOLD_MS);
    await outcome;
  });

  test('it becomes a ticket that can still be approved', async () => {
    const { outcome, id } = await waiting(holdOf());
    clock.advance(HOLD_MS);
    expect(codeOf(await outcome)).toBe('approval-pending');
    expect(await desk.status(id)).toBe('pending');
    const frames = delivered.length;
    clock.advance(HOLD_MS);
    expect(delivered).toHaveLength(frames);
  });

  test('where the rule says hold, it ends and cannot be approved any more', async () => {
    const terms: HoldTerms = { ...TERMS, mode: 'hold' };
    const { outcome, id } = await waiting(holdOf(terms), asking('DELETE FROM orders', terms));
    clock.advance(HOLD_MS);
    expect(codeOf(await outcome)).toBe('hold-cancelled');
    await turn();
    expect(await desk.status(id)).toBe('cancelled');
  });

  test('where the rule says ticket, nobody waits', async () => {
    const terms: HoldTerms = { ...TERMS, mode: 'ticket' };
    expect(codeOf(await holdOf(terms).run(asking('DELETE FROM orders', terms)))).toBe('approval-pending');
    expect(delivered).toEqual([]);
  });
});

describe('the client gives up', () => {
  test.each([
    ['cancel', 'hold-cancelled'],
    ['abandon', 'abandoned'],
  ] as const)('%s while it waits withdraws the request', async (how, code) => {
    const hold = holdOf();
    const { outcome, id } = await waiting(hold);
    expect(hold[how]()).toBe(true);
    expect(codeOf(await outcome)).toBe(code);
    await turn();
    expect(await desk.status(id)).toBe('cancelled');
    expect(events).toEqual(['held', 'cancelled']);
    const frames = delivered.length;
    clock.advance(HOLD_MS);
    expect(delivered).toHaveLength(frames);
  });

  test.each(['cancel', 'abandon'] as const)(
    '%s before the request is even filed leaves none that waits',
    async (how) => {
      const hold = holdOf();
      const outcome = hold.run(ASKED);
      expect(hold[how]()).toBe(true);
      expect(codeOf(await outcome)).toBe(how === 'cancel' ? 'hold-cancelled' : 'abandoned');
      await turn();
      expect(await desk.store.list({ limit: 10, status: 'pending' })).toEqual([]);
    },
  );

  test('an approval that is being taken when the client gives up goes back', async () => {
    const id = await desk.approved();
    const hold = holdOf();
    const outcome = hold.run(ASKED);
    hold.cancel();
    expect(codeOf(await outcome)).toBe('hold-cancelled');
    await turn();
    expect(await desk.store.claim(id, 'ses_b')).toBe(true);
  });

  test('cancelling after the release is too late, and is said to be', async () => {
    const hold = holdOf();
    const { outcome, id } = await waiting(hold);
    await desk.decide(id, 'approve');
    await outcome;
    expect(hold.cancel()).toBe(false);
    expect(events).toEqual(['held', 'released']);
  });
});

test('a request that somebody else withdrew is refused', async () => {
  const { outcome, id } = await waiting(holdOf());
  await desk.store.cancel(id);
  expect(codeOf(await outcome)).toBe('approval-unusable');
});

test('a store that fails is told to whoever waits, and the statement is not simply dropped', async () => {
  const claims = { take: () => Promise.reject(new Error('the store is gone')), giveBack: () => Promise.resolve() };
  const { outcome, id } = await waiting(holdOf(TERMS, claims));
  await desk.decide(id, 'approve');
  await expect(outcome).rejects.toThrow('the store is gone');
});
