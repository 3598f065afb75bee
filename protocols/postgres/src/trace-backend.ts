import type { BackendMessageName } from './message-type.ts';
import { decodeAuthenticationRequest } from './messages/authentication-request.ts';
import { decodeBackendKeyData } from './messages/backend-key-data.ts';
import { decodeBodyless } from './messages/bodyless.ts';
import { decodeCommandComplete } from './messages/command-complete.ts';
import { decodeCopyBothResponse } from './messages/copy-both-response.ts';
import type { CopyFormat } from './messages/copy-format.ts';
import { decodeCopyInResponse } from './messages/copy-in-response.ts';
import { decodeCopyOutResponse } from './messages/copy-out-response.ts';
import { decodeDataRow } from './messages/data-row.ts';
import { ERROR_FIELD, type ErrorFields } from './messages/error-fields.ts';
import { decodeErrorResponse } from './messages/error-response.ts';
import type { FormatCode } from './messages/format-code.ts';
import { decodeFunctionCallResponse } from './messages/function-call-response.ts';
import { decodeNegotiateProtocolVersion } from './messages/negotiate-protocol-version.ts';
import { decodeNoticeResponse } from './messages/notice-response.ts';
import { decodeNotificationResponse } from './messages/notification-response.ts';
import { decodeParameterDescription } from './messages/parameter-description.ts';
import { decodeParameterStatus } from './messages/parameter-status.ts';
import { decodeReadyForQuery } from './messages/ready-for-query.ts';
import { decodeRowDescription } from './messages/row-description.ts';
import { describeValue, escapeText, quoteText } from './printable.ts';

/** What one frame tells about the frames after it. */
export interface TraceContext {
  /** The formats of the last RowDescription; null: none was seen, or a result ended since. */
  rowFormats: readonly FormatCode[] | null;
}

const STATUS = { I: 'idle', T: 'in transaction', E: 'in failed transaction' } as const;

const bodyless = (name: string) => (body: Buffer) => {
  decodeBodyless(name, body);
  return '';
};

const copyText = ({ format, columnFormats }: CopyFormat): string =>
  `${format === 1 ? 'binary' : 'text'}, ${columnFormats.length} columns`;

function errorText(fields: ErrorFields): string {
  const severity = fields.get(ERROR_FIELD.severityNonlocalized) ?? fields.get(ERROR_FIELD.severity) ?? '?';
  const sqlState = fields.get(ERROR_FIELD.sqlState) ?? '?';
  return `${escapeText(severity)} ${escapeText(sqlState)} ${quoteText(fields.get(ERROR_FIELD.message) ?? '')}`;
}

function authenticationText(body: Buffer): string {
  const request = decodeAuthenticationRequest(body);
  if (request.kind === 'SASL') return `SASL ${request.mechanisms.map(quoteText).join(', ')}`;
  return request.kind === 'unsupported' ? `unsupported ${request.code}` : request.kind;
}

function rowDescriptionText(body: Buffer, context: TraceContext): string {
  const { fields } = decodeRowDescription(body);
  context.rowFormats = fields.map((field) => field.format);
  return fields.map((field) => quoteText(field.name)).join(', ');
}

function dataRowText(body: Buffer, context: TraceContext): string {
  return decodeDataRow(body)
    .map((cell, i) => describeValue(cell, context.rowFormats?.[i] === 1))
    .join(', ');
}

function notificationText(body: Buffer): string {
  const { processId, channel, payload } = decodeNotificationResponse(body);
  return `${quoteText(channel)} from ${processId}: ${quoteText(payload)}`;
}

/** Ends a result: what comes next has a description of its own. */
const ending =
  (text: (body: Buffer) => string) =>
  (body: Buffer, context: TraceContext): string => {
    context.rowFormats = null;
    return text(body);
  };

/** Text for the body of each message that databases send. Each throws `ProtocolError` for a body that is not one. */
export const BACKEND_TEXT: Readonly<Record<BackendMessageName, (body: Buffer, context: TraceContext) => string>> = {
  AuthenticationRequest: authenticationText,
  // Both halves: under protocol 3.0 the process id is one of what it takes to cancel.
  BackendKeyData: (body) => {
    decodeBackendKeyData(body);
    return '(not shown)';
  },
  BindComplete: bodyless('BindComplete'),
  CloseComplete: bodyless('CloseComplete'),
  CommandComplete: ending((body) => escapeText(decodeCommandComplete(body).tag)),
  CopyBothResponse: (body) => copyText(decodeCopyBothResponse(body)),
  CopyData: (body) => describeValue(body, false),
  CopyDone: bodyless('CopyDone'),
  CopyInResponse: (body) => copyText(decodeCopyInResponse(body)),
  CopyOutResponse: (body) => copyText(decodeCopyOutResponse(body)),
  DataRow: dataRowText,
  EmptyQueryResponse: bodyless('EmptyQueryResponse'),
  ErrorResponse: ending((body) => errorText(decodeErrorResponse(body).fields)),
  FunctionCallResponse: (body) => describeValue(decodeFunctionCallResponse(body).value, false),
  NegotiateProtocolVersion: (body) => {
    const { protocolMinor, unknownOptions } = decodeNegotiateProtocolVersion(body);
    return [`3.${protocolMinor}`, ...unknownOptions.map(quoteText)].join(', ');
  },
  NoData: bodyless('NoData'),
  NoticeResponse: (body) => errorText(decodeNoticeResponse(body).fields),
  NotificationResponse: notificationText,
  ParameterDescription: (body) => `types ${decodeParameterDescription(body).typeOids.join(', ')}`,
  ParameterStatus: (body) => {
    const { name, value } = decodeParameterStatus(body);
    return `${escapeText(name)} = ${quoteText(value)}`;
  },
  ParseComplete: bodyless('ParseComplete'),
  PortalSuspended: bodyless('PortalSuspended'),
  ReadyForQuery: (body) => STATUS[decodeReadyForQuery(body).status],
  RowDescription: rowDescriptionText,
};
