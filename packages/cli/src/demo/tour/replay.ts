import { waitFor } from '../wait-for.ts';
import { maskedCells, sampleCustomer } from './sample-customer.ts';
import type { TourStage } from './stage.ts';
import type { TourStep } from './step.ts';

/** An entry of a transcript as the API gives it; more is in it than is read here. */
interface Entry {
  readonly at: string;
  readonly event: Readonly<Record<string, unknown>> | null;
}

/** The session's record may end a moment after the connection did. */
const ENDED_MS = 10_000;
const LINES_SHOWN_MAX = 16;

/** What the client got is what the transcript shows, read by somebody else, afterwards. */
export const replay: TourStep = {
  title: 'The whole session can be replayed: statements, decisions, approvals, and the cells as the client got them',
  async run(stage, report) {
    const id = await stage.agentSessionId();
    await stage.endAgent();
    const path = `/api/v1/sessions/${id}/transcript`;
    report.act('reviewer', `GET ${path}`);
    const { items, text } = await waitFor('the end of the session’s transcript', ENDED_MS, () => ended(stage, path));
    const lines = items.flatMap(({ at, event }) => eventLine(event).map((line) => `${at.slice(11, 19)}  ${line}`));
    for (const line of lines.slice(0, LINES_SHOWN_MAX)) report.show(line);
    if (lines.length > LINES_SHOWN_MAX) report.show(`… ${lines.length - LINES_SHOWN_MAX} more`);

    const has = (type: string, field: string, value: string): boolean =>
      items.some(({ event }) => event?.type === type && event[field] === value);
    report.check('it begins and ends', has('session.start', 'type', 'session.start'), `${items.length} entries`);
    report.check(
      'the approvals of this tour are in it',
      ['held', 'released', 'ticket', 'rejected'].every((what) => has('approval', 'what', what)),
      'held, released, ticket, rejected',
    );
    const truth = await sampleCustomer(stage);
    const shown = maskedCells(truth);
    const written = [shown.email, shown.national_id].every((cell) => text.includes(String(cell)));
    const leaked = [truth.email, truth.national_id, truth.notes].some((cell) => text.includes(String(cell)));
    report.check('it shows the cells as the client got them, masked', written, `${shown.email}, ${shown.national_id}`);
    report.check('it holds none of the values behind the masks', !leaked, `${text.length} characters searched`);
    const other = await stage.api('analytics-agent', path);
    report.check('somebody else’s agent may not read it', other.status === 404, `HTTP ${other.status}`);
  },
};

/** The transcript once its `session.end` is in it; throws when it does not verify. */
async function ended(stage: TourStage, path: string): Promise<{ items: readonly Entry[]; text: string } | null> {
  const { status, body, text } = await stage.api('reviewer', path);
  if (status === 404) return null;
  if (status !== 200) throw new Error(`the API answered ${status}: ${text.slice(0, 200)}`);
  const { items, fault } = body as { readonly items: readonly Entry[]; readonly fault: string | null };
  if (fault !== null) throw new Error(fault);
  return items.at(-1)?.event?.type === 'session.end' ? { items, text } : null;
}

/** One line for the events that tell the story; none for the others. */
function eventLine(event: Entry['event']): string[] {
  switch (event?.type) {
    case 'statement':
      return [`${event.ordinal}  ${String(event.normalisedSql).slice(0, 80)}`];
    case 'decision':
      return [`${event.ordinal}  → ${event.effect} by ${event.rule}`];
    case 'approval':
      return [`   → ${event.what} ${event.request}${event.by === null ? '' : ` by ${event.by}`}`];
    default:
      return [];
  }
}
