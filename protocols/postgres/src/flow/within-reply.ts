import type { ExpectedReply } from './expected-reply.ts';
import { COPY_DONE, COPY_ROW, type ReplyOutcome, ROW } from './reply-outcome.ts';

/** The request is a statement that runs, and not one of those around it. */
export const isRunning = (reply: ExpectedReply<unknown, unknown>): boolean =>
  reply.request === 'query' || reply.request === 'execute';

/** ReadyForQuery answers the request itself, also after an error. */
export const endsWithReady = (reply: ExpectedReply<unknown, unknown>): boolean =>
  reply.request === 'query' || reply.request === 'function-call' || reply.request === 'sync';

/** The request asks what rows look like. */
export const isDescribe = (reply: ExpectedReply<unknown, unknown>): boolean =>
  reply.request === 'describe-statement' || reply.request === 'describe-portal';

/** What a server frame is that belongs to the head's answer and does not end it; null: it is none of those. */
export function withinReply<P, N>(head: ExpectedReply<P, N>, type: number): ReplyOutcome<P, N> | null {
  switch (type) {
    case 0x44: // DataRow
      if (head.phase === 'waiting' && head.request === 'execute') head.phase = 'rows';
      return head.phase === 'rows' ? ROW : null;
    case 0x64: // CopyData
      return head.phase === 'copy-out' ? COPY_ROW : null;
    case 0x63: // CopyDone
      if (head.phase !== 'copy-out') return null;
      head.phase = 'copied-out';
      return COPY_DONE;
    case 0x54: // RowDescription of a Query's rows
      return rowsBegin(head);
    case 0x74: // ParameterDescription
      if (head.request !== 'describe-statement' || head.described) return null;
      head.described = true;
      return { kind: 'parameter-description', reply: head };
    case 0x48: // CopyOutResponse
      if (!isRunning(head) || head.phase !== 'waiting') return null;
      head.phase = 'copy-out';
      return { kind: 'copy-out', reply: head };
    default:
      return null;
  }
}

function rowsBegin<P, N>(head: ExpectedReply<P, N>): ReplyOutcome<P, N> | null {
  if (head.request !== 'query' || (head.phase !== 'waiting' && head.phase !== 'rows')) return null;
  const again = head.phase === 'rows';
  head.phase = 'rows';
  return { kind: 'row-description', reply: head, again };
}
