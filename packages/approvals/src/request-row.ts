import type { ApprovalRequest, ApprovalSubject, BoundParameter } from '@bailiwick/domain';
import { digestOf } from './digest.ts';
import { type Seal, SealBroken } from './seal.ts';
import type { StoredDecision, StoredRequest } from './stored-request.ts';

/** Columns in the order of the table, of the signature and of statements; what is not sealed holds no literal. */
export const COLUMNS = [
  'id',
  'lookup',
  'status',
  'in_doubt',
  'claimed_by',
  'session_id',
  'identity_key',
  'datasource',
  'role',
  'human',
  'agent',
  'excluded',
  'classes',
  'tables',
  'tags',
  'terms',
  'created_at',
  'expires_at',
  'statement',
  'decisions',
] as const;

/** A row of `approval_requests` beside its place in the order of changes: signed as a whole. */
export type RequestRow = { readonly [column in (typeof COLUMNS)[number]]: string | number | null | Buffer } & {
  readonly signature: Buffer;
};

/** What of a request is sealed: all that may hold a value. */
interface SealedStatement {
  readonly digest: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly mode: 'simple' | 'extended';
  readonly sql: string;
  readonly parameters: readonly { readonly typeOid: number; readonly format: 0 | 1; readonly value: string | null }[];
}

/** Seals and signs a request for the table. */
export function encodeRow({ request, claimedBy, decisions }: StoredRequest, seal: Seal): RequestRow {
  const { id, subject } = request;
  const unsigned = {
    id,
    lookup: seal.lookup(request.digest),
    status: request.status,
    in_doubt: request.inDoubt ? 1 : 0,
    claimed_by: claimedBy,
    session_id: request.sessionId,
    identity_key: subject.identityKey,
    datasource: subject.datasource,
    role: subject.role,
    human: request.human,
    agent: request.agent,
    excluded: JSON.stringify(request.excluded),
    classes: JSON.stringify(request.classes),
    tables: JSON.stringify(request.tables),
    tags: JSON.stringify(request.tags),
    terms: JSON.stringify(request.terms),
    created_at: request.createdAt,
    expires_at: request.expiresAt,
    statement: seal.close(encodeStatement(request), aboutStatement(id)),
    decisions: seal.close(Buffer.from(JSON.stringify(decisions)), aboutDecisions(id)),
  };
  return { ...unsigned, signature: seal.sign(COLUMNS.map((column) => unsigned[column])) };
}

/**
 * Reads a row of the table.
 * @throws SealBroken where any of it was not written by somebody with the key, or stood in another row.
 */
export function decodeRow(columns: Readonly<Record<string, unknown>>, seal: Seal): StoredRequest {
  const about = `request ${String(columns.id)}`;
  const cells = COLUMNS.map((column) => cellOf(columns[column], about));
  const signature = cellOf(columns.signature, about);
  if (!Buffer.isBuffer(signature)) throw new SealBroken(about);
  seal.check(cells, signature, about);

  const text = (column: (typeof COLUMNS)[number]): string => String(cells[COLUMNS.indexOf(column)]);
  const optional = (column: (typeof COLUMNS)[number]): string | null =>
    cells[COLUMNS.indexOf(column)] === null ? null : text(column);
  const body = (column: 'statement' | 'decisions', what: string): string => {
    const cell = cells[COLUMNS.indexOf(column)];
    if (!Buffer.isBuffer(cell)) throw new SealBroken(about);
    return seal.open(cell, what).toString('utf8');
  };
  const id = text('id');
  const sealed: SealedStatement = JSON.parse(body('statement', aboutStatement(id)));
  const subject = subjectOf(sealed, text('identity_key'), text('datasource'), text('role'));
  if (digestOf(subject) !== sealed.digest) throw new SealBroken(about);
  const decisions: readonly StoredDecision[] = JSON.parse(body('decisions', aboutDecisions(id)));
  return {
    claimedBy: optional('claimed_by'),
    decisions,
    request: {
      id,
      digest: sealed.digest,
      status: statusOf(text('status'), about),
      inDoubt: text('in_doubt') === '1',
      sessionId: text('session_id'),
      subject,
      human: optional('human'),
      agent: optional('agent'),
      excluded: JSON.parse(text('excluded')),
      classes: JSON.parse(text('classes')),
      tables: JSON.parse(text('tables')),
      tags: JSON.parse(text('tags')),
      terms: JSON.parse(text('terms')),
      createdAt: Number(text('created_at')),
      expiresAt: Number(text('expires_at')),
      decisions,
    },
  };
}

const aboutStatement = (id: string): string => `statement of request ${id}`;
const aboutDecisions = (id: string): string => `decisions on request ${id}`;

const STATUSES = ['pending', 'approved', 'rejected', 'expired', 'used', 'cancelled'] as const;

function statusOf(text: string, about: string): ApprovalRequest['status'] {
  const status = STATUSES.find((known) => known === text);
  if (status === undefined) throw new SealBroken(about);
  return status;
}

/** The driver gives blobs as ArrayBuffers here and as Buffers there. */
function cellOf(value: unknown, about: string): string | number | null | Buffer {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new SealBroken(about);
}

function encodeStatement({ digest, subject }: ApprovalRequest): Buffer {
  const { settings, statement } = subject;
  const parameters = statement.parameters.map(({ typeOid, format, value }) => ({
    typeOid,
    format,
    value: value === null ? null : Buffer.from(value).toString('base64'),
  }));
  const sealed: SealedStatement = { digest, settings, mode: statement.mode, sql: statement.sql, parameters };
  return Buffer.from(JSON.stringify(sealed), 'utf8');
}

function subjectOf(sealed: SealedStatement, identityKey: string, datasource: string, role: string): ApprovalSubject {
  const parameters: readonly BoundParameter[] = sealed.parameters.map(({ typeOid, format, value }) => ({
    typeOid,
    format,
    value: value === null ? null : Buffer.from(value, 'base64'),
  }));
  const { settings, mode, sql } = sealed;
  return { identityKey, datasource, role, settings, statement: { sql, parameters, mode } };
}
