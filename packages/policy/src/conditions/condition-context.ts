import {
  type EpochMs,
  type Identity,
  type Place,
  type Principal,
  type StatementClass,
  UNKNOWN_PLACE,
} from '@bailiwick/domain';
import type { PolicySession } from '../policy.ts';

/** The statement as a condition sees it: one class of one statement at a time (SEMANTICS 26). */
export interface ConditionStatement {
  /** Null while connecting: there is no statement yet. */
  readonly class: StatementClass | null;
  readonly tables: readonly string[];
  readonly tags: readonly string[];
}

/** What one evaluation sees. An expression that needs a variable that is absent fails. */
export interface ConditionContext {
  readonly variables: Readonly<Record<string, unknown>>;
  /** For `does()`. */
  readonly class: StatementClass | null;
  /** For `granted()`. */
  readonly grants: readonly string[];
}

/** Who asks, from where: the same for every statement of a packet. Places are canonical. */
export interface ConditionReader {
  readonly identity: Identity;
  readonly region: Place;
  readonly modelRegion: Place;
  readonly session: PolicySession;
  readonly now: EpochMs;
}

/**
 * The variables of one evaluation (CONTRACT section 4). An unknown place and a missing client are left out rather than
 * given a value, so that `region != "US"` fails, and the stricter reading is taken, where nobody said where the reader is.
 */
export function conditionContext(reader: ConditionReader, statement: ConditionStatement): ConditionContext {
  const { identity, session } = reader;
  const known = (name: string, value: string | null) =>
    value === null || value === UNKNOWN_PLACE ? {} : { [name]: value };
  return {
    class: statement.class,
    grants: identity.grants,
    variables: {
      human: principal(identity.human),
      agent: principal(identity.agent),
      groups: [...identity.groups],
      ...known('client_id', identity.clientId),
      ...known('region', reader.region),
      ...known('model_region', reader.modelRegion),
      session: {
        datasource: session.datasource,
        role: session.role,
        ip: session.ip,
        application: session.application,
      },
      statement: { class: statement.class ?? '', tables: [...statement.tables], tags: [...statement.tags] },
      now: new Date(reader.now),
    },
  };
}

const principal = (of: Principal | null) => of && { subject: of.subject, groups: [...of.groups] };
