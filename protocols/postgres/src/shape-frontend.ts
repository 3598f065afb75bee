import type { FrontendMessageName } from './message-type.ts';
import { decodeBind } from './messages/bind.ts';
import { decodeBodyless } from './messages/bodyless.ts';
import { decodeClose } from './messages/close.ts';
import { decodeCopyFail } from './messages/copy-fail.ts';
import { decodeDescribe } from './messages/describe.ts';
import { decodeExecute } from './messages/execute.ts';
import { decodeFunctionCall } from './messages/function-call.ts';
import type { NamedObject } from './messages/named-object.ts';
import { decodeParse } from './messages/parse.ts';
import { decodeQuery } from './messages/query.ts';
import { quoteText } from './printable.ts';

/** The text without its literals. Throws where it has no such form. */
export type SafeSql = (sql: string) => string;

/** Stands for whatever could be a value. */
export const HIDDEN = '?';

const bodyless = (name: string) => (body: Buffer) => {
  decodeBodyless(name, body);
  return '';
};

/** A count and the items, as PQtrace prints lists. */
export const list = (items: readonly (string | number)[]): string => [items.length, ...items].join(' ');

const named = ({ kind, name }: NamedObject): string => `${kind === 'portal' ? 'P' : 'S'} ${quoteText(name)}`;

function sqlShape(sql: string, safeSql: SafeSql): string {
  try {
    return quoteText(safeSql(sql));
  } catch {
    return HIDDEN;
  }
}

function bindShape(body: Buffer): string {
  const { portal, statement, parameterFormats, parameters, resultFormats } = decodeBind(body);
  const names = `${quoteText(portal)} ${quoteText(statement)}`;
  return `${names} ${list(parameterFormats)} ${list(parameters.map(() => HIDDEN))} ${list(resultFormats)}`;
}

function parseShape(body: Buffer, safeSql: SafeSql): string {
  const { statement, sql, parameterTypeOids } = decodeParse(body);
  return `${quoteText(statement)} ${sqlShape(sql, safeSql)} ${list(parameterTypeOids)}`;
}

function functionCallShape(body: Buffer): string {
  const { functionOid, argumentFormats, arguments: values, resultFormat } = decodeFunctionCall(body);
  return `${functionOid} ${list(argumentFormats)} ${list(values.map(() => HIDDEN))} ${resultFormat}`;
}

function executeShape(body: Buffer): string {
  const { portal, rowsMax } = decodeExecute(body);
  return `${quoteText(portal)} ${rowsMax}`;
}

/** What may be shown of each message that clients send. Each throws `ProtocolError` for a body that is not one. */
export const FRONTEND_SHAPE: Readonly<Record<FrontendMessageName, (body: Buffer, safeSql: SafeSql) => string>> = {
  Bind: bindShape,
  Close: (body) => named(decodeClose(body)),
  CopyData: () => HIDDEN,
  CopyDone: bodyless('CopyDone'),
  CopyFail: (body) => {
    decodeCopyFail(body);
    return HIDDEN;
  },
  Describe: (body) => named(decodeDescribe(body)),
  Execute: executeShape,
  Flush: bodyless('Flush'),
  FunctionCall: functionCallShape,
  Parse: parseShape,
  PasswordMessage: () => HIDDEN,
  Query: (body, safeSql) => sqlShape(decodeQuery(body).sql, safeSql),
  Sync: bodyless('Sync'),
  Terminate: bodyless('Terminate'),
};
