import type { AuditIdentity, SessionInfo, SessionSummary, StatementSummary } from '@bailiwick/domain';
import { isoTime } from './api-context.ts';

/** A session as the API gives it. */
export function sessionJson(session: SessionSummary, live: boolean): object {
  const { identity } = session;
  return {
    id: session.id,
    protocol: session.protocol,
    datasource: session.datasource,
    identity: {
      key: identity.key,
      human: identity.human,
      agent: identity.agent,
      client_id: identity.clientId,
      region: identity.region,
      model_region: identity.modelRegion,
    },
    role: session.role,
    address: session.clientAddress,
    application: session.application,
    live,
    started: isoTime(session.startedAt),
    ended: session.endedAt === null ? null : isoTime(session.endedAt),
    end_reason: session.endReason,
    statements: session.statements,
    refused: session.refused,
  };
}

/** What is known of a live session that the index does not have yet. */
export function summaryOfLive(session: SessionInfo): SessionSummary {
  const { identity } = session;
  const who: AuditIdentity = {
    key: identity.key,
    human: identity.human?.subject ?? null,
    agent: identity.agent?.subject ?? null,
    clientId: identity.clientId,
    region: identity.region,
    modelRegion: identity.modelRegion,
  };
  return { ...session, identity: who, endedAt: null, endReason: null, statements: 0, refused: 0 };
}

/** A statement as the API gives it. */
export function statementJson(statement: StatementSummary): object {
  return {
    session: statement.sessionId,
    ordinal: statement.ordinal,
    at: isoTime(statement.at),
    sql: statement.normalisedSql,
    class: statement.classes.join(','),
    tables: statement.tables,
    tags: statement.tags,
    effect: statement.effect,
    rule: statement.rule,
    code: statement.code,
    request: statement.request,
    outcome: statement.outcome,
    rows: statement.rows,
  };
}
