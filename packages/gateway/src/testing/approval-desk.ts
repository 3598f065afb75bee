import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApprovalStore, type NewApprovalRequest, openSqliteApprovalStore } from '@bailiwick/approvals';
import type { ApprovalRequest, ApprovalStatus, Clock, HoldTerms } from '@bailiwick/domain';

/** A real store of requests in a directory of its own, with a reviewer at hand. */
export interface ApprovalDesk {
  readonly store: ApprovalStore;
  decide(id: string, verdict: 'approve' | 'reject'): Promise<void>;
  /** Files a request and approves it. Resolves with its id. */
  approved(sql?: string): Promise<string>;
  /** `used?` where it is in doubt. */
  status(id: string): Promise<ApprovalStatus | 'used?' | undefined>;
  close(): Promise<void>;
}

export const TERMS: HoldTerms = { rule: 'ask', by: ['dba'], min: 1, mode: 'hold_then_ticket' };

/** A request as a session files it. */
export const asking = (sql: string = 'DELETE FROM orders', terms: HoldTerms = TERMS): NewApprovalRequest => ({
  sessionId: 'ses_a',
  subject: {
    identityKey: 'issuer|ann',
    datasource: 'crm',
    role: '',
    settings: { search_path: 'public', relations: 'public.orders' },
    statement: { sql, parameters: [], mode: 'simple' },
  },
  human: 'ann',
  agent: 'copilot',
  excluded: ['ann', 'copilot'],
  classes: ['WRITE'],
  tables: ['public.orders'],
  tags: [],
  terms,
});

/** Opens a store; requests wait an hour, approvals are usable for eight. */
export function openApprovalDesk(clock: Clock): ApprovalDesk {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-approvals-'));
  const store = openSqliteApprovalStore({
    path: join(directory, 'state.db'),
    key: randomBytes(32),
    requestExpiryMs: 3_600_000,
    approvalExpiryMs: 28_800_000,
    clock,
  });
  const need = async (id: string): Promise<ApprovalRequest> => {
    const request = await store.get(id);
    if (request === null) throw new Error(`there is no request ${id}`);
    return request;
  };
  const decide: ApprovalDesk['decide'] = async (id, verdict) => {
    const { digest } = await need(id);
    await store.decide(id, digest, { principals: ['rita'], groups: ['dba'] }, verdict, 'seen');
  };
  return {
    store,
    decide,
    approved: async (sql) => {
      const { id } = await store.create(asking(sql));
      await decide(id, 'approve');
      return id;
    },
    status: async (id) => {
      const { status, inDoubt } = await need(id);
      return inDoubt ? 'used?' : status;
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
