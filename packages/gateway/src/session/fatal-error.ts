import { GatewayError } from '@bailiwick/domain';
import { ValueError } from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';

/** Whatever went wrong as the last error of a session. @param peer who was being listened to when it did. */
export function fatalOf(error: unknown, peer: 'client' | 'upstream'): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof ProtocolError && peer === 'upstream')
    return new GatewayError('upstream-violation', `the database broke the protocol: ${error.message}`);
  // Its message names the type and the fault, never bytes.
  if (error instanceof ValueError && peer === 'upstream')
    return new GatewayError('upstream-violation', `a value that has to be masked is not of its type: ${error.message}`);
  if (error instanceof ProtocolError)
    return new GatewayError(
      error.code === 'too-large' ? 'too-large' : 'protocol-violation',
      error.message,
      'the connection cannot go on',
    );
  return new GatewayError('internal', 'the session met a fault of the gateway and was closed');
}
