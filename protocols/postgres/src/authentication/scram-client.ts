import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ProtocolError } from '@bailiwick/wire';
import { AuthenticationError } from './authentication-error.ts';
import { normalisePassword } from './normalise-password.ts';

/** The mechanism's registered name (RFC 7677). */
export const SCRAM_SHA_256 = 'SCRAM-SHA-256';

/** GS2 header: no channel binding, no authorisation identity. */
const GS2_HEADER = 'n,,';
/** As many random bytes as libpq takes (SCRAM_RAW_NONCE_LEN). */
const NONCE_BYTES = 18;
/** The whole nonce; servers send about 48. Bounds what a hostile server can make us keep and hash. */
const NONCE_LENGTH_MAX = 256;
/** PostgreSQL's default is 4096. Bounds the time that a hostile server can take from the thread pool. */
const ITERATIONS_MAX = 1_000_000;
const KEY_BYTES = 32;

/** The server's first message: nonce, salt, iterations, and nothing more, as libpq reads it. */
const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9]\d{0,9})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const pbkdf2Async = promisify(pbkdf2);
const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** What a SCRAM exchange is made with. */
export interface ScramOptions {
  readonly password: string;
  /** PostgreSQL takes the name from the StartupMessage and ignores this one, so that it is empty as libpq's is. */
  readonly user?: string;
  /** Printable characters without a comma; random when not given. */
  readonly nonce?: string;
}

/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), one call for each message of the server, in order. Keys are
 * derived in the thread pool, so that connecting does not hold up other sessions.
 */
export class ScramClient {
  readonly #password: string;
  readonly #nonce: string;
  readonly #clientFirstBare: string;
  #step: 'first' | 'final' | 'verify' | 'verified' = 'first';
  #serverSignature: Buffer = Buffer.alloc(0);

  constructor(options: ScramOptions) {
    this.#password = options.password;
    this.#nonce = options.nonce ?? randomBytes(NONCE_BYTES).toString('base64');
    const user = (options.user ?? '').replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#clientFirstBare = `n=${user},r=${this.#nonce}`;
  }

  /** True once the server has proven that it knows the password's verifier. */
  get verified(): boolean {
    return this.#step === 'verified';
  }

  /** client-first-message, for SASLInitialResponse. */
  clientFirst(): Buffer {
    this.#advance('first', 'final');
    return Buffer.from(GS2_HEADER + this.#clientFirstBare);
  }

  /**
   * client-final-message in answer to server-first-message.
   * @throws ProtocolError for a message that is not one; AuthenticationError for a nonce or iteration count that is not
   * acceptable. No key is derived then.
   */
  async clientFinal(serverFirst: Buffer): Promise<Buffer> {
    this.#advance('final', 'verify');
    const serverFirstText = serverFirst.toString('latin1');
    const [, nonce, saltText, iterationsText] = SERVER_FIRST.exec(serverFirstText) ?? [];
    if (nonce === undefined || saltText === undefined || iterationsText === undefined) throw malformed('SASLContinue');
    if (nonce.length > NONCE_LENGTH_MAX || nonce.length <= this.#nonce.length || !nonce.startsWith(this.#nonce)) {
      throw new AuthenticationError('nonce-invalid', 'the server did not continue the nonce of the SCRAM exchange');
    }
    const iterations = Number(iterationsText);
    if (iterations > ITERATIONS_MAX) {
      throw new AuthenticationError('iterations-excessive', `the server wants more than ${ITERATIONS_MAX} iterations`);
    }
    const salt = decodeBase64(saltText, 'SASLContinue');
    const salted = await pbkdf2Async(normalisePassword(this.#password), salt, iterations, KEY_BYTES, 'sha256');
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const authMessage = `${this.#clientFirstBare},${serverFirstText},${withoutProof}`;
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return Buffer.from(`${withoutProof},p=${clientProof(salted, authMessage).toString('base64')}`);
  }

  /**
   * Checks server-final-message in constant time.
   * @throws ProtocolError for a message that is not one; AuthenticationError where the server reports an error or its
   * signature is another one.
   */
  verify(serverFinal: Buffer): void {
    if (this.#step !== 'verify' || this.#serverSignature.length === 0) throw outOfOrder();
    const text = serverFinal.toString('latin1');
    if (text.startsWith('e=')) {
      throw new AuthenticationError('server-rejected', 'the server reported an error of the SCRAM exchange');
    }
    if (!text.startsWith('v=')) throw malformed('SASLFinal');
    const signature = decodeBase64(text.slice(2), 'SASLFinal');
    if (signature.length !== KEY_BYTES) throw malformed('SASLFinal');
    if (!timingSafeEqual(signature, this.#serverSignature)) {
      throw new AuthenticationError('server-unproven', 'the server did not prove that it knows the credential');
    }
    this.#step = 'verified';
  }

  #advance(from: 'first' | 'final', to: 'final' | 'verify'): void {
    if (this.#step !== from) throw outOfOrder();
    this.#step = to;
  }
}

function clientProof(salted: Buffer, authMessage: string): Buffer {
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  const signature = hmac(storedKey, authMessage);
  return Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
}

function decodeBase64(text: string, messageName: string): Buffer {
  if (text === '' || !BASE64.test(text)) throw malformed(messageName);
  return Buffer.from(text, 'base64');
}

const malformed = (messageName: string): ProtocolError =>
  new ProtocolError('malformed', messageName, 4, 'not a message of SCRAM-SHA-256');
const outOfOrder = (): ProtocolError =>
  new ProtocolError('out-of-order', 'AuthenticationRequest', 0, 'the SCRAM exchange is at another step');
