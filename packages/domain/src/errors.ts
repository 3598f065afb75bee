/** How one error looks on each protocol and what it does to the session (CONTRACT section 6). */
export interface ErrorForm {
  readonly sqlState: string;
  readonly severity: 'ERROR' | 'FATAL';
  /** MySQL error number and SQLSTATE. */
  readonly mysql: readonly [errno: number, sqlState: string];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** One line for the error reference. */
  readonly meaning: string;
}

const form = (
  sqlState: string,
  severity: 'ERROR' | 'FATAL',
  mysql: readonly [number, string],
  logLevel: ErrorForm['logLevel'],
  meaning: string,
): ErrorForm => ({ sqlState, severity, mysql, logLevel, meaning });

/** Every error the gateway itself raises. */
export type ErrorCode =
  | 'authentication-failed'
  | 'tls-required'
  | 'datasource-unknown'
  | 'role-denied'
  | 'startup-refused'
  | 'policy-denied'
  | 'residency-blocked'
  | 'connect-blocked'
  | 'unparsed'
  | 'unproven'
  | 'inference-denied'
  | 'launder-denied'
  | 'setting-denied'
  | 'budget-exceeded'
  | 'quota'
  | 'approval-pending'
  | 'approval-rejected'
  | 'approval-unknown'
  | 'approval-unusable'
  | 'hold-cancelled'
  | 'not-supported'
  | 'not-supported-at-connect'
  | 'protocol-violation'
  | 'too-large'
  | 'statement-too-large'
  | 'upstream-unavailable'
  | 'upstream-lost'
  | 'upstream-violation'
  | 'catalog-unavailable'
  | 'audit-unavailable'
  | 'session-expired'
  | 'session-time-over'
  | 'idle-timeout'
  | 'idle-in-transaction-timeout'
  | 'handshake-timeout'
  | 'notice-flood'
  | 'session-killed'
  | 'draining'
  | 'too-many-connections'
  | 'internal';

/** Total by type: a code without a wire form does not compile. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorForm>> = {
  'authentication-failed': form(
    '28P01',
    'FATAL',
    [1045, '28000'],
    'info',
    'The token, pass or certificate was not accepted.',
  ),
  'tls-required': form('28000', 'FATAL', [3159, 'HY000'], 'info', 'The listener takes no credentials off TLS.'),
  'datasource-unknown': form('3D000', 'FATAL', [1044, '42000'], 'info', 'No such datasource, or no access to it.'),
  'role-denied': form(
    '28000',
    'FATAL',
    [1045, '28000'],
    'info',
    'The user named a role that the identity may not take.',
  ),
  'startup-refused': form('22023', 'FATAL', [1043, '08S01'], 'info', 'A startup parameter may not be set by clients.'),
  'policy-denied': form('42501', 'ERROR', [1227, '42000'], 'info', 'A policy rule blocks the statement.'),
  'residency-blocked': form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'The data may not go where the reader or its model is.',
  ),
  'connect-blocked': form(
    '42501',
    'FATAL',
    [1227, '42000'],
    'info',
    'The datasource may not be read from where the reader is.',
  ),
  unparsed: form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'The statement could not be understood, so it was not run.',
  ),
  unproven: form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'The origin of the data could not be proven, so the statement was not run.',
  ),
  'inference-denied': form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'A masked column is used where its value could be guessed.',
  ),
  'launder-denied': form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'Regulated data would be copied to where no rule covers it, or a mask’s output written over the real value.',
  ),
  'setting-denied': form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'info',
    'The setting belongs to the gateway or is not on the list of known settings.',
  ),
  'budget-exceeded': form('42501', 'ERROR', [1227, '42000'], 'info', 'The identity has used up a budget.'),
  quota: form('53300', 'FATAL', [1226, '42000'], 'info', 'Too many sessions for this identity.'),
  'approval-pending': form('ZA001', 'ERROR', [1644, '45000'], 'info', 'The statement waits for a reviewer.'),
  'approval-rejected': form('42501', 'ERROR', [1227, '42000'], 'info', 'A reviewer rejected the statement.'),
  'approval-unknown': form('42704', 'ERROR', [1644, '45000'], 'info', 'No such request, or not yours.'),
  'approval-unusable': form(
    '55000',
    'ERROR',
    [1644, '45000'],
    'info',
    'The request is not approved, has expired or was used.',
  ),
  'hold-cancelled': form('57014', 'ERROR', [1317, '70100'], 'info', 'The hold ended by cancel or timeout.'),
  'not-supported': form('0A000', 'ERROR', [1235, '42000'], 'info', 'The gateway does not offer this feature.'),
  'not-supported-at-connect': form(
    '0A000',
    'FATAL',
    [1235, '42000'],
    'info',
    'The gateway does not offer this kind of connection.',
  ),
  'protocol-violation': form(
    '08P01',
    'FATAL',
    [1835, 'HY000'],
    'warn',
    'A frame was malformed or not legal in the current state.',
  ),
  'too-large': form('54000', 'FATAL', [1153, '08S01'], 'warn', 'A frame or statement is over the configured limit.'),
  'statement-too-large': form('54000', 'ERROR', [1153, '08S01'], 'info', 'A statement is over the configured limit.'),
  'upstream-unavailable': form(
    '08006',
    'FATAL',
    [1105, 'HY000'],
    'error',
    'The database could not be reached or refused the gateway.',
  ),
  'upstream-lost': form('08006', 'FATAL', [1105, 'HY000'], 'error', 'The database closed the connection.'),
  'upstream-violation': form(
    '08006',
    'FATAL',
    [1105, 'HY000'],
    'error',
    'The database sent something that cannot be relayed safely.',
  ),
  'catalog-unavailable': form(
    '42501',
    'ERROR',
    [1227, '42000'],
    'error',
    'The catalog is not known, so regulated data is closed.',
  ),
  'audit-unavailable': form(
    '58030',
    'ERROR',
    [1105, 'HY000'],
    'error',
    'The transcript cannot be written, so nothing runs.',
  ),
  'session-expired': form('57P01', 'FATAL', [1053, '08S01'], 'info', 'The token that opened the session has expired.'),
  'session-time-over': form(
    '57P01',
    'FATAL',
    [1053, '08S01'],
    'info',
    'The session is older than sessions may become.',
  ),
  'idle-timeout': form('57P05', 'FATAL', [4031, 'HY000'], 'info', 'The client said nothing for longer than it may.'),
  'idle-in-transaction-timeout': form(
    '25P03',
    'FATAL',
    [4031, 'HY000'],
    'info',
    'The client said nothing inside a transaction for longer than it may.',
  ),
  'handshake-timeout': form('57014', 'FATAL', [1159, '08S01'], 'info', 'The client did not finish logging in in time.'),
  'notice-flood': form(
    '57014',
    'ERROR',
    [1317, '70100'],
    'info',
    'The statement sent more notices than it may, and was cancelled.',
  ),
  'session-killed': form('57P01', 'FATAL', [1053, '08S01'], 'info', 'An operator ended the session.'),
  draining: form('57P01', 'FATAL', [1053, '08S01'], 'info', 'The gateway is shutting down.'),
  'too-many-connections': form('53300', 'FATAL', [1040, '08004'], 'warn', 'The listener is at its connection limit.'),
  internal: form(
    'XX000',
    'FATAL',
    [1105, 'HY000'],
    'error',
    'A broken assumption inside the gateway; the session was closed.',
  ),
};

/** What a client is told beside the message. Rendered as one line of JSON in PostgreSQL's DETAIL. */
export interface ErrorDetails {
  readonly rule?: string;
  readonly request?: string;
  readonly columns?: readonly string[];
  readonly url?: string;
  readonly retryAfterSeconds?: number;
}

/** An error of the gateway's own, ready to be put into a client's protocol. Never carries values or SQL. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails;

  /** @param sentence what is wrong, without the `[code]` prefix. @param hint what to do next. */
  constructor(code: ErrorCode, sentence: string, hint = '', details: ErrorDetails = {}) {
    super(sentence);
    this.name = 'GatewayError';
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  get form(): ErrorForm {
    return ERRORS[this.code];
  }

  /** `[code request-id?] sentence; what to do`: many drivers show nothing but the message. */
  get clientMessage(): string {
    const id = this.details.request === undefined ? '' : ` ${this.details.request}`;
    return `[${this.code}${id}] ${this.message}${this.hint === '' ? '' : `; ${this.hint}`}`;
  }

  /** One line of JSON: `{"code","rule","request"?,"columns"?,"url"?,"retry_after_s"?}`. */
  get detailJson(): string {
    const { rule, request, columns, url, retryAfterSeconds } = this.details;
    return JSON.stringify({ code: this.code, rule, request, columns, url, retry_after_s: retryAfterSeconds });
  }
}
