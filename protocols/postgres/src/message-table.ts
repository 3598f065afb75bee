import { FRAME_HEADER_LENGTH } from '@bailiwick/wire';
import { BACKEND, type BackendMessageName, FRONTEND, type FrontendMessageName } from './message-type.ts';

/** PQ_SMALL_MESSAGE_LIMIT (libpq/libpq.h): bound of the length field, which counts itself, in what has a small body. */
const SMALL_MESSAGE_LIMIT = 10_000;
/** PQ_LARGE_MESSAGE_LIMIT (libpq/libpq.h): MaxAllocSize - 1, and MaxAllocSize is 0x3fffffff (utils/memutils.h). */
const LARGE_MESSAGE_LIMIT = 0x3fff_ffff - 1;
/** PG_MAX_AUTH_TOKEN_LENGTH (libpq/auth.h): longest password or SASL message that the server reads. */
const AUTH_TOKEN_LIMIT = 65_535;
/** Over this libpq takes a length for lost synchronisation, unless the type may be long (fe-protocol3.c, pqParseInput3). */
const LIBPQ_SHORT_LIMIT = 30_000;
/** Bound of AuthenticationRequest and NegotiateProtocolVersion in libpq (fe-connect.c, PQconnectPoll). */
const LIBPQ_AUTHENTICATION_LIMIT = 2_000;
/** Most parameters that a count of 16 bits can announce, 4 bytes each (PQ_QUERY_PARAM_MAX_LIMIT, libpq-fe.h). */
const PARAMETER_DESCRIPTION_LIMIT: number = 4 + 2 + 4 * 65_535;
/** Longest secret key of a cancel request (protocol 3.2: "4 to 256 bytes"). */
export const CANCEL_KEY_BYTES_MAX = 256;
/** Shortest secret key of a cancel request; the only length in protocol 3.0. */
export const CANCEL_KEY_BYTES_MIN = 4;

/** The length field counts its own 4 bytes; bodies do not. */
const body = (limit: number): number => limit - 4;

/**
 * What the gateway does with a message that is legal where it stands:
 * - `inspected`: decoded, and may be judged, changed or withheld;
 * - `relayed`: has nothing inside to look at, passes as received;
 * - `refused`: understood and not offered; answered with an error that says so.
 */
export type MessageDecision = 'inspected' | 'relayed' | 'refused';

/** One row of the table of messages. Body lengths are in bytes, without the length field. */
export interface MessageRow {
  readonly type: number;
  readonly direction: 'frontend' | 'backend';
  /** The specification's word. */
  readonly name: string;
  readonly bodyLengthMin: number;
  readonly bodyLengthMax: number;
  readonly decision: MessageDecision;
}

type Row = readonly [bodyLengthMin: number, bodyLengthMax: number, decision: MessageDecision];

const LARGE = body(LARGE_MESSAGE_LIMIT);
const SMALL = body(SMALL_MESSAGE_LIMIT);
const SHORT = body(LIBPQ_SHORT_LIMIT);

/** Total by type: a message without a row does not compile. Bounds of what clients send are those of SocketBackend(). */
const FRONTEND_ROWS: Readonly<Record<FrontendMessageName, Row>> = {
  Bind: [8, LARGE, 'inspected'],
  Close: [2, SMALL, 'inspected'],
  CopyData: [0, LARGE, 'inspected'],
  CopyDone: [0, 0, 'relayed'],
  CopyFail: [1, SMALL, 'inspected'],
  Describe: [2, SMALL, 'inspected'],
  Execute: [5, SMALL, 'inspected'],
  Flush: [0, 0, 'relayed'],
  FunctionCall: [10, LARGE, 'inspected'],
  Parse: [4, LARGE, 'inspected'],
  PasswordMessage: [0, body(AUTH_TOKEN_LIMIT), 'inspected'],
  Query: [1, LARGE, 'inspected'],
  Sync: [0, 0, 'relayed'],
  Terminate: [0, 0, 'relayed'],
};

/** Likewise for what the database sends; it is not trusted more than libpq trusts it. */
const BACKEND_ROWS: Readonly<Record<BackendMessageName, Row>> = {
  AuthenticationRequest: [4, body(LIBPQ_AUTHENTICATION_LIMIT), 'inspected'],
  BackendKeyData: [4 + CANCEL_KEY_BYTES_MIN, 4 + CANCEL_KEY_BYTES_MAX, 'inspected'],
  BindComplete: [0, 0, 'relayed'],
  CloseComplete: [0, 0, 'relayed'],
  CommandComplete: [1, SHORT, 'inspected'],
  CopyBothResponse: [3, SHORT, 'refused'],
  CopyData: [0, LARGE, 'inspected'],
  CopyDone: [0, 0, 'relayed'],
  CopyInResponse: [3, SHORT, 'inspected'],
  CopyOutResponse: [3, SHORT, 'inspected'],
  DataRow: [2, LARGE, 'inspected'],
  EmptyQueryResponse: [0, 0, 'relayed'],
  ErrorResponse: [1, LARGE, 'inspected'],
  FunctionCallResponse: [4, LARGE, 'inspected'],
  NegotiateProtocolVersion: [8, body(LIBPQ_AUTHENTICATION_LIMIT), 'inspected'],
  NoData: [0, 0, 'relayed'],
  NoticeResponse: [1, LARGE, 'inspected'],
  NotificationResponse: [6, LARGE, 'inspected'],
  ParameterDescription: [2, body(PARAMETER_DESCRIPTION_LIMIT), 'inspected'],
  ParameterStatus: [2, SHORT, 'inspected'],
  ParseComplete: [0, 0, 'relayed'],
  PortalSuspended: [0, 0, 'relayed'],
  ReadyForQuery: [1, 1, 'inspected'],
  RowDescription: [2, LARGE, 'inspected'],
};

function rowsByType(
  direction: MessageRow['direction'],
  types: Readonly<Record<string, number>>,
  rows: Readonly<Record<string, Row>>,
): ReadonlyMap<number, MessageRow> {
  const table = new Map<number, MessageRow>();
  for (const [name, type] of Object.entries(types)) {
    const row = rows[name];
    if (row === undefined || table.has(type)) throw new Error(`${name} needs one row and a type of its own`);
    const [bodyLengthMin, bodyLengthMax, decision] = row;
    table.set(type, { type, direction, name, bodyLengthMin, bodyLengthMax, decision });
  }
  return table;
}

/** Every message that a frontend may send in a frame, by type byte. What is not here is refused. */
export const FRONTEND_MESSAGES: ReadonlyMap<number, MessageRow> = rowsByType('frontend', FRONTEND, FRONTEND_ROWS);
/** Every message that a backend may send, by type byte. */
export const BACKEND_MESSAGES: ReadonlyMap<number, MessageRow> = rowsByType('backend', BACKEND, BACKEND_ROWS);

function bodyLengthMax(rows: ReadonlyMap<number, MessageRow>, frameBytesMax: number): (type: number) => number {
  const frameBodyMax = frameBytesMax - FRAME_HEADER_LENGTH;
  if (!(frameBodyMax >= SMALL)) throw new RangeError('frames must be able to hold the small messages of the protocol');
  const bounds = new Int32Array(256).fill(-1);
  for (const row of rows.values()) bounds[row.type] = Math.min(row.bodyLengthMax, frameBodyMax);
  return (type) => bounds[type] ?? -1;
}

/** For `FrameDecoder`: bounds of what clients send. @param frameBytesMax longest whole frame, at least 10 kB. */
export function frontendBodyLengthMax(frameBytesMax: number): (type: number) => number {
  return bodyLengthMax(FRONTEND_MESSAGES, frameBytesMax);
}

/** For `FrameDecoder`: the longest body that the protocol itself lets a client send; -1 for a type that is none. */
export const legalFrontendBodyLengthMax = (type: number): number => FRONTEND_MESSAGES.get(type)?.bodyLengthMax ?? -1;

/** For `FrameDecoder`: bounds of what the database sends. @param frameBytesMax longest whole frame, at least 10 kB. */
export function backendBodyLengthMax(frameBytesMax: number): (type: number) => number {
  return bodyLengthMax(BACKEND_MESSAGES, frameBytesMax);
}

/** The specification's word for a type byte, for errors and traces; `unknown 0x…` where there is none. */
export function messageName(direction: 'frontend' | 'backend', type: number): string {
  const row = (direction === 'frontend' ? FRONTEND_MESSAGES : BACKEND_MESSAGES).get(type);
  return row?.name ?? `unknown 0x${type.toString(16).padStart(2, '0')}`;
}
