import type { EpochMs } from './clock.ts';
import type { Identity } from './identity.ts';

export type Protocol = 'postgres' | 'mysql';

/** One identity's use of one connection. */
export interface SessionInfo {
  /** `ses_` and lower-case letters and digits. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly datasource: string;
  readonly identity: Identity;
  /** Database role in use upstream. */
  readonly role: string;
  /** The client's address as seen on the socket. */
  readonly clientAddress: string;
  /** application_name as the client sent it; attribution only, never policy by itself. */
  readonly application: string;
  readonly startedAt: EpochMs;
}

/** What the admin API sees of live sessions: implemented by the gateway, which admin never imports. */
export interface SessionDirectory {
  live(): readonly SessionInfo[];
  /** Ends a session with 57P01. False: no such live session. */
  kill(id: string, by: string): boolean;
}
