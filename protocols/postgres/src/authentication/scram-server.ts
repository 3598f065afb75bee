import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '@bailiwick/wire';
import { AuthenticationError } from './authentication-error.ts';
import { SCRAM_SHA_256 } from './scram-client.ts';

/** The mechanism's name where the channel is bound (RFC 5802 section 6). */
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';

/** libpq's own bound on what the other side may send (PG_MAX_SASL_MESSAGE_LENGTH). */
export const SCRAM_MESSAGE_LENGTH_MAX = 1024;

const NONCE_BYTES = 18;
const KEY_BYTES = 32;
/** A client's part of the nonce; libpq's has 24 characters. */
const CLIENT_NONCE_LENGTH_MAX = 256;
const BINDING_TYPE = 'tls-server-end-point';

/** gs2-header, then a name that PostgreSQL does not look at, a nonce, and extensions that nobody knows. */
const CLIENT_FIRST =
  /^(?<gs2>(?<flag>n|y|p=(?<binding>[A-Za-z0-9.-]+)),(?<authzid>[^,]*),)(?<bare>n=[^,]*,r=(?<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*)$/;
const CLIENT_FINAL =
  /^(?<withoutProof>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-oq-z]=[^,]*)*),p=(?<proof>[A-Za-z0-9+/]{43}=)$/;

/** What a server keeps of a password (RFC 5802 section 3): enough to recognise it, not to use it. */
export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  /** 32 bytes each. */
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** What a SCRAM exchange is made with. */
export interface ScramServerOptions {
  readonly verifier: ScramVerifier;
  /** `tls-server-end-point` of the server's certificate (RFC 5929 section 4). Null: the channel cannot be bound. */
  readonly channelBinding: Buffer | null;
  /** The server's part of the nonce: printable characters without a comma; random when not given. */
  readonly nonce?: string;
}

/** The mechanisms to offer, in order of preference. */
export function scramMechanisms(channelBinding: Buffer | null): readonly string[] {
  return channelBinding === null ? [SCRAM_SHA_256] : [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];
}

/**
 * The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), one call for each message of the
 * client, in order; pure but for the nonce. Refuses what PostgreSQL's own server refuses (auth-scram.c). For a user who
 * does not exist, give it a verifier that no password has: the exchange goes the same way and fails at the proof.
 */
export class ScramServer {
  readonly #verifier: ScramVerifier;
  readonly #channelBinding: Buffer | null;
  readonly #ownNonce: string;
  #step: 'first' | 'final' | 'over' = 'first';
  #bound = false;
  #gs2 = '';
  #nonce = '';
  /** client-first-message-bare and server-first-message, as the proof covers them. */
  #said = '';

  constructor(options: ScramServerOptions) {
    this.#verifier = options.verifier;
    this.#channelBinding = options.channelBinding;
    this.#ownNonce = options.nonce ?? randomBytes(NONCE_BYTES).toString('base64');
  }

  /** Whether the exchange binds the channel. Known after the client's first message. */
  get bound(): boolean {
    return this.#bound;
  }

  /**
   * server-first-message in answer to SASLInitialResponse.
   * @throws ProtocolError for a mechanism that was not offered and for a message that is not one; AuthenticationError for
   * a client that was made to believe that no channel binding is offered.
   */
  serverFirst(mechanism: string, clientFirst: Buffer): Buffer {
    if (this.#step !== 'first') throw outOfOrder();
    this.#step = 'over';
    if (!scramMechanisms(this.#channelBinding).includes(mechanism))
      throw malformed('SASLInitialResponse', 'the mechanism was not offered');
    const { gs2 = '', flag, binding, authzid, bare = '', nonce = '' } = groups(CLIENT_FIRST, clientFirst) ?? {};
    if (flag === undefined) throw malformed('SASLInitialResponse', 'not a first message of SCRAM');
    if (authzid !== '') throw malformed('SASLInitialResponse', 'an authorisation identity is not supported');
    if (nonce.length > CLIENT_NONCE_LENGTH_MAX) throw malformed('SASLInitialResponse', 'the nonce is too long');
    this.#bound = mechanism === SCRAM_SHA_256_PLUS;
    this.#checkFlag(flag, binding);
    this.#gs2 = gs2;
    this.#nonce = nonce + this.#ownNonce;
    const { salt, iterations } = this.#verifier;
    const serverFirst = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#said = `${bare},${serverFirst}`;
    this.#step = 'final';
    return Buffer.from(serverFirst, 'latin1');
  }

  /**
   * server-final-message in answer to SASLResponse: the client has proven that it knows the password.
   * @throws ProtocolError for a message that is not one; AuthenticationError where the channel is another one or the
   * proof does not hold.
   */
  serverFinal(clientFinal: Buffer): Buffer {
    if (this.#step !== 'final') throw outOfOrder();
    this.#step = 'over';
    const { withoutProof, binding = '', nonce = '', proof = '' } = groups(CLIENT_FINAL, clientFinal) ?? {};
    if (withoutProof === undefined) throw malformed('SASLResponse', 'not a final message of SCRAM');
    if (!same(Buffer.from(nonce, 'latin1'), Buffer.from(this.#nonce, 'latin1')))
      throw malformed('SASLResponse', 'the nonce is not that of the exchange');
    const expected = Buffer.concat([
      Buffer.from(this.#gs2, 'latin1'),
      this.#bound && this.#channelBinding !== null ? this.#channelBinding : Buffer.alloc(0),
    ]);
    if (binding !== expected.toString('base64'))
      throw new AuthenticationError('channel-binding-wrong', 'the channel binding does not match this connection');
    const said = `${this.#said},${withoutProof}`;
    this.#verify(said, Buffer.from(proof, 'base64'));
    return Buffer.from(`v=${hmac(this.#verifier.serverKey, said).toString('base64')}`, 'latin1');
  }

  /** The flag of the gs2-header (RFC 5802 section 6): what the client thinks of channel binding. */
  #checkFlag(flag: string, binding: string | undefined): void {
    if (this.#bound) {
      if (binding !== BINDING_TYPE)
        throw malformed('SASLInitialResponse', `the channel is bound by ${BINDING_TYPE} or not at all`);
    } else if (binding !== undefined) {
      throw malformed('SASLInitialResponse', 'the mechanism binds no channel');
    } else if (flag === 'y' && this.#channelBinding !== null) {
      throw new AuthenticationError('channel-binding-downgrade', 'channel binding was offered, and you were not told');
    }
  }

  #verify(said: string, proof: Buffer): void {
    const { storedKey } = this.#verifier;
    const signature = hmac(storedKey, said);
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    const computed = createHash('sha256').update(clientKey).digest();
    if (proof.length !== KEY_BYTES || !same(computed, storedKey))
      throw new AuthenticationError('client-unproven', 'the proof does not hold: another password');
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();

const same = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

/** Latin-1 keeps every byte, so that what the proof covers is what was sent. */
function groups(pattern: RegExp, message: Buffer): Readonly<Record<string, string | undefined>> | undefined {
  if (message.length > SCRAM_MESSAGE_LENGTH_MAX) return undefined;
  return pattern.exec(message.toString('latin1'))?.groups;
}

const malformed = (messageName: string, why: string): ProtocolError =>
  new ProtocolError('malformed', messageName, 0, why);
const outOfOrder = (): ProtocolError =>
  new ProtocolError('out-of-order', 'SASLResponse', 0, 'the SCRAM exchange is at another step');
