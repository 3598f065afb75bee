import { ByteReader } from '@bailiwick/wire';
import { CANCEL_REQUEST_CODE, type CancelRequest, readCancelRequest } from './cancel-request.ts';
import { GSSENC_REQUEST_CODE, SSL_REQUEST_CODE } from './encryption-request.ts';
import { PROTOCOL_MAJOR, readStartupMessage, type StartupMessage } from './startup-message.ts';

/** What a client may send while there is no session: the packets without a type byte. */
export type StartupPacket =
  | { readonly kind: 'StartupMessage'; readonly message: StartupMessage }
  | { readonly kind: 'CancelRequest'; readonly message: CancelRequest }
  | { readonly kind: 'SSLRequest' }
  | { readonly kind: 'GSSENCRequest' };

/**
 * Decodes the body of a startup packet (the bytes after the length field, as `StartupDecoder` gives them).
 * @throws ProtocolError `unknown-message` for a code or major version that is not spoken here.
 */
export function decodeStartupPacket(body: Buffer): StartupPacket {
  const code = new ByteReader(body, 0, body.length, 'startup packet').uint32();
  const reader = (name: string): ByteReader => {
    const it = new ByteReader(body, 0, body.length, name);
    it.skip(4);
    return it;
  };
  switch (code) {
    case CANCEL_REQUEST_CODE:
      return { kind: 'CancelRequest', message: readCancelRequest(reader('CancelRequest')) };
    case SSL_REQUEST_CODE:
      reader('SSLRequest').expectEnd();
      return { kind: 'SSLRequest' };
    case GSSENC_REQUEST_CODE:
      reader('GSSENCRequest').expectEnd();
      return { kind: 'GSSENCRequest' };
    default:
      if (code >>> 16 !== PROTOCOL_MAJOR) {
        throw reader('startup packet').fault('neither a known request nor protocol 3', 'unknown-message');
      }
      return { kind: 'StartupMessage', message: readStartupMessage(reader('StartupMessage'), code & 0xffff) };
  }
}
