import { type ByteReader, ByteWriter, STARTUP_BODY_LENGTH_MAX } from '@bailiwick/wire';

/** The only major version of the protocol that is spoken here. */
export const PROTOCOL_MAJOR = 3;
/** Parameters whose names begin so are options of the protocol, not settings of the database. */
const PROTOCOL_OPTION_PREFIX = '_pq_.';

/** StartupMessage (F): opens a session. Has no type byte; the version stands where other requests have their code. */
export interface StartupMessage {
  /** As asked for: 0 for protocol 3.0, 2 for 3.2. The layout is the same for all; answering is the caller's. */
  readonly protocolMinor: number;
  /** `user`, `database`, `options`, `replication`, and run-time settings, as written. Names differ in more than case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Protocol options with their full names (`_pq_.…`). */
  readonly protocolOptions: ReadonlyMap<string, string>;
}

/**
 * Reads what follows the version number. Malformed, where the server would take one of several readings: a name given
 * twice (settings are compared without case), no terminator, bytes behind it.
 * @throws ProtocolError
 */
export function readStartupMessage(reader: ByteReader, protocolMinor: number): StartupMessage {
  const parameters = new Map<string, string>();
  const protocolOptions = new Map<string, string>();
  const seen = new Set<string>();
  for (let name = reader.cstring(); name !== ''; name = reader.cstring()) {
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw reader.fault('a parameter is given twice');
    seen.add(folded);
    (name.startsWith(PROTOCOL_OPTION_PREFIX) ? protocolOptions : parameters).set(name, reader.cstring());
  }
  reader.expectEnd();
  return { protocolMinor, parameters, protocolOptions };
}

/** The whole packet: parameters first, then options. @throws ProtocolError for text that would inject a parameter. */
export function encodeStartupMessage(message: StartupMessage): Buffer {
  const writer = new ByteWriter('StartupMessage', null, 4 + STARTUP_BODY_LENGTH_MAX);
  writer.uint16(PROTOCOL_MAJOR).uint16(message.protocolMinor);
  for (const [name, value] of [...message.parameters, ...message.protocolOptions]) {
    if (name === '') throw new RangeError('a startup parameter needs a name');
    writer.cstring(name).cstring(value);
  }
  return writer.uint8(0).finish();
}
