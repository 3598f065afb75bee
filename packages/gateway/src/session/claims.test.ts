// What becomes of an approval that a session has taken (SEMANTICS 33): the store is a real one.
import type { AuditEvent } from '@bailiwick/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApprovalDesk, openApprovalDesk } from '../testing/approval-desk.ts';
import { handClock } from '../testing/hand-clock.ts';
import { Claims } from './claims.ts';

let desk: ApprovalDesk;
let events: AuditEvent[];
let claims: Claims;
let request: string;

const nothing = (): boolean => false;
const open = (): Claims =>
  new Claims(
    desk.store,
    'ses_a',
    (event) => events.push(event),
    (error) => {
      throw error;
    },
  );

beforeEach(async () => {
  desk = openApprovalDesk(handClock());
  events = [];
  claims = open();
  request = await desk.approved();
});
afterEach(() => desk.close());

/** As far as the database's socket. */
async function send(beyondRollback = false): Promise<void> {
  expect(await claims.take(request)).toBe(true);
  claims.queued(request, beyondRollback);
  claims.written();
}

/** Given back: it can be taken again. */
async function expectReturned(): Promise<void> {
  expect(await desk.status(request)).toBe('approved');
  expect(await desk.store.claim(request, 'ses_b')).toBe(true);
}

test('one run takes it, and nobody else meanwhile', async () => {
  expect(await claims.take(request)).toBe(true);
  expect(await claims.take(request)).toBe(false);
});

describe('when its transaction is over', () => {
  test('it is used after COMMIT', async () => {
    await send();
    claims.ran(request);
    claims.transactionEnded(true, nothing);
    expect(await desk.status(request)).toBe('used');
    expect(events.at(-1)).toMatchObject({ type: 'approval', request, what: 'used' });
  });

  test('it is used once a part of its text has run, also when another part fails', async () => {
    await send();
    claims.ran(request);
    claims.begun(request);
    claims.transactionEnded(true, nothing);
    expect(await desk.status(request)).toBe('used');
  });

  test('it is used by the COMMIT inside its own text, though more of it is under way', async () => {
    await send();
    claims.ran(request);
    claims.transactionEnded(true, () => true);
    expect(await desk.status(request)).toBe('used');
  });

  test.each([
    ['was rolled back', true, false],
    ['committed without it: it had failed behind a savepoint, or was bound and not executed', false, true],
  ])('it comes back where the transaction %s', async (_name, ran, committed) => {
    await send();
    if (ran) claims.ran(request);
    claims.transactionEnded(committed, nothing);
    await expectReturned();
  });

  test('it stays taken where the transaction that ended was the one before its own', async () => {
    await send();
    claims.transactionEnded(true, () => true);
    expect(await desk.store.claim(request, 'ses_b')).toBe(false);
    claims.ran(request);
    claims.transactionEnded(true, nothing);
    expect(await desk.status(request)).toBe('used');
  });

  test('it stays taken where its text goes on behind a ROLLBACK of its own', async () => {
    await send();
    claims.ran(request);
    claims.transactionEnded(false, () => true);
    expect(await desk.store.claim(request, 'ses_b')).toBe(false);
    claims.transactionEnded(true, nothing);
    expect(await desk.status(request)).toBe('used');
  });

  test.each(['taken', 'queued'])('it stays taken while it is only %s', async (step) => {
    await claims.take(request);
    if (step === 'queued') claims.queued(request, false);
    claims.transactionEnded(true, nothing);
    expect(await desk.store.claim(request, 'ses_b')).toBe(false);
  });

  test.each(['ran', 'begun'] as const)('what a rollback does not undo is used when it has %s', async (step) => {
    await send(true);
    claims[step](request);
    claims.transactionEnded(false, nothing);
    expect(await desk.status(request)).toBe('used');
  });

  test('what a rollback does not undo comes back when the server skipped it', async () => {
    await send(true);
    claims.transactionEnded(false, nothing);
    await expectReturned();
  });
});

describe('when the session ends', () => {
  test('what was never written comes back: the record was not durable yet', async () => {
    await claims.take(request);
    claims.queued(request, false);
    claims.connectionLost(false);
    await expectReturned();
  });

  test('an approval that is taken too late comes back at once', async () => {
    claims.connectionLost(false);
    expect(await claims.take(request)).toBe(false);
    await expectReturned();
  });

  test('an approval that was being taken meanwhile comes back', async () => {
    const taking = claims.take(request);
    claims.connectionLost(false);
    expect(await taking).toBe(false);
    await expectReturned();
  });

  test.each([
    ['outside a block', false, false, 'used?'],
    ['in a block with COMMIT under way', true, true, 'used?'],
    ['in an open block', true, false, 'approved'],
  ] as const)('what was written %s', async (_name, inBlock, commitSent, status) => {
    await send();
    if (commitSent) claims.commitSent();
    claims.connectionLost(inBlock);
    expect(await desk.status(request)).toBe(status);
  });

  test('a Query in an open block is no COMMIT once it is answered', async () => {
    await send();
    claims.commitSent();
    claims.blockOpen();
    claims.connectionLost(true);
    await expectReturned();
  });

  test('what a rollback does not undo is in doubt, also in an open block', async () => {
    await send(true);
    claims.connectionLost(true);
    expect(await desk.status(request)).toBe('used?');
  });

  test('a record that cannot be written keeps no approval taken', async () => {
    const broken = new Claims(
      desk.store,
      'ses_a',
      () => {
        throw new Error('the disk is full');
      },
      () => {},
    );
    const other = await desk.approved('DELETE FROM customers');
    for (const id of [request, other]) expect(await broken.take(id)).toBe(true);
    expect(() => broken.connectionLost(false)).toThrow('the disk is full');
    await expectReturned();
    expect(await desk.store.claim(other, 'ses_b')).toBe(true);
  });
});

test('what was given back is given back once', async () => {
  await claims.take(request);
  await claims.giveBack(request);
  await claims.giveBack(request);
  expect(events).toMatchObject([{ what: 'returned' }]);
  await expectReturned();
});
