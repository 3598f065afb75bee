import type { ApprovalRequest, BoundParameter } from '@bailiwick/domain';
import { isoTime } from './api-context.ts';

/** A request as the API gives it (CONTRACT section 7), with what else its digest is over: role and settings. */
export function approvalJson(
  request: ApprovalRequest,
  parameterText: (parameter: BoundParameter) => string | null,
): object {
  const { subject, terms } = request;
  return {
    id: request.id,
    digest: request.digest,
    status: request.status,
    identity: { human: request.human, agent: request.agent },
    datasource: subject.datasource,
    sql: subject.statement.sql,
    parameters: subject.statement.parameters.map((parameter) => showParameter(parameter, parameterText)),
    class: request.classes.join(','),
    tables: request.tables,
    tags: request.tags,
    estimate: null,
    created: isoTime(request.createdAt),
    expires: isoTime(request.expiresAt),
    decisions: request.decisions.map(({ by, verdict, reason, at }) => ({ by, verdict, reason, at: isoTime(at) })),
    role: subject.role,
    settings: subject.settings,
    session: request.sessionId,
    terms: { rule: terms.rule, groups: terms.by, min: terms.min, mode: terms.mode },
    in_doubt: request.inDoubt,
  };
}

/** Null is SQL NULL and nothing else: bytes that are no text are shown as `\x` and hexadecimal digits. */
function showParameter(
  parameter: BoundParameter,
  parameterText: (parameter: BoundParameter) => string | null,
): string | null {
  if (parameter.value === null) return null;
  const bytes = Buffer.from(parameter.value);
  const hexadecimal = `\\x${bytes.toString('hex')}`;
  if (parameter.format === 1) return parameterText(parameter) ?? hexadecimal;
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : hexadecimal;
}
