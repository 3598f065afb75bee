import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';
import { type FormatCode, readFormatCodes, writeFormatCodes } from './format-code.ts';

/** Bind (F): makes a portal of a prepared statement and values for its parameters. */
export interface Bind {
  /** Empty: the unnamed portal. */
  readonly portal: string;
  /** Empty: the unnamed prepared statement. */
  readonly statement: string;
  /** None (all text), one for all, or one each; see `formatOf`. */
  readonly parameterFormats: readonly FormatCode[];
  /** Null is SQL NULL. Views of the body when decoded. */
  readonly parameters: readonly (Buffer | null)[];
  /** None (all text), one for all, or one for each result column. */
  readonly resultFormats: readonly FormatCode[];
}

/** @throws ProtocolError */
export function decodeBind(body: Buffer): Bind {
  const reader = new ByteReader(body, 0, body.length, 'Bind');
  const portal = reader.cstring();
  const statement = reader.cstring();
  const parameterFormats = readFormatCodes(reader);
  const parameters = readValues(reader);
  if (parameterFormats.length > 1 && parameterFormats.length !== parameters.length) {
    throw reader.fault('there are format codes for another number of parameters');
  }
  const resultFormats = readFormatCodes(reader);
  reader.expectEnd();
  return { portal, statement, parameterFormats, parameters, resultFormats };
}

/** A 16-bit count and as many values, each with its length before it; -1 is null. Views of the body. */
export function readValues(reader: ByteReader): (Buffer | null)[] {
  return Array.from({ length: reader.count16(4) }, () => {
    const length = reader.int32();
    return length === -1 ? null : reader.bytes(length);
  });
}

/** The whole frame. */
export function encodeBind(message: Bind): Buffer {
  const writer = new ByteWriter('Bind', FRONTEND.Bind).cstring(message.portal).cstring(message.statement);
  writeFormatCodes(writer, message.parameterFormats);
  writer.uint16(message.parameters.length);
  for (const parameter of message.parameters) writer.sized(parameter);
  writeFormatCodes(writer, message.resultFormats);
  return writer.finish();
}
