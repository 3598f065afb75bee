import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { PROTOCOL_MAJOR } from './startup-message.ts';

/** NegotiateProtocolVersion (B): the server speaks an older minor version, or does not know some protocol options. */
export interface NegotiateProtocolVersion {
  /** The newest minor version that it offers. */
  readonly protocolMinor: number;
  /** Full names (`_pq_.…`) of the options that it does not know. */
  readonly unknownOptions: readonly string[];
}

/**
 * The specification says that the number is a minor version; servers send major and minor in one, and so does this.
 * @throws ProtocolError
 */
export function decodeNegotiateProtocolVersion(body: Buffer): NegotiateProtocolVersion {
  const reader = new ByteReader(body, 0, body.length, 'NegotiateProtocolVersion');
  const version = reader.uint32();
  if (version >>> 16 !== PROTOCOL_MAJOR) throw reader.fault('the server offers another major version');
  const unknownOptions = Array.from({ length: reader.count32(1) }, () => reader.cstring());
  reader.expectEnd();
  return { protocolMinor: version & 0xffff, unknownOptions };
}

/** The whole frame. */
export function encodeNegotiateProtocolVersion(message: NegotiateProtocolVersion): Buffer {
  const writer = new ByteWriter('NegotiateProtocolVersion', BACKEND.NegotiateProtocolVersion);
  writer.uint16(PROTOCOL_MAJOR).uint16(message.protocolMinor).int32(message.unknownOptions.length);
  for (const option of message.unknownOptions) writer.cstring(option);
  return writer.finish();
}
