import { ByteWriter } from '@bailiwick/wire';

// SSLRequest and GSSENCRequest (F): packets of nothing but a code. Answered by one byte, before any message.

/** Stands where a StartupMessage has its version: 1234 and 5679. */
export const SSL_REQUEST_CODE = 80_877_103;
/** 1234 and 5680. */
export const GSSENC_REQUEST_CODE = 80_877_104;

/** The byte that accepts an SSLRequest: the client begins a TLS handshake next. */
export const ENCRYPTION_ACCEPTED = 'S';
/** The byte that declines an SSLRequest or a GSSENCRequest: the client goes on in clear, or leaves. */
export const ENCRYPTION_DECLINED = 'N';

/** The whole packet. */
export function encodeSslRequest(): Buffer {
  return new ByteWriter('SSLRequest', null).uint32(SSL_REQUEST_CODE).finish();
}

/** The whole packet. */
export function encodeGssencRequest(): Buffer {
  return new ByteWriter('GSSENCRequest', null).uint32(GSSENC_REQUEST_CODE).finish();
}
