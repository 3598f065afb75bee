import { FrameDecoder, ProtocolError } from '@bailiwick/wire';
import type { HandshakeReader } from './handshake-reader.ts';

/** PasswordMessage, SASLInitialResponse and SASLResponse share one type; which it is, the request before it says. */
const RESPONSE = 0x70;

/**
 * Reads the client's answer to an authentication request: the body, which is a copy of the caller's own.
 * @param messageName for errors. @param bodyLengthMax a longer body is refused before it is read.
 * @throws ProtocolError for any other message, and for bytes behind it: nobody may speak on before being answered.
 */
export async function readResponse(
  reader: HandshakeReader,
  messageName: string,
  bodyLengthMax: number,
): Promise<Buffer> {
  const decoder = new FrameDecoder({ bodyLengthMax: (type) => (type === RESPONSE ? bodyLengthMax : -1) });
  while (!decoder.next()) decoder.push(await reader.read());
  const body = Buffer.from(decoder.buffer.subarray(decoder.start + 5, decoder.end));
  if (decoder.bufferedBytes > 0)
    throw new ProtocolError('out-of-order', messageName, 0, 'bytes came behind it before it was answered');
  return body;
}
