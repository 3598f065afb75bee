import { STARTUP_BODY_LENGTH_MAX } from '@bailiwick/wire';
import {
  BACKEND_MESSAGES,
  CANCEL_KEY_BYTES_MAX,
  CANCEL_KEY_BYTES_MIN,
  FRONTEND_MESSAGES,
  type MessageDecision,
} from './message-table.ts';
import type { BackendMessageName, FrontendMessageName } from './message-type.ts';

/** What becomes of one message format of the specification (PostgreSQL 18, section "Message Formats"). */
export interface MessageCoverage {
  readonly name: string;
  readonly direction: 'frontend' | 'backend';
  /** The type byte as a letter; null: a packet of the startup phase, which has none. */
  readonly type: string | null;
  /** In bytes, without the length field. */
  readonly bodyLengthMin: number;
  readonly bodyLengthMax: number;
  readonly decision: MessageDecision;
  /** Its codec, below `messages/`. */
  readonly file: string;
  readonly because: string;
}

/** Its codec's file without `.ts`, and why the decision is what it is. */
type Framed = readonly [file: string, because: string];
type Other = readonly [bodyLengthMin: number, bodyLengthMax: number, decision: MessageDecision, ...framed: Framed];

const EMPTY = 'bodyless';
const NOTHING_INSIDE = 'has nothing inside';

/** Total by type: a message without a codec and a reason does not compile. */
const FRONTEND_FILES: Readonly<Record<FrontendMessageName, Framed>> = {
  Bind: ['bind', 'the statement is judged with its values'],
  Close: ['close', 'names are followed'],
  CopyData: ['copy-data', 'recorded; belongs to a COPY that was judged'],
  CopyDone: [EMPTY, 'the record of the data comes first'],
  CopyFail: ['copy-fail', 'recorded'],
  Describe: ['describe', 'names are followed'],
  Execute: ['execute', 'the portal is judged again'],
  Flush: [EMPTY, NOTHING_INSIDE],
  FunctionCall: ['function-call', 'judged as a SELECT of the function'],
  Parse: ['parse', 'the text is judged'],
  PasswordMessage: ['password-message', 'the token; never goes further'],
  Query: ['query', 'every statement of it is judged before any runs'],
  Sync: [EMPTY, NOTHING_INSIDE],
  Terminate: [EMPTY, NOTHING_INSIDE],
};

/** Likewise. */
const BACKEND_FILES: Readonly<Record<BackendMessageName, Framed>> = {
  AuthenticationRequest: ['authentication-request', ''],
  BackendKeyData: ['backend-key-data', "replaced by a key of the gateway's own"],
  BindComplete: [EMPTY, NOTHING_INSIDE],
  CloseComplete: [EMPTY, NOTHING_INSIDE],
  CommandComplete: ['command-complete', 'ends a statement; its tag is recorded'],
  CopyBothResponse: ['copy-both-response', 'belongs to replication, which is not offered'],
  CopyData: ['copy-data', 'rows, wherever it cuts them: cells are masked'],
  CopyDone: [EMPTY, 'not in the middle of a row'],
  CopyInResponse: ['copy-in-response', 'only where a COPY FROM was judged'],
  CopyOutResponse: ['copy-out-response', 'only where a COPY TO was judged'],
  DataRow: ['data-row', 'cells are masked'],
  EmptyQueryResponse: [EMPTY, NOTHING_INSIDE],
  ErrorResponse: ['error-response', 'what could carry values is taken out'],
  FunctionCallResponse: ['function-call-response', 'only where a FunctionCall was judged'],
  NegotiateProtocolVersion: ['negotiate-protocol-version', 'each leg negotiates by itself'],
  NoData: [EMPTY, NOTHING_INSIDE],
  NoticeResponse: ['notice-response', 'as ErrorResponse, and counted'],
  NotificationResponse: ['notification-response', 'the payload is an output; emptied where data is mapped'],
  ParameterDescription: ['parameter-description', "hidden where the gateway binds an approval's values"],
  ParameterStatus: ['parameter-status', 'settings that change meaning are followed'],
  ParseComplete: [EMPTY, NOTHING_INSIDE],
  PortalSuspended: [EMPTY, NOTHING_INSIDE],
  ReadyForQuery: ['ready-for-query', 'transaction status'],
  RowDescription: ['row-description', 'says how cells are to be masked'],
};

/** Packets of the startup phase, which have no type byte. */
const STARTUP_PACKETS: Readonly<Record<string, Other>> = {
  CancelRequest: [
    8 + CANCEL_KEY_BYTES_MIN,
    8 + CANCEL_KEY_BYTES_MAX,
    'inspected',
    'cancel-request',
    "the gateway's own key is exchanged for the database's",
  ],
  GSSENCRequest: [4, 4, 'refused', 'encryption-request', 'declined: GSSAPI is not spoken'],
  SSLRequest: [4, 4, 'inspected', 'encryption-request', 'TLS, and nothing ahead of it'],
  StartupMessage: [5, STARTUP_BODY_LENGTH_MAX, 'inspected', 'startup-message', 'parameters by allow-list'],
};

/** What the type byte `p` can be besides PasswordMessage. */
const FRONTEND_ANSWERS: Readonly<Record<string, readonly [decision: MessageDecision, ...framed: Framed]>> = {
  GSSResponse: ['refused', 'password-message', 'never asked for: GSSAPI and SSPI are not spoken'],
  SASLInitialResponse: ['inspected', 'sasl-initial-response', 'SCRAM of passes, OAUTHBEARER'],
  SASLResponse: ['inspected', 'sasl-response', 'likewise'],
};

/** What the type byte `R` can be. */
const AUTHENTICATION_REQUESTS: Readonly<Record<string, readonly [decision: MessageDecision, because: string]>> = {
  AuthenticationCleartextPassword: ['inspected', 'answered over TLS only'],
  AuthenticationGSS: ['refused', 'GSSAPI is not spoken'],
  AuthenticationGSSContinue: ['refused', 'GSSAPI is not spoken'],
  AuthenticationKerberosV5: ['refused', 'no server offers it any more'],
  AuthenticationMD5Password: ['inspected', "answered with the datasource's credential"],
  AuthenticationOk: ['inspected', 'not before the database has proven itself'],
  AuthenticationSASL: ['inspected', 'SCRAM-SHA-256'],
  AuthenticationSASLContinue: ['inspected', 'likewise'],
  AuthenticationSASLFinal: ['inspected', "the database's own proof"],
  AuthenticationSSPI: ['refused', 'SSPI is not spoken'],
};

function framed(
  direction: MessageCoverage['direction'],
  files: Readonly<Record<string, Framed>>,
): readonly MessageCoverage[] {
  const rows = direction === 'frontend' ? FRONTEND_MESSAGES : BACKEND_MESSAGES;
  return [...rows.values()].map((row) => {
    const [file, because] = files[row.name] ?? ['', ''];
    return { ...row, type: String.fromCharCode(row.type), file: `${file}.ts`, because };
  });
}

function variants(
  rows: readonly MessageCoverage[],
  name: string,
  entries: readonly (readonly [name: string, decision: MessageDecision, file: string, because: string])[],
): readonly MessageCoverage[] {
  const base = rows.find((row) => row.name === name);
  if (base === undefined) return [];
  return entries.map(([variant, decision, file, because]) => ({
    ...base,
    ...{ name: variant, decision, file: `${file}.ts`, because },
  }));
}

function coverage(): readonly MessageCoverage[] {
  const frontend = framed('frontend', FRONTEND_FILES);
  const backend = framed('backend', BACKEND_FILES);
  const startup = Object.entries(STARTUP_PACKETS).map(
    ([name, [bodyLengthMin, bodyLengthMax, decision, file, because]]): MessageCoverage => ({
      ...{ name, direction: 'frontend', type: null },
      ...{ bodyLengthMin, bodyLengthMax, decision, file: `${file}.ts`, because },
    }),
  );
  const answers = Object.entries(FRONTEND_ANSWERS).map(([name, rest]) => [name, ...rest] as const);
  const requests = Object.entries(AUTHENTICATION_REQUESTS).map(
    ([name, [decision, because]]) => [name, decision, 'authentication-request', because] as const,
  );
  const all = [
    ...startup,
    ...frontend,
    ...variants(frontend, 'PasswordMessage', answers),
    ...backend.filter(({ name }) => name !== 'AuthenticationRequest'),
    ...variants(backend, 'AuthenticationRequest', requests),
  ];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.direction < b.direction ? 1 : -1));
}

/** Every message format of protocols 3.0 and 3.2, by name; where both sides send one, the client's comes first. */
export const MESSAGE_COVERAGE: readonly MessageCoverage[] = coverage();
