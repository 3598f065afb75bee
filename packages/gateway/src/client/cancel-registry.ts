import { randomBytes, timingSafeEqual } from 'node:crypto';

/** What a client must present to cancel: 64 random bits under protocol 3.0, process id and secret together (SEMANTICS 31). */
export interface CancelKey {
  readonly processId: number;
  readonly secret: Buffer;
}

/** Cancel keys of live sessions. They are the gateway's own: the upstream's never reach a client. */
export class CancelRegistry {
  readonly #sessions = new Map<number, { readonly secret: Buffer; readonly cancel: () => void }>();

  /** A fresh key; `cancel` is called for each request that presents it, until `release`. */
  issue(cancel: () => void): CancelKey {
    let processId = 0;
    do processId = randomBytes(4).readInt32BE(0);
    while (processId === 0 || this.#sessions.has(processId));
    const secret = randomBytes(4);
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
