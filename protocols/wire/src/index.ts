export { ByteReader } from './byte-reader.ts';
export { ByteWriter, FRAME_LENGTH_MAX } from './byte-writer.ts';
export { FRAME_HEADER_LENGTH, FrameDecoder, type FrameDecoderOptions } from './frame-decoder.ts';
export { canonicalIpAddress } from './ip-address.ts';
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
export { type ProxyHeader, ProxyHeaderDecoder } from './proxy-header.ts';
export { STARTUP_BODY_LENGTH_MAX, StartupDecoder } from './startup-decoder.ts';
