import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

const OK = 0;
const CLEARTEXT_PASSWORD = 3;
const MD5_PASSWORD = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/**
 * Authentication* (B): what the server wants next from whoever connects, or that it is content. Kinds are the
 * specification's words without their common beginning. Buffers are views of the body when decoded.
 */
export type AuthenticationRequest =
  | { readonly kind: 'Ok' }
  | { readonly kind: 'CleartextPassword' }
  /** 4 bytes of salt. */
  | { readonly kind: 'MD5Password'; readonly salt: Buffer }
  /** In the server's order of preference. */
  | { readonly kind: 'SASL'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'SASLContinue'; readonly data: Buffer }
  | { readonly kind: 'SASLFinal'; readonly data: Buffer }
  /** KerberosV5, GSS, SSPI, or a code that is not known: its body is not looked at, and it cannot be encoded. */
  | { readonly kind: 'unsupported'; readonly code: number };

/** @throws ProtocolError */
export function decodeAuthenticationRequest(body: Buffer): AuthenticationRequest {
  const reader = new ByteReader(body, 0, body.length, 'AuthenticationRequest');
  const code = reader.int32();
  const request = readRequest(reader, code);
  if (request.kind !== 'unsupported') reader.expectEnd();
  return request;
}

function readRequest(reader: ByteReader, code: number): AuthenticationRequest {
  switch (code) {
    case OK:
      return { kind: 'Ok' };
    case CLEARTEXT_PASSWORD:
      return { kind: 'CleartextPassword' };
    case MD5_PASSWORD:
      return { kind: 'MD5Password', salt: reader.bytes(4) };
    case SASL: {
      const mechanisms: string[] = [];
      for (let name = reader.cstring(); name !== ''; name = reader.cstring()) mechanisms.push(name);
      return { kind: 'SASL', mechanisms };
    }
    case SASL_CONTINUE:
      return { kind: 'SASLContinue', data: reader.rest() };
    case SASL_FINAL:
      return { kind: 'SASLFinal', data: reader.rest() };
    default:
      return { kind: 'unsupported', code };
  }
}

/** The whole frame. */
export function encodeAuthenticationRequest(request: Exclude<AuthenticationRequest, { kind: 'unsupported' }>): Buffer {
  const writer = new ByteWriter('AuthenticationRequest', BACKEND.AuthenticationRequest);
  switch (request.kind) {
    case 'Ok':
      return writer.int32(OK).finish();
    case 'CleartextPassword':
      return writer.int32(CLEARTEXT_PASSWORD).finish();
    case 'MD5Password':
      if (request.salt.length !== 4) throw new RangeError('an MD5 salt has 4 bytes');
      return writer.int32(MD5_PASSWORD).bytes(request.salt).finish();
    case 'SASL':
      writer.int32(SASL);
      for (const name of request.mechanisms) writer.cstring(name);
      return writer.uint8(0).finish();
    case 'SASLContinue':
      return writer.int32(SASL_CONTINUE).bytes(request.data).finish();
    case 'SASLFinal':
      return writer.int32(SASL_FINAL).bytes(request.data).finish();
    default:
      return request satisfies never;
  }
}
