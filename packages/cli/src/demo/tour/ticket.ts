import { errorOf, oneResult } from './outcome.ts';
import { pendingRequest } from './pending-request.ts';
import type { TourStep } from './step.ts';

/** Told apart from everybody else's orders by a quantity that nobody orders. */
const QUANTITY = 4_711;
const INSERT = `INSERT INTO orders (customer_id, product_id, quantity, total) VALUES (7, 3, ${QUANTITY}, 0)`;

/** The client does not wait: it gets a number, and runs what was approved by that number. */
export const ticket: TourStep = {
  title: 'A write becomes a ticket, and what was approved runs by its number, once',
  async run(stage, report) {
    const agent = await stage.agent();
    const there = (): Promise<number> => stage.count('orders', `quantity = ${QUANTITY}`);
    report.act('support-agent', INSERT);
    const pending = await errorOf(agent.query(INSERT));
    report.show(`${pending.severity} ${pending.code}: ${pending.message}`);
    const id = /\breq_[a-z0-9]+/.exec(pending.message)?.[0] ?? 'none';
    report.check('the error is ZA001 and names the request', pending.code === 'ZA001' && id !== 'none', id);
    const run = `CALL bailiwick.run('${id}')`;
    const early = await errorOf(agent.query(run));
    report.check('before approval it does not run', early.code === 'ZA001' && (await there()) === 0, early.message);

    const request = await pendingRequest(stage, INSERT);
    const path = `/api/v1/approvals/${request.id}/approve`;
    report.act('reviewer', `POST ${path}`);
    const approved = await stage.api('reviewer', path, { digest: request.digest, reason: 'shown on the tour' });
    report.act('support-agent', run);
    const result = oneResult(await agent.query(run));
    report.check(
      'it answers as the statement would, and the row exists exactly once',
      approved.status === 200 && result.command === 'INSERT' && result.rowCount === 1 && (await there()) === 1,
      `${result.command} 0 ${result.rowCount}`,
    );
    const late = await errorOf(agent.query(run));
    report.check('a second time it does not run', late.code === '55000' && (await there()) === 1, late.message);
  },
};
