import type { ByteReader, ByteWriter } from '@bailiwick/wire';

const STATEMENT = 0x53; // S
const PORTAL = 0x50; // P

/** What Describe and Close name: a prepared statement or a portal; an empty name is the unnamed one. */
export interface NamedObject {
  readonly kind: 'statement' | 'portal';
  readonly name: string;
}

/** Reads a whole body of kind and name. @throws ProtocolError */
export function readNamedObject(reader: ByteReader): NamedObject {
  const code = reader.uint8();
  if (code !== STATEMENT && code !== PORTAL) throw reader.fault('neither a prepared statement nor a portal is named');
  const name = reader.cstring();
  reader.expectEnd();
  return { kind: code === STATEMENT ? 'statement' : 'portal', name };
}

/** Writes kind and name. */
export function writeNamedObject(writer: ByteWriter, object: NamedObject): ByteWriter {
  return writer.uint8(object.kind === 'statement' ? STATEMENT : PORTAL).cstring(object.name);
}
