import { ProtocolError } from '@bailiwick/wire';
import {
  encodeNegotiateProtocolVersion,
  type NegotiateProtocolVersion,
} from './messages/negotiate-protocol-version.ts';
import type { StartupMessage } from './messages/startup-message.ts';

/** The newest minor version of protocol 3 that is spoken here, as client and as server: 3.2 of PostgreSQL 18. */
export const PROTOCOL_MINOR_LATEST = 2;
/** From this minor version on a cancel key may be longer than 4 bytes. */
export const PROTOCOL_MINOR_LONG_KEYS = 2;

/**
 * What a server says to a StartupMessage before it asks for anything (ProcessStartupPacket in backend_startup.c): that it
 * speaks an older minor version than was asked for, or does not know protocol options; it knows none. Null: nothing.
 * A client is never offered a later version than its own.
 */
export function negotiateVersion({ protocolMinor, protocolOptions }: StartupMessage): Buffer | null {
  if (protocolMinor <= PROTOCOL_MINOR_LATEST && protocolOptions.size === 0) return null;
  return encodeNegotiateProtocolVersion({
    protocolMinor: Math.min(protocolMinor, PROTOCOL_MINOR_LATEST),
    unknownOptions: [...protocolOptions.keys()],
  });
}

/**
 * The minor version that a server settles on when it answers a StartupMessage that asked for `asked` and for no protocol
 * options. As strict as libpq 18 (pqGetNegotiateProtocolVersion3): it must be an older one, and nothing else.
 * @throws ProtocolError
 */
export function settledVersion(asked: number, answer: NegotiateProtocolVersion): number {
  const fault = (reason: string): ProtocolError =>
    new ProtocolError('out-of-order', 'NegotiateProtocolVersion', 0, reason);
  if (answer.protocolMinor >= asked) throw fault('the server asks for no older version');
  if (answer.unknownOptions.length > 0) throw fault('the server refuses options that were not asked for');
  return answer.protocolMinor;
}
