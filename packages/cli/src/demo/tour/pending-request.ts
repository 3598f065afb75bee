import { waitFor } from '../wait-for.ts';
import type { TourStage } from './stage.ts';

/** A held statement, as the API shows it to a reviewer. */
export interface PendingRequest {
  readonly id: string;
  readonly digest: string;
  readonly sql: string;
  readonly status: string;
}

const WAIT_MS = 10_000;

/** The reviewer looks at the list until a request whose SQL contains `marker` is in it. */
export function pendingRequest(stage: TourStage, marker: string): Promise<PendingRequest> {
  return waitFor('the request in the reviewer’s list', WAIT_MS, async () => {
    const { status, body, text } = await stage.api('reviewer', '/api/v1/approvals?status=pending');
    if (status !== 200) throw new Error(`the API answered ${status}: ${text.slice(0, 200)}`);
    const { items } = body as { readonly items: readonly PendingRequest[] };
    return items.find(({ sql }) => sql.includes(marker));
  });
}
