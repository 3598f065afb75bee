import type { FrontendMessageName } from './message-type.ts';
import { decodeBind } from './messages/bind.ts';
import { decodeBodyless } from './messages/bodyless.ts';
import { decodeClose } from './messages/close.ts';
import { decodeCopyFail } from './messages/copy-fail.ts';
import { decodeDescribe } from './messages/describe.ts';
import { decodeExecute } from './messages/execute.ts';
import { formatOf } from './messages/format-code.ts';
import { decodeFunctionCall } from './messages/function-call.ts';
import type { NamedObject } from './messages/named-object.ts';
import { decodeParse } from './messages/parse.ts';
import { decodeQuery } from './messages/query.ts';
import { describeValue, escapeText, quoteText } from './printable.ts';

const bodyless = (name: string) => (body: Buffer) => {
  decodeBodyless(name, body);
  return '';
};
const named = ({ kind, name }: NamedObject): string => `${kind} ${quoteText(name)}`;

function bindText(body: Buffer): string {
  const { portal, statement, parameters, parameterFormats } = decodeBind(body);
  const values = parameters.map((value, i) => describeValue(value, formatOf(parameterFormats, i) === 1));
  return `portal ${quoteText(portal)} of statement ${quoteText(statement)} (${values.join(', ')})`;
}

function parseText(body: Buffer): string {
  const { statement, sql, parameterTypeOids } = decodeParse(body);
  const types = parameterTypeOids.length === 0 ? '' : ` (types ${parameterTypeOids.join(', ')})`;
  return `statement ${quoteText(statement)}${types}: ${escapeText(sql)}`;
}

function functionCallText(body: Buffer): string {
  const { functionOid, arguments: values, argumentFormats } = decodeFunctionCall(body);
  const shown = values.map((value, i) => describeValue(value, formatOf(argumentFormats, i) === 1));
  return `function ${functionOid} (${shown.join(', ')})`;
}

function executeText(body: Buffer): string {
  const { portal, rowsMax } = decodeExecute(body);
  return `portal ${quoteText(portal)}${rowsMax > 0 ? `, at most ${rowsMax} rows` : ''}`;
}

/** Text for the body of each message that clients send. Each throws `ProtocolError` for a body that is not one. */
export const FRONTEND_TEXT: Readonly<Record<FrontendMessageName, (body: Buffer) => string>> = {
  Bind: bindText,
  Close: (body) => named(decodeClose(body)),
  CopyData: (body) => describeValue(body, false),
  CopyDone: bodyless('CopyDone'),
  CopyFail: (body) => quoteText(decodeCopyFail(body).reason),
  Describe: (body) => named(decodeDescribe(body)),
  Execute: executeText,
  Flush: bodyless('Flush'),
  FunctionCall: functionCallText,
  Parse: parseText,
  // A secret, or a proof made of one. A transcript must not hold it, and if it did, this must not print it.
  PasswordMessage: () => '(not shown)',
  Query: (body) => escapeText(decodeQuery(body).sql),
  Sync: bodyless('Sync'),
  Terminate: bodyless('Terminate'),
};
