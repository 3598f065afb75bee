import { type StatementReaders, utility } from './statement-readers.ts';

/** NOTIFY and LISTEN: what one session says to others, so no part of MISC (SEMANTICS 7). The payload is a literal. */
export const NOTIFICATION_STATEMENTS: StatementReaders<'NotifyStmt' | 'ListenStmt' | 'UnlistenStmt'> = {
  NotifyStmt: ({ conditionname = '' }) =>
    utility('NOTIFY', ['WRITE'], { flowTarget: { kind: 'notification', name: conditionname } }),
  ListenStmt: () => utility('LISTEN', ['WRITE']),
  UnlistenStmt: () => utility('UNLISTEN', ['MISC']),
};
