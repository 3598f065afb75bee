import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import type { Page } from './collect-page.ts';
import type { CursorSeal } from './cursor-seal.ts';
import type { AdminOptions } from './options.ts';
import { Problem } from './problem.ts';

const PAGE_ROWS = 100;

/** What every route of the API works with. */
export interface ApiContext {
  readonly options: AdminOptions;
  readonly cursors: CursorSeal;
  /** The authenticated caller of a request that has passed the guard. */
  callerOf(request: FastifyRequest): Caller;
  /** Logs and counts a change: who did what to what, and whether it was done. */
  acted(request: FastifyRequest, action: AdminAction, target: string, outcome: 'done' | 'refused'): void;
}

export type AdminAction = 'approve' | 'reject' | 'kill' | 'reload' | 'pass-create' | 'pass-revoke';

/** Query parameters that all lists take. */
export interface PageQuery {
  readonly limit?: string;
  readonly cursor?: string;
}

/** Where a list goes on and how far, as `collectPage` takes it. */
export function pageOf(
  context: ApiContext,
  list: string,
  caller: Caller,
  query: PageQuery,
): { readonly limit: number; readonly after: string | undefined } {
  const limit = query.limit === undefined ? PAGE_ROWS : Number(query.limit);
  if (query.cursor === undefined) return { limit, after: undefined };
  return { limit, after: context.cursors.open(query.cursor, purposeOf(list, caller)) };
}

/** The JSON form of a page. */
export function pageJson<Entry>(
  context: ApiContext,
  list: string,
  caller: Caller,
  page: Page<Entry>,
  render: (entry: Entry) => unknown,
): { readonly items: readonly unknown[]; readonly next: string | null } {
  const next = page.next === null ? null : context.cursors.seal(page.next, purposeOf(list, caller));
  return { items: page.items.map(render), next };
}

/** Reads `since`. Throws a 400 problem for what is no time. */
export function readSince(since: string | undefined): number | undefined {
  if (since === undefined) return undefined;
  const at = /^\d{1,15}$/.test(since) ? Number(since) : Date.parse(since);
  if (Number.isNaN(at)) throw new Problem(400, 'bad-request', 'since is neither ISO 8601 nor a number.');
  return at;
}

/** ISO 8601 in UTC. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function purposeOf(list: string, caller: Caller): string {
  return `${list} ${caller.identity.key}`;
}
