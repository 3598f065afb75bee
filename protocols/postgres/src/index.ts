export { AuthenticationError, type AuthenticationFailure } from './authentication/authentication-error.ts';
export {
  type BearerAdvice,
  type BearerResponse,
  checkBearerFailureAcknowledged,
  decodeBearerResponse,
  encodeBearerFailure,
  OAUTHBEARER,
  OAUTHBEARER_MESSAGE_LENGTH_MAX,
} from './authentication/oauthbearer.ts';
export {
  SCRAM_MESSAGE_LENGTH_MAX,
  ScramServer,
  type ScramServerOptions,
  type ScramVerifier,
  scramMechanisms,
} from './authentication/scram-server.ts';
export {
  UpstreamAuthentication,
  type UpstreamAuthenticationOptions,
} from './authentication/upstream-authentication.ts';
export type { CopyFormatOptions } from './copy/copy-format-options.ts';
export { type CopyPiece, CopyRewriter } from './copy/copy-rewriter.ts';
export { nullTextKind } from './copy/text-cells.ts';
export {
  type ExpectedReply,
  type ExpectedReplyOptions,
  expectReply,
  type RequestKind,
} from './flow/expected-reply.ts';
export { NAMES_MAX, type NameChange, NameSpace } from './flow/name-space.ts';
export { OutputBuffer } from './flow/output-buffer.ts';
export type { ReplyOutcome } from './flow/reply-outcome.ts';
export { REQUESTS_UNDER_WAY_MAX } from './flow/request-queue.ts';
export { type CellRewrite, rewriteDataRow } from './flow/row-rewriter.ts';
export { SessionFlow } from './flow/session-flow.ts';
export {
  BACKEND_MESSAGES,
  backendBodyLengthMax,
  CANCEL_KEY_BYTES_MAX,
  CANCEL_KEY_BYTES_MIN,
  FRONTEND_MESSAGES,
  frontendBodyLengthMax,
  legalFrontendBodyLengthMax,
  type MessageDecision,
  type MessageRow,
  messageName,
} from './message-table.ts';
export { BACKEND, type BackendMessageName, FRONTEND, type FrontendMessageName } from './message-type.ts';
export {
  type AuthenticationRequest,
  decodeAuthenticationRequest,
  encodeAuthenticationRequest,
} from './messages/authentication-request.ts';
export { type BackendKeyData, decodeBackendKeyData, encodeBackendKeyData } from './messages/backend-key-data.ts';
export { type Bind, decodeBind, encodeBind } from './messages/bind.ts';
export {
  decodeBodyless,
  encodeBindComplete,
  encodeCloseComplete,
  encodeCopyDone,
  encodeEmptyQueryResponse,
  encodeFlush,
  encodeNoData,
  encodeParseComplete,
  encodePortalSuspended,
  encodeSync,
  encodeTerminate,
} from './messages/bodyless.ts';
export { type CancelRequest, encodeCancelRequest } from './messages/cancel-request.ts';
export { type Close, decodeClose, encodeClose } from './messages/close.ts';
export {
  type CommandComplete,
  decodeCommandComplete,
  encodeCommandComplete,
  rowsOfTag,
} from './messages/command-complete.ts';
export {
  type CopyBothResponse,
  decodeCopyBothResponse,
  encodeCopyBothResponse,
} from './messages/copy-both-response.ts';
export { type CopyData, decodeCopyData, encodeCopyData } from './messages/copy-data.ts';
export { type CopyFail, decodeCopyFail, encodeCopyFail } from './messages/copy-fail.ts';
export type { CopyFormat } from './messages/copy-format.ts';
export { type CopyInResponse, decodeCopyInResponse, encodeCopyInResponse } from './messages/copy-in-response.ts';
export { type CopyOutResponse, decodeCopyOutResponse, encodeCopyOutResponse } from './messages/copy-out-response.ts';
export { CELLS_OFFSET, checkDataRow, decodeDataRow, encodeDataRow, locateCells } from './messages/data-row.ts';
export { type Describe, decodeDescribe, encodeDescribe } from './messages/describe.ts';
export {
  ENCRYPTION_ACCEPTED,
  ENCRYPTION_DECLINED,
  encodeGssencRequest,
  encodeSslRequest,
} from './messages/encryption-request.ts';
export { ERROR_FIELD, type ErrorFields } from './messages/error-fields.ts';
export { decodeErrorResponse, type ErrorResponse, encodeErrorResponse } from './messages/error-response.ts';
export { decodeExecute, type Execute, encodeExecute } from './messages/execute.ts';
export { type FormatCode, formatOf } from './messages/format-code.ts';
export { decodeFunctionCall, encodeFunctionCall, type FunctionCall } from './messages/function-call.ts';
export {
  decodeFunctionCallResponse,
  encodeFunctionCallResponse,
  type FunctionCallResponse,
} from './messages/function-call-response.ts';
export type { NamedObject } from './messages/named-object.ts';
export {
  decodeNegotiateProtocolVersion,
  encodeNegotiateProtocolVersion,
  type NegotiateProtocolVersion,
} from './messages/negotiate-protocol-version.ts';
export { decodeNoticeResponse, encodeNoticeResponse, type NoticeResponse } from './messages/notice-response.ts';
export {
  decodeNotificationResponse,
  encodeNotificationResponse,
  type NotificationResponse,
} from './messages/notification-response.ts';
export {
  decodeParameterDescription,
  encodeParameterDescription,
  type ParameterDescription,
} from './messages/parameter-description.ts';
export { decodeParameterStatus, encodeParameterStatus, type ParameterStatus } from './messages/parameter-status.ts';
export { decodeParse, encodeParse, type Parse } from './messages/parse.ts';
export { decodePasswordMessage, encodePasswordMessage, type PasswordMessage } from './messages/password-message.ts';
export { decodeQuery, encodeQuery, type Query } from './messages/query.ts';
export {
  decodeReadyForQuery,
  encodeReadyForQuery,
  type ReadyForQuery,
  type TransactionStatus,
} from './messages/ready-for-query.ts';
export {
  decodeRowDescription,
  encodeRowDescription,
  type RowDescription,
  type RowField,
} from './messages/row-description.ts';
export {
  decodeSaslInitialResponse,
  encodeSaslInitialResponse,
  type SaslInitialResponse,
} from './messages/sasl-initial-response.ts';
export { decodeSaslResponse, encodeSaslResponse, type SaslResponse } from './messages/sasl-response.ts';
export { encodeStartupMessage, PROTOCOL_MAJOR, type StartupMessage } from './messages/startup-message.ts';
export { decodeStartupPacket, type StartupPacket } from './messages/startup-packet.ts';
export {
  negotiateVersion,
  PROTOCOL_MINOR_LATEST,
  PROTOCOL_MINOR_LONG_KEYS,
  settledVersion,
} from './protocol-version.ts';
export type { SafeSql } from './shape-frontend.ts';
export { describeFrames, type FrameDescription } from './trace.ts';
export { traceLines } from './trace-lines.ts';
export type { TypeDefinition, TypeLookup } from './values/type-definition.ts';
export { ValueError } from './values/value-error.ts';
export { type ValueFormatOptions, valueFormat } from './values/value-format.ts';
