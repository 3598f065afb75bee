import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';
import { readValues } from './bind.ts';
import { type FormatCode, readFormatCode, readFormatCodes, writeFormatCodes } from './format-code.ts';

/** FunctionCall (F): calls a function by its oid, with no text for a parser. Whoever relays it has judged that function. */
export interface FunctionCall {
  readonly functionOid: number;
  readonly argumentFormats: readonly FormatCode[];
  /** Null is SQL NULL. Views of the body when decoded. */
  readonly arguments: readonly (Buffer | null)[];
  readonly resultFormat: FormatCode;
}

/** @throws ProtocolError */
export function decodeFunctionCall(body: Buffer): FunctionCall {
  const reader = new ByteReader(body, 0, body.length, 'FunctionCall');
  const functionOid = reader.uint32();
  const argumentFormats = readFormatCodes(reader);
  const values = readValues(reader);
  if (argumentFormats.length > 1 && argumentFormats.length !== values.length) {
    throw reader.fault('there are format codes for another number of arguments');
  }
  const resultFormat = readFormatCode(reader);
  reader.expectEnd();
  return { functionOid, argumentFormats, arguments: values, resultFormat };
}

/** The whole frame. */
export function encodeFunctionCall(message: FunctionCall): Buffer {
  const writer = new ByteWriter('FunctionCall', FRONTEND.FunctionCall).uint32(message.functionOid);
  writeFormatCodes(writer, message.argumentFormats);
  writer.uint16(message.arguments.length);
  for (const value of message.arguments) writer.sized(value);
  return writer.int16(message.resultFormat).finish();
}
