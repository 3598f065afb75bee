import type { ByteReader, ByteWriter } from '@bailiwick/wire';

/** Letters of the fields of ErrorResponse and NoticeResponse ("Error and Notice Message Fields"). */
export const ERROR_FIELD = {
  /** Perhaps translated. */
  severity: 'S',
  /** Never translated. */
  severityNonlocalized: 'V',
  sqlState: 'C',
  message: 'M',
  detail: 'D',
  hint: 'H',
  /** 1-based, in characters. */
  position: 'P',
  internalPosition: 'p',
  internalQuery: 'q',
  where: 'W',
  schema: 's',
  table: 't',
  column: 'c',
  dataType: 'd',
  constraint: 'n',
  file: 'F',
  line: 'L',
  routine: 'R',
} as const;

/**
 * Text by field letter. Every field may be missing, letters that are not known are kept, and of a letter that is given
 * twice the last one counts. A server may speak before the client's encoding is agreed on, so text that is not UTF-8
 * is kept with replacement characters: it is there to be read, and what is relayed are the received bytes.
 */
export type ErrorFields = ReadonlyMap<string, string>;

/** Reads a whole body of fields. @throws ProtocolError */
export function readErrorFields(reader: ByteReader): ErrorFields {
  const fields = new Map<string, string>();
  for (let letter = reader.uint8(); letter !== 0; letter = reader.uint8()) {
    fields.set(String.fromCharCode(letter), reader.cstringBytes().toString('utf8'));
  }
  reader.expectEnd();
  return fields;
}

/** Writes fields in the map's order, and the terminator. */
export function writeErrorFields(writer: ByteWriter, fields: ErrorFields): ByteWriter {
  for (const [letter, text] of fields) {
    const code = letter.charCodeAt(0);
    if (letter.length !== 1 || code === 0) throw new RangeError('an error field has one letter');
    writer.uint8(code).cstring(text);
  }
  return writer.uint8(0);
}
