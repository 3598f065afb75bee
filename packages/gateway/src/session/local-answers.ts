import type { ApprovalStore } from '@bailiwick/approvals';
import type { ApprovalRequest, SessionInfo } from '@bailiwick/domain';
import {
  encodeCommandComplete,
  encodeDataRow,
  encodeReadyForQuery,
  encodeRowDescription,
  type RowField,
  type TransactionStatus,
} from '@bailiwick/postgres';
import type { LocalAnswer } from './statement-plan.ts';

const TEXT_OID = 25;
const REQUESTS_MAX = 100;

/** What the gateway knows of the last decision in a session, for `SHOW bailiwick.decision`. */
export type DecisionSummary = readonly (readonly [name: string, value: string | null])[];

/** What the answers are made of. */
export interface LocalSource {
  readonly session: SessionInfo;
  readonly approvals: ApprovalStore;
  lastDecision(): DecisionSummary;
}

const SHOW = /^\s*show\s+bailiwick\s*\.\s*([a-z_]+)(?:\s*\.\s*([a-z0-9_]+))?\s*;?\s*$/i;

/** The answer to a `SHOW bailiwick.…` statement; null: the text is something else. One's own affairs only. */
export function localAnswer(sql: string, source: LocalSource): LocalAnswer | null {
  const match = SHOW.exec(sql);
  if (match === null) return null;
  const what = match[1]?.toLowerCase();
  const id = match[2]?.toLowerCase();
  if (what === 'identity') return nameValue(async () => identityRows(source.session));
  if (what === 'session') return nameValue(async () => sessionRows(source.session));
  if (what === 'decision') return nameValue(async () => source.lastDecision());
  if (what === 'requests')
    return nameValue(async () => {
      const filter = { identityKey: source.session.identity.key, limit: REQUESTS_MAX };
      return (await source.approvals.list(filter)).map((request) => [request.id, request.status]);
    });
  if (what === 'request' && id !== undefined) return nameValue(() => requestRows(id, source));
  return null;
}

const nameValue = (rows: LocalAnswer['rows']): LocalAnswer => ({ tag: 'SHOW', columns: ['name', 'value'], rows });

function identityRows({ identity }: SessionInfo): DecisionSummary {
  return [
    ['name', identity.displayName],
    ['human', identity.human?.subject ?? null],
    ['agent', identity.agent?.subject ?? null],
    ['client_id', identity.clientId],
    ['issuer', identity.issuer],
    ['groups', identity.groups.join(', ')],
    ['region', identity.region],
    ['model_region', identity.modelRegion],
    ['missing_claims', identity.missingClaims.join(', ')],
    ['expires', new Date(identity.expiresAt).toISOString()],
  ];
}

function sessionRows(session: SessionInfo): DecisionSummary {
  return [
    ['id', session.id],
    ['datasource', session.datasource],
    ['role', session.role === '' ? null : session.role],
    ['client_address', session.clientAddress],
    ['application', session.application],
    ['credential', session.credential ?? null],
    ['started', new Date(session.startedAt).toISOString()],
  ];
}

/** Unknown ids and other people's look the same. */
async function requestRows(id: string, source: LocalSource): Promise<DecisionSummary> {
  const request = await source.approvals.get(id);
  if (request === null || request.subject.identityKey !== source.session.identity.key)
    return [
      ['id', id],
      ['status', 'unknown'],
    ];
  return describeRequest(request);
}

function describeRequest(request: ApprovalRequest): DecisionSummary {
  return [
    ['id', request.id],
    ['status', request.status],
    ['class', request.classes.join(', ')],
    ['tables', request.tables.join(', ')],
    ['created', new Date(request.createdAt).toISOString()],
    ['expires', new Date(request.expiresAt).toISOString()],
    ['decisions', request.decisions.map(({ by, verdict, reason }) => `${verdict} by ${by}: ${reason}`).join('; ')],
    ['next', request.status === 'approved' ? `CALL bailiwick.run('${request.id}')` : null],
  ];
}

/** RowDescription's fields of an answer: text columns. */
export const answerFields = (answer: LocalAnswer, formats: readonly (0 | 1)[]): readonly RowField[] =>
  answer.columns.map((name, index) => ({
    name,
    tableOid: 0,
    attnum: 0,
    typeOid: TEXT_OID,
    typeSize: -1,
    typeModifier: -1,
    format: formats.length === 1 ? (formats[0] ?? 0) : (formats[index] ?? 0),
  }));

/** DataRows and CommandComplete. */
export function encodeAnswerRows(answer: LocalAnswer, rows: readonly (readonly (string | null)[])[]): Buffer {
  const frames = rows.map((row) => encodeDataRow(row.map((cell) => (cell === null ? null : Buffer.from(cell)))));
  return Buffer.concat([...frames, encodeCommandComplete({ tag: answer.tag })]);
}

/** The whole answer to a Query. */
export function encodeSimpleAnswer(
  answer: LocalAnswer,
  rows: readonly (readonly (string | null)[])[],
  status: number,
): Buffer {
  const transaction = String.fromCharCode(status) as TransactionStatus;
  return Buffer.concat([
    encodeRowDescription({ fields: answerFields(answer, []) }),
    encodeAnswerRows(answer, rows),
    encodeReadyForQuery({ status: transaction }),
  ]);
}
