import { randomBytes, timingSafeEqual } from 'node:crypto';
import { PROTOCOL_MINOR_LONG_KEYS } from '@bailiwick/postgres';

/** The only length in protocol 3.0: with the process id 64 random bits (SEMANTICS 31). */
const SHORT_KEY_BYTES = 4;
/** MAX_CANCEL_KEY_LENGTH of PostgreSQL 18 (storage/procsignal.h). */
const LONG_KEY_BYTES = 32;

/** What a client must present to cancel. */
export interface CancelKey {
  /** Random like the secret, and no process of anything: the database's own id stays inside. */
  readonly processId: number;
  readonly secret: Buffer;
}

/** Cancel keys of live sessions. They are the gateway's own: the upstream's never reach a client. */
export class CancelRegistry {
  readonly #sessions = new Map<number, { readonly secret: Buffer; readonly cancel: () => void }>();

  /**
   * A fresh key; `cancel` is called for each request that presents it, until `release`.
   * @param protocolMinor what the client asked for, which says how long a key it can read.
   */
  issue(protocolMinor: number, cancel: () => void): CancelKey {
    let processId = 0;
    do processId = randomBytes(4).readInt32BE(0);
    while (processId === 0 || this.#sessions.has(processId));
    const secret = randomBytes(protocolMinor >= PROTOCOL_MINOR_LONG_KEYS ? LONG_KEY_BYTES : SHORT_KEY_BYTES);
    this.#sessions.set(processId, { secret, cancel });
    return { processId, secret };
  }

  release(key: CancelKey): void {
    this.#sessions.delete(key.processId);
  }

  /** Cancels what the key names. Says nothing about whether it named anything: nor does the server. */
  request(processId: number, secret: Buffer): void {
    const session = this.#sessions.get(processId);
    if (session === undefined || secret.length !== session.secret.length) return;
    if (timingSafeEqual(secret, session.secret)) session.cancel();
  }
}
