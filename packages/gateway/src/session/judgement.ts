import {
  type ApprovalSubject,
  type Decision,
  GatewayError,
  type StatementFacts,
  type TextEdit,
} from '@bailiwick/domain';
import { UnparsedError } from '@bailiwick/sql';
import { moveApplicationName } from './application-name.ts';
import { refuseUnmaskableCopy } from './copy-treatment.ts';
import { hideEstimates } from './hidden-estimates.ts';
import { refuseIllegalMask } from './illegal-mask.ts';
import { errorOf, reservedName } from './refusal-frames.ts';
import type { SessionCore } from './session-core.ts';
import { applyEdits, type PlaceMap, placeBefore } from './text-edits.ts';
import { UndecidedName } from './undecided-name.ts';

/** What was understood and decided about one text, before anything of it is sent. */
export interface Judgement {
  readonly facts: readonly StatementFacts[];
  readonly decision: Decision;
  readonly upstreamSql: string;
  /** Where the database's place in that text is in the client's own; absent: they are the same. */
  readonly place?: PlaceMap;
  /** Null: it may go on (perhaps after a hold). */
  readonly error: GatewayError | null;
}

/** Judges a text under the session's present meaning of names. */
export async function judge(core: SessionCore, sql: string): Promise<Judgement> {
  return judgeNow(core, sql) ?? judgeAgain(core, sql);
}

/** As `judge`, but at once; null: a newer catalog may know more, or names are undecided, so settle and ask `judge`. */
export function judgeNow(core: SessionCore, sql: string): Judgement | null {
  if (Buffer.byteLength(sql) > core.options.limits.statementBytesMax) return tooLarge(core);
  const started = performance.now();
  try {
    const facts = understand(core, sql);
    if (facts instanceof UndecidedName) return null;
    if (facts instanceof UnparsedError) return unparsed(core, facts);
    if (!core.catalogTouched && mayBeNew(facts) && core.datasource.mayRefreshCatalog()) return null;
    return decide(core, sql, facts);
  } finally {
    const seconds = (performance.now() - started) / 1000;
    core.telemetry.observe('gateway_overhead_seconds', { stage: 'judge' }, seconds);
  }
}

async function judgeAgain(core: SessionCore, sql: string): Promise<Judgement> {
  await core.datasource.refreshCatalog();
  const facts = understand(core, sql);
  if (facts instanceof UndecidedName) return unparsed(core, new UnparsedError(facts.message, -1));
  return facts instanceof UnparsedError ? unparsed(core, facts) : decide(core, sql, facts);
}

/** Judges facts that are already known: of a prepared statement, a cursor. Its text is upstream: there is none to send. */
export function judgeFacts(core: SessionCore, facts: readonly StatementFacts[]): Judgement {
  const decision = core.decide(facts);
  return { facts, decision, upstreamSql: '', error: errorOfDecision(core, facts, decision, []) };
}

function decide(core: SessionCore, sql: string, facts: readonly StatementFacts[]): Judgement {
  const decision = core.decide(facts);
  const edits = upstreamEdits(facts, decision);
  const error = errorOfDecision(core, facts, decision, edits);
  const upstreamSql = applyEdits(sql, edits ?? []);
  if (edits === null || edits.length === 0) return { facts, decision, upstreamSql, error };
  return { facts, decision, upstreamSql, place: (position) => placeBefore(sql, edits, position), error };
}

function errorOfDecision(
  core: SessionCore,
  facts: readonly StatementFacts[],
  decision: Decision,
  edits: readonly TextEdit[] | null,
): GatewayError | null {
  return decision.refusal !== null ? errorOf(decision.refusal) : refusedHere(core, facts, decision, edits);
}

/** What the gateway changes in a text before it goes upstream; null: it would have to and cannot. */
export function upstreamEdits(facts: readonly StatementFacts[], decision: Decision): readonly TextEdit[] | null {
  const names = moveApplicationName(facts);
  return names === null ? null : [...names, ...hideEstimates(facts, decision)];
}

function understand(core: SessionCore, sql: string): readonly StatementFacts[] | UnparsedError | UndecidedName {
  try {
    return core.understand(sql);
  } catch (error) {
    if (error instanceof UnparsedError || error instanceof UndecidedName) return error;
    // A parser that broke has understood nothing.
    return new UnparsedError('the statement could not be analysed', -1);
  }
}

const mayBeNew = (facts: readonly StatementFacts[]): boolean =>
  facts.some((one) => one.unproven.some(({ kind }) => kind === 'relation' || kind === 'column' || kind === 'catalog'));

function unparsed(core: SessionCore, error: UnparsedError): Judgement {
  core.telemetry.count('unparsed_total', { datasource: core.info.datasource });
  const decision = core.decideUnparsed(error.message);
  return {
    facts: [],
    decision,
    upstreamSql: '',
    error:
      decision.refusal !== null
        ? errorOf(decision.refusal)
        : core.datasource.options.mode === 'observe' || decision.effect === 'allow'
          ? null
          : new GatewayError('unparsed', 'the statement could not be understood', 'send it in a simpler form'),
  };
}

function tooLarge(core: SessionCore): Judgement {
  const decision = core.decideUnparsed('the statement is over the size limit');
  return {
    facts: [],
    decision,
    upstreamSql: '',
    error: new GatewayError(
      'statement-too-large',
      `the statement is longer than ${core.options.limits.statementBytesMax} bytes`,
      'split it, or use COPY FROM STDIN for bulk data',
    ),
  };
}

/** What the data path itself cannot do safely, whatever the policy says. */
function refusedHere(
  core: SessionCore,
  facts: readonly StatementFacts[],
  decision: Decision,
  edits: readonly TextEdit[] | null,
): GatewayError | null {
  if (edits === null)
    return new GatewayError(
      'setting-denied',
      'application_name belongs to the gateway and was set in a form that it cannot take over',
      'use SET application_name = … as a statement of its own',
    );
  for (const { names } of facts) {
    const reserved = reservedName(names.declares?.name) ?? reservedName(names.prepares?.name);
    if (reserved !== null) return reserved;
  }
  if (core.datasource.options.mode === 'observe') return null;
  const illegal = refuseIllegalMask(facts, decision, core.datasource.catalog);
  if (illegal !== null) return illegal;
  const means = { keys: core.options.maskKeys, catalog: core.datasource.catalog };
  const unmaskable = refuseUnmaskableCopy(facts, decision, means);
  if (unmaskable !== null) return unmaskable;
  if (decision.hold !== null && facts.some((one) => one.copy?.direction === 'in'))
    return new GatewayError(
      'policy-denied',
      'COPY FROM STDIN needs approval, and its data cannot be shown to a reviewer',
      'use INSERT statements, which can be approved',
      { rule: decision.rule },
    );
  if (decision.hold !== null && facts.some(({ names }) => names.executes !== undefined))
    return new GatewayError(
      'policy-denied',
      'EXECUTE needs approval here, and an approval is bound to the text of a statement, not to a name for one',
      'send the statement itself: it can be approved',
      { rule: decision.rule },
    );
  const resetsRole = core.info.role !== '' && facts.some((one) => one.command === 'DISCARD ALL');
  if (resetsRole)
    return new GatewayError(
      'setting-denied',
      'DISCARD ALL would leave the database role of this session',
      'use DISCARD PLANS, DISCARD TEMP, DEALLOCATE ALL and RESET ALL',
    );
  return null;
}

/** What an approval of this statement would be bound to (law 5). */
export function approvalSubject(
  core: SessionCore,
  mode: 'simple' | 'extended',
  sql: string,
  parameters: ApprovalSubject['statement']['parameters'],
  facts: readonly StatementFacts[],
): ApprovalSubject {
  return {
    identityKey: core.info.identity.key,
    datasource: core.info.datasource,
    role: core.info.role,
    settings: meaningOf(core, facts),
    statement: { sql, parameters, mode },
  };
}

/**
 * What gives an approved text its meaning besides its own words: the path, and what the names came to, which a temporary
 * table of the session can change as well.
 */
export function meaningOf(core: SessionCore, facts: readonly StatementFacts[]): ApprovalSubject['settings'] {
  const relations = facts.flatMap(({ tables }) => tables.map(({ table }) => `${table.schema}.${table.name}`));
  return {
    relations: [...new Set(relations)].toSorted().join(', '),
    search_path: core.searchPath.path.join(', '),
  };
}
