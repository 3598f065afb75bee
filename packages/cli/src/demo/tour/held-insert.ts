import { within } from '../wait-for.ts';
import { oneResult } from './outcome.ts';
import { pendingRequest } from './pending-request.ts';
import type { TourStep } from './step.ts';

const SUBJECT = 'Tour: call back about the card';
const INSERT = 'INSERT INTO support_tickets (customer_id, priority, subject, body) VALUES ($1, $2, $3, $4)';
const RELEASE_MS = 15_000;

/** A write waits on the wire; somebody else lets it go. */
export const heldInsert: TourStep = {
  title: 'A write waits on the wire until a person approves it, and then runs once',
  async run(stage, report) {
    const agent = await stage.agent();
    const there = (): Promise<number> => stage.count('support_tickets', 'subject = $1', [SUBJECT]);
    const notices: string[] = [];
    agent.on('notice', ({ message }: Error) => notices.push(message));
    report.act('support-agent', `${INSERT}  -- [7, high, ${SUBJECT}, …]`);
    const insert = agent.query(INSERT, [7, 'high', SUBJECT, 'Asked for by the tour.']);
    insert.catch(() => {});
    const request = await pendingRequest(stage, 'INSERT INTO support_tickets');
    report.show(notices[0] ?? 'the client waits');
    report.check('it waits: no such row in the database', (await there()) === 0, `${request.id} is pending`);

    const verdict = { digest: request.digest, reason: 'shown on the tour' };
    const path = `/api/v1/approvals/${request.id}/approve`;
    const own = await stage.api('support-agent', path, verdict);
    report.check('the agent cannot approve its own', own.status === 403 || own.status === 404, `HTTP ${own.status}`);
    const maria = await stage.api('support-person', path, verdict);
    const refused = maria.status === 403 || maria.status === 404;
    report.check('nor can the person whom it acts for', refused, `HTTP ${maria.status}`);
    const other = await stage.api('reviewer', path, { ...verdict, digest: request.digest.replace(/./g, '0') });
    report.check('an approval of something else is none', other.status === 409, `HTTP ${other.status}`);

    report.act('reviewer', `POST ${path}`);
    const approved = await stage.api('reviewer', path, verdict);
    const result = oneResult(await within('the release', RELEASE_MS, insert));
    report.check('the client gets its answer', result.rowCount === 1, `INSERT 0 ${result.rowCount}`);
    report.check(
      'the row exists exactly once',
      approved.status === 200 && (await there()) === 1,
      'counted in the database',
    );
  },
};
