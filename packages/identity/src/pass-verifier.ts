import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** RFC 7677's minimum, and PostgreSQL's default. The secrets are random, so that more would protect nothing. */
const ITERATIONS = 4096;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

const pbkdf2Async = promisify(pbkdf2);

/**
 * What is kept of a pass's secret (RFC 5802 section 3): enough to recognise it, in SCRAM-SHA-256 and in the clear, not
 * enough to use it. Methods that send the secret itself inside TLS, as MySQL's caching_sha2_password does in its full
 * form, need no more.
 */
export interface PassVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Makes verifiers. A pass's salt follows from its id, so that ids that do not exist have one, too, which never changes. */
export class PassVerifierMaker {
  readonly #saltKey: Buffer;

  /** @param saltKey secret: without it nobody tells the salt of a pass from that of none. */
  constructor(saltKey: Buffer) {
    this.#saltKey = saltKey;
  }

  /** Computed in the thread pool. The secret is ASCII, which SASLprep leaves as it is. */
  async of(id: string, secret: string): Promise<PassVerifier> {
    return derive(secret, this.#derived(id, 'salt').subarray(0, SALT_BYTES), ITERATIONS);
  }

  /** Of a pass that does not exist: looks like any other, and no secret fits it. */
  ofNobody(id: string): PassVerifier {
    return {
      salt: this.#derived(id, 'salt').subarray(0, SALT_BYTES),
      iterations: ITERATIONS,
      storedKey: this.#derived(id, 'stored key of nobody'),
      serverKey: this.#derived(id, 'server key of nobody'),
    };
  }

  #derived(id: string, purpose: string): Buffer {
    return createHmac('sha256', this.#saltKey).update(`${purpose} ${id}`).digest();
  }
}

/** Whether the secret is the one that the verifier was made of. Constant in time but for the derivation. */
export async function isSecretOf(verifier: PassVerifier, secret: string): Promise<boolean> {
  const { storedKey } = await derive(secret, verifier.salt, verifier.iterations);
  return timingSafeEqual(storedKey, verifier.storedKey);
}

async function derive(secret: string, salt: Buffer, iterations: number): Promise<PassVerifier> {
  const salted = await pbkdf2Async(secret, salt, iterations, KEY_BYTES, 'sha256');
  const keyed = (purpose: string): Buffer => createHmac('sha256', salted).update(purpose).digest();
  return {
    salt,
    iterations,
    storedKey: createHash('sha256').update(keyed('Client Key')).digest(),
    serverKey: keyed('Server Key'),
  };
}
