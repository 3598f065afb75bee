import { within } from '../wait-for.ts';
import { errorOf } from './outcome.ts';
import { pendingRequest } from './pending-request.ts';
import type { TourStep } from './step.ts';

const DELETE = "DELETE FROM support_tickets WHERE priority = 'urgent'";
const REASON = 'urgent tickets are still open';
const ANSWER_MS = 15_000;

/** A reviewer says no, and why. */
export const rejectedDelete: TourStep = {
  title: 'A write that a reviewer rejects changes nothing',
  async run(stage, report) {
    const agent = await stage.agent();
    const before = await stage.count('support_tickets');
    report.act('support-agent', DELETE);
    const answer = errorOf(agent.query(DELETE));
    answer.catch(() => {});
    const request = await pendingRequest(stage, DELETE);
    const path = `/api/v1/approvals/${request.id}/reject`;
    report.act('reviewer', `POST ${path}`);
    await stage.api('reviewer', path, { digest: request.digest, reason: REASON });
    const error = await within('the answer', ANSWER_MS, answer);
    report.show(`${error.severity} ${error.code}: ${error.message}`);
    report.check('the client is told, and why', error.code === '42501' && error.message.includes(REASON), error.code);
    const after = await stage.count('support_tickets');
    const urgent = await stage.count('support_tickets', "priority = 'urgent'");
    report.check('every row is still there', before === after && urgent > 0, `${after} tickets, ${urgent} urgent`);
  },
};
