import type { Socket } from 'node:net';
import { type Clock, GatewayError, type Identity, type Telemetry } from '@bailiwick/domain';
import { type IdentityVerifier, TokenRejected } from '@bailiwick/identity';
import { decodePasswordMessage, encodeAuthenticationRequest } from '@bailiwick/postgres';
import { FrameDecoder, ProtocolError } from '@bailiwick/wire';
import type { HandshakeReader } from './handshake-reader.ts';

const PASSWORD_MESSAGE = 0x70;
/** A token of 60 KiB with its terminator (PG_MAX_AUTH_TOKEN_LENGTH is 65,535). */
const PASSWORD_BODY_LENGTH_MAX = 60 * 1024 + 1;

/** Who connected, and what they sent behind the password. */
export interface Authenticated {
  readonly identity: Identity;
  readonly rest: Buffer;
}

/**
 * Asks for the password, which is a JWT, and verifies it. Whoever calls has made sure that the socket is encrypted, or
 * that the listener is a loopback one without TLS. Throws `GatewayError('authentication-failed')`.
 */
export async function authenticateClient(
  socket: Socket,
  reader: HandshakeReader,
  early: Buffer,
  verifier: IdentityVerifier,
  clock: Clock,
  telemetry: Telemetry,
): Promise<Authenticated> {
  if (early.length > 0)
    throw new ProtocolError(
      'out-of-order',
      'StartupMessage',
      0,
      'bytes came behind it before a password was asked for',
    );
  socket.write(encodeAuthenticationRequest({ kind: 'CleartextPassword' }));
  const decoder = new FrameDecoder({
    bodyLengthMax: (type) => (type === PASSWORD_MESSAGE ? PASSWORD_BODY_LENGTH_MAX : -1),
  });
  while (!decoder.next()) decoder.push(await reader.read());
  const { password } = decodePasswordMessage(decoder.buffer.subarray(decoder.start + 5, decoder.end));
  if (decoder.bufferedBytes > 0)
    throw new ProtocolError('out-of-order', 'PasswordMessage', 0, 'bytes came behind it before it was accepted');
  const count = (outcome: string): void =>
    telemetry.count('auth_attempts_total', { protocol: 'postgres', method: 'jwt', outcome });
  try {
    const identity = await verifier.verify(password, 'wire', socket.remoteAddress ?? null);
    if (identity.expiresAt <= clock.now()) throw new TokenRejected('expired', 'the token has expired');
    count('ok');
    return { identity, rest: Buffer.alloc(0) };
  } catch (error) {
    if (!(error instanceof TokenRejected)) throw error;
    count(error.failure);
    throw new GatewayError(
      'authentication-failed',
      `the token was not accepted: ${error.message}`,
      'get a fresh token from your identity provider and put it into the password field',
    );
  }
}
