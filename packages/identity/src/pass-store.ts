import type { EpochMs } from '@bailiwick/domain';
import type { Pass, StoredPass } from './pass.ts';

/** Which passes, newest first. */
export interface PassFilter {
  readonly identityKey?: string;
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly after?: string;
}

/** Where passes are kept. Asynchronous, because a fleet shares one elsewhere. Every change is durable when it resolves. */
export interface PassStore {
  insert(stored: StoredPass): Promise<void>;
  /** Null: there is none. Rejects where what is stored was changed by other hands. */
  get(id: string): Promise<StoredPass | null>;
  list(filter: PassFilter): Promise<readonly Pass[]>;
  /** Passes of an identity that are neither expired nor revoked. */
  countActive(identityKey: string, now: EpochMs): Promise<number>;
  /** Marks it as revoked, once; null: there is none. */
  revoke(id: string, at: EpochMs): Promise<Pass | null>;
  /** Forgets those that expired before a time. */
  forgetExpired(before: EpochMs): Promise<void>;
  close(): Promise<void>;
}
