/**
 * Why the gateway broke an authentication off, though every message was well-formed:
 * - `method-unsupported`: the server wants what we do not speak;
 * - `cleartext-off-tls`: the server asks for the password itself on a leg that anyone can read;
 * - `nonce-invalid`: the server's nonce does not continue ours, or is longer than any server's;
 * - `iterations-excessive`: the server would have us compute for too long;
 * - `server-rejected`: the server reported an error of the mechanism;
 * - `server-unproven`: the server could not prove that it knows the password's verifier: not the server it claims to be;
 * - `client-unproven`: the client could not prove that it knows the password;
 * - `channel-binding-wrong`: the client's end of the channel is another one: somebody stands between;
 * - `channel-binding-downgrade`: the client was told that there is no channel binding, though it was offered.
 */
export type AuthenticationFailure =
  | 'method-unsupported'
  | 'cleartext-off-tls'
  | 'nonce-invalid'
  | 'iterations-excessive'
  | 'server-rejected'
  | 'server-unproven'
  | 'client-unproven'
  | 'channel-binding-wrong'
  | 'channel-binding-downgrade';

/** Ends a connection on either leg. The message is constant words: nothing of the secret nor of what the peer sent. */
export class AuthenticationError extends Error {
  readonly failure: AuthenticationFailure;

  constructor(failure: AuthenticationFailure, message: string) {
    super(message);
    this.name = 'AuthenticationError';
    this.failure = failure;
  }
}
