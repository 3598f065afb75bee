import { ProtocolError } from '@bailiwick/wire';
import type { AuthenticationRequest } from '../messages/authentication-request.ts';
import { encodePasswordMessage } from '../messages/password-message.ts';
import { encodeSaslInitialResponse } from '../messages/sasl-initial-response.ts';
import { encodeSaslResponse } from '../messages/sasl-response.ts';
import { AuthenticationError } from './authentication-error.ts';
import { md5Password } from './md5-password.ts';
import { SCRAM_SHA_256, ScramClient } from './scram-client.ts';

/** How the gateway presents itself to a database. */
export interface UpstreamAuthenticationOptions {
  /** As in the StartupMessage. */
  readonly user: string;
  readonly password: string;
  /** The leg is on TLS with a verified peer: the only case in which the password itself may be sent. */
  readonly encrypted: boolean;
  /** For tests against published vectors; random when not given. */
  readonly nonce?: string;
}

type State =
  | 'unasked'
  | 'password-sent'
  | 'scram-first'
  | 'scram-final'
  | 'scram-verified'
  | 'authenticated'
  | 'answering';

/**
 * The client's side of authentication, for the leg between gateway and database. Feed it each AuthenticationRequest and
 * send what it answers until `authenticated`. An AuthenticationOk counts only where it may come: before any challenge (the
 * database trusts the address), after a password, or after the server's SCRAM signature was verified, never in between.
 */
export class UpstreamAuthentication {
  readonly #options: UpstreamAuthenticationOptions;
  readonly #scram: ScramClient;
  #state: State = 'unasked';
  /** Stays: an answer that was under way when something else failed must not bring the exchange back to life. */
  #failed = false;

  constructor(options: UpstreamAuthenticationOptions) {
    this.#options = options;
    const { password, nonce } = options;
    this.#scram = new ScramClient(nonce === undefined ? { password } : { password, nonce });
  }

  /** True once the database has accepted us, and proven itself where the method can. */
  get authenticated(): boolean {
    return this.#state === 'authenticated' && !this.#failed;
  }

  /**
   * The frame to send in answer, or null where none is due. Wait for one answer before asking for the next.
   * @throws ProtocolError `out-of-order` or `malformed`; AuthenticationError. After either it never authenticates.
   */
  async answer(request: AuthenticationRequest): Promise<Buffer | null> {
    const state = this.#failed ? 'answering' : this.#state;
    this.#state = 'answering';
    try {
      const [next, frame] = await this.#step(state, request);
      this.#state = next;
      return frame;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async #step(state: State, request: AuthenticationRequest): Promise<readonly [State, Buffer | null]> {
    switch (request.kind) {
      case 'Ok':
        expectState(state, 'unasked', 'password-sent', 'scram-verified');
        return ['authenticated', null];
      case 'CleartextPassword':
        expectState(state, 'unasked');
        return ['password-sent', this.#cleartext()];
      case 'MD5Password': {
        expectState(state, 'unasked');
        const { user, password } = this.#options;
        return ['password-sent', encodePasswordMessage({ password: md5Password(user, password, request.salt) })];
      }
      case 'SASL':
        expectState(state, 'unasked');
        return ['scram-first', this.#saslInitial(request.mechanisms)];
      case 'SASLContinue':
        expectState(state, 'scram-first');
        return ['scram-final', encodeSaslResponse({ data: await this.#scram.clientFinal(request.data) })];
      case 'SASLFinal':
        expectState(state, 'scram-final');
        this.#scram.verify(request.data);
        return ['scram-verified', null];
      case 'unsupported':
        throw new AuthenticationError('method-unsupported', `the server wants authentication method ${request.code}`);
      default:
        return request satisfies never;
    }
  }

  #cleartext(): Buffer {
    if (!this.#options.encrypted) {
      throw new AuthenticationError(
        'cleartext-off-tls',
        'the server asks for the password itself on a leg without TLS',
      );
    }
    return encodePasswordMessage({ password: this.#options.password });
  }

  #saslInitial(mechanisms: readonly string[]): Buffer {
    if (!mechanisms.includes(SCRAM_SHA_256)) {
      throw new AuthenticationError('method-unsupported', 'the server offers no SASL mechanism that is spoken here');
    }
    return encodeSaslInitialResponse({ mechanism: SCRAM_SHA_256, data: this.#scram.clientFirst() });
  }
}

function expectState(state: State, ...allowed: readonly State[]): void {
  if (!allowed.includes(state)) {
    throw new ProtocolError('out-of-order', 'AuthenticationRequest', 0, 'the exchange is at another step');
  }
}
