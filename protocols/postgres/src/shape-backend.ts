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
import { decodeFunctionCallResponse } from './messages/function-call-response.ts';
import { decodeNegotiateProtocolVersion } from './messages/negotiate-protocol-version.ts';
import { decodeNoticeResponse } from './messages/notice-response.ts';
import { decodeNotificationResponse } from './messages/notification-response.ts';
import { decodeParameterDescription } from './messages/parameter-description.ts';
import { decodeParameterStatus } from './messages/parameter-status.ts';
import { decodeReadyForQuery } from './messages/ready-for-query.ts';
import { decodeRowDescription, type RowField } from './messages/row-description.ts';
import { quoteText } from './printable.ts';
import { HIDDEN, list } from './shape-frontend.ts';

/** Everything else in a tag, or a severity, or a code, would be somebody's own words. */
const COMMAND_TAG = /^[A-Z][A-Z ]{0,40}( \d{1,20}){0,2}$/;
const SEVERITY = /^(ERROR|FATAL|PANIC|WARNING|NOTICE|DEBUG|INFO|LOG)$/;
const SQL_STATE = /^[0-9A-Z]{5}$/;
const SETTING_NAME = /^[A-Za-z_][\w.]{0,62}$/;

const bodyless = (name: string) => (body: Buffer) => {
  decodeBodyless(name, body);
  return '';
};

const shown = (text: string, pattern: RegExp): string => (pattern.test(text) ? quoteText(text) : HIDDEN);

const copyShape = ({ format, columnFormats }: CopyFormat): string => `${format} ${list(columnFormats)}`;

/** Which fields there are, and of two of them what they say. */
function errorShape(fields: ErrorFields): string {
  const texts = [...fields].map(([letter, text]) => {
    const name = /^[A-Za-z]$/.test(letter) ? letter : HIDDEN;
    if (letter === ERROR_FIELD.sqlState) return `${name} ${shown(text, SQL_STATE)}`;
    return `${name} ${letter === ERROR_FIELD.severityNonlocalized ? shown(text, SEVERITY) : HIDDEN}`;
  });
  return texts.join(' ');
}

function authenticationShape(body: Buffer): string {
  const request = decodeAuthenticationRequest(body);
  if (request.kind === 'unsupported') return String(request.code);
  return request.kind === 'SASL' ? `SASL ${list(request.mechanisms.map(quoteText))}` : request.kind;
}

/** A name can be a value in disguise (`AS "123-45"`), so that places and types have to do. */
const fieldShape = ({ tableOid, attnum, typeOid, typeSize, typeModifier, format }: RowField): string =>
  `${HIDDEN} ${tableOid} ${attnum} ${typeOid} ${typeSize} ${typeModifier} ${format}`;

function checked(decode: (body: Buffer) => unknown): (body: Buffer) => string {
  return (body) => {
    decode(body);
    return HIDDEN;
  };
}

/** What may be shown of each message that databases send. Each throws `ProtocolError` for a body that is not one. */
export const BACKEND_SHAPE: Readonly<Record<BackendMessageName, (body: Buffer) => string>> = {
  AuthenticationRequest: authenticationShape,
  // Under protocol 3.0 the process id is half of what it takes to cancel.
  BackendKeyData: checked(decodeBackendKeyData),
  BindComplete: bodyless('BindComplete'),
  CloseComplete: bodyless('CloseComplete'),
  CommandComplete: (body) => shown(decodeCommandComplete(body).tag, COMMAND_TAG),
  CopyBothResponse: (body) => copyShape(decodeCopyBothResponse(body)),
  CopyData: () => HIDDEN,
  CopyDone: bodyless('CopyDone'),
  CopyInResponse: (body) => copyShape(decodeCopyInResponse(body)),
  CopyOutResponse: (body) => copyShape(decodeCopyOutResponse(body)),
  DataRow: (body) => list(decodeDataRow(body).map(() => HIDDEN)),
  EmptyQueryResponse: bodyless('EmptyQueryResponse'),
  ErrorResponse: (body) => errorShape(decodeErrorResponse(body).fields),
  FunctionCallResponse: checked(decodeFunctionCallResponse),
  NegotiateProtocolVersion: (body) => {
    const { protocolMinor, unknownOptions } = decodeNegotiateProtocolVersion(body);
    return `3.${protocolMinor} ${list(unknownOptions.map(() => HIDDEN))}`;
  },
  NoData: bodyless('NoData'),
  NoticeResponse: (body) => errorShape(decodeNoticeResponse(body).fields),
  NotificationResponse: checked(decodeNotificationResponse),
  ParameterDescription: (body) => list(decodeParameterDescription(body).typeOids),
  ParameterStatus: (body) => `${shown(decodeParameterStatus(body).name, SETTING_NAME)} ${HIDDEN}`,
  ParseComplete: bodyless('ParseComplete'),
  PortalSuspended: bodyless('PortalSuspended'),
  ReadyForQuery: (body) => decodeReadyForQuery(body).status,
  RowDescription: (body) => list(decodeRowDescription(body).fields.map(fieldShape)),
};
