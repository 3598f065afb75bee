import type { ExpectedReply } from './expected-reply.ts';

/** What one server frame is to the session. `reply` is the request that it answers. */
export type ReplyOutcome<P, N> =
  /** Deliver as received. */
  | { readonly kind: 'relay' }
  /** An answer to a message of the gateway's own: not for the client. */
  | { readonly kind: 'withhold' }
  /** DataRow of the head request. */
  | { readonly kind: 'row' }
  /** CopyData of the head request's COPY TO STDOUT. */
  | { readonly kind: 'copy-row' }
  /** CopyDone: the head request's COPY TO STDOUT has no more rows. */
  | { readonly kind: 'copy-done' }
  /** `again`: a second result set inside one statement (rules can do that), of unknown origin. */
  | { readonly kind: 'row-description'; readonly reply: ExpectedReply<P, N>; readonly again: boolean }
  | { readonly kind: 'parameter-description'; readonly reply: ExpectedReply<P, N> }
  | { readonly kind: 'no-data'; readonly reply: ExpectedReply<P, N> }
  | { readonly kind: 'copy-in'; readonly reply: ExpectedReply<P, N> }
  | { readonly kind: 'copy-out'; readonly reply: ExpectedReply<P, N> }
  /** CommandComplete, EmptyQueryResponse or PortalSuspended ends one statement. */
  | {
      readonly kind: 'complete';
      readonly reply: ExpectedReply<P, N>;
      readonly statementIndex: number;
      readonly how: 'complete' | 'empty' | 'suspended';
    }
  /** ErrorResponse. `discarded` are the requests that the server skips because of it, the failed one first. */
  | {
      readonly kind: 'error';
      readonly reply: ExpectedReply<P, N> | null;
      readonly discarded: readonly ExpectedReply<P, N>[];
    }
  /** ReadyForQuery. `failed`: an error was seen since the transaction began. */
  | { readonly kind: 'ready'; readonly reply: ExpectedReply<P, N>; readonly status: number; readonly failed: boolean }
  /** ParameterStatus, NoticeResponse or NotificationResponse: may come at any time. */
  | { readonly kind: 'asynchronous' };

/** The frequent ones are shared: no allocation per row. */
export const RELAY: { readonly kind: 'relay' } = { kind: 'relay' };
export const WITHHOLD: { readonly kind: 'withhold' } = { kind: 'withhold' };
export const ROW: { readonly kind: 'row' } = { kind: 'row' };
export const COPY_ROW: { readonly kind: 'copy-row' } = { kind: 'copy-row' };
export const COPY_DONE: { readonly kind: 'copy-done' } = { kind: 'copy-done' };
