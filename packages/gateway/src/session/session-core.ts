import type { Transcript } from '@bailiwick/audit';
import {
  type AuditEvent,
  type Decision,
  GatewayError,
  type SessionInfo,
  type StatementFacts,
  type Telemetry,
} from '@bailiwick/domain';
import type { PolicySession } from '@bailiwick/policy';
import { SessionFlow } from '@bailiwick/postgres';
import type { Datasource } from '../datasource/datasource.ts';
import type { GatewayOptions } from '../options.ts';
import { Claims } from './claims.ts';
import { countDecision, summarise } from './count-decision.ts';
import type { DecisionSummary } from './local-answers.ts';
import { NamedFacts } from './named-facts.ts';
import { observed } from './observe.ts';
import type { Request } from './request.ts';
import { effectiveSearchPath, SearchPath } from './search-path.ts';
import { ShownPseudonyms } from './shown-pseudonyms.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';

/** What both directions of a session share. */
export class SessionCore {
  readonly info: SessionInfo;
  readonly options: GatewayOptions;
  readonly datasource: Datasource;
  readonly transcript: Transcript;
  readonly flow: SessionFlow<Request, NamedValue>;
  readonly claims: Claims;
  readonly searchPath: SearchPath;
  readonly telemetry: Telemetry;
  readonly shown: ShownPseudonyms = new ShownPseudonyms();
  /** ParameterStatus as the client has it. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From the first statement on that touched regulated data (SEMANTICS 17). */
  sanitiseMessages = false;
  /** Statements under way that change what later ones mean. */
  unsettled = 0;
  /** The session has ended: nothing is sent or recorded any more. */
  over = false;
  /** The catalog was changed in a transaction that nobody else can see into yet. */
  catalogTouched = false;
  readonly #names: NamedFacts;
  #ordinal = 0;
  #lastDecision: DecisionSummary = [['effect', null]];
  readonly #decisions = new WeakMap<
    readonly StatementFacts[],
    { readonly version: string; readonly decision: Decision }
  >();

  readonly #packets = new WeakMap<StatementFacts, readonly StatementFacts[]>();

  constructor(
    info: SessionInfo,
    options: GatewayOptions,
    datasource: Datasource,
    transcript: Transcript,
    parameters: ReadonlyMap<string, string>,
    initialSearchPath: readonly string[],
    fail: (error: unknown) => void,
  ) {
    this.info = info;
    this.options = options;
    this.datasource = datasource;
    this.transcript = transcript;
    this.parameters = parameters;
    this.telemetry = options.telemetry;
    this.flow = new SessionFlow<Request, NamedValue>((value) => value.kind === 'portal' && value.holdable);
    this.#names = new NamedFacts(this.flow, (sql) => this.understand(sql));
    this.claims = new Claims(options.approvals, info.id, (event) => this.record(event), fail);
    this.searchPath = new SearchPath(initialSearchPath, parameters.has('search_path'));
  }

  record(event: AuditEvent): void {
    this.transcript.event(event);
  }

  get policySession(): PolicySession {
    const { datasource, role, clientAddress, application } = this.info;
    return { datasource, role, ip: clientAddress, application };
  }

  get lastDecision(): DecisionSummary {
    return this.#lastDecision;
  }

  /**
   * Something under way may change what names mean, or take such a change back at the end of its transaction: nothing is
   * judged before it has ended.
   */
  get unsettledNow(): boolean {
    return this.unsettled > 0 || (this.searchPath.openToRollback && this.flow.mayEndTransaction);
  }

  /** As above, or the server has to be asked first what names mean. */
  get mustSettle(): boolean {
    return this.unsettledNow || this.searchPath.mustAsk;
  }

  /** What SQL means now. Throws `UnparsedError`, and `UndecidedName`. */
  understand(sql: string): readonly StatementFacts[] {
    const known = this.datasource.catalog;
    const user = this.info.role === '' ? (known?.user ?? '') : this.info.role;
    const catalog = this.catalogTouched && this.datasource.policy.hasDataMap ? null : known;
    return this.datasource.facts.understand(sql, catalog, effectiveSearchPath(this.searchPath.path, user), this.#names);
  }

  /** The decision on a packet, from this session's cache where nothing it depends on has changed. */
  decide(facts: readonly StatementFacts[]): Decision {
    const policy = this.datasource.policy;
    const cached = this.#decisions.get(facts);
    if (cached !== undefined && cached.version === policy.version && !policy.dependsOnTime) return cached.decision;
    const decided = policy.decide({
      identity: this.info.identity,
      session: this.policySession,
      facts,
      now: this.options.clock.now(),
    });
    const decision = this.#asMode(decided);
    this.#decisions.set(facts, { version: policy.version, decision });
    return decision;
  }

  /** The decision on text that is not understood. */
  decideUnparsed(reason: string): Decision {
    return this.#asMode(
      this.datasource.policy.decideUnparsed(
        { identity: this.info.identity, session: this.policySession, now: this.options.clock.now() },
        reason,
      ),
    );
  }

  /** Gives the statement its number and puts it and the decision on it into the record. */
  plan(
    mode: 'simple' | 'extended',
    facts: readonly StatementFacts[],
    decision: Decision,
    upstreamSql: string,
    approval: string | null,
  ): StatementPlan {
    const ordinal = ++this.#ordinal;
    this.record({
      type: 'statement',
      ordinal,
      mode,
      normalisedSql: facts.map((one) => one.normalisedSql).join('; '),
      classes: [...new Set(facts.flatMap((one) => one.classes))],
      tables: [...new Set(facts.flatMap((one) => one.tables.map(({ table }) => `${table.schema}.${table.name}`)))],
      tags: decision.tags,
    });
    this.record({
      type: 'decision',
      ordinal,
      effect: decision.effect,
      rule: decision.rule,
      verdicts: decision.verdicts,
      code: decision.refusal?.code ?? null,
      masks: decision.treatments.flatMap((outputs) =>
        (outputs ?? []).map((output) =>
          output.kind === 'mask' ? output.mask.name : output.kind === 'pass' ? null : output.kind,
        ),
      ),
      policyVersion: this.datasource.policy.version,
      request: approval,
    });
    this.#lastDecision = summarise(decision, this.datasource.policy.version, approval);
    countDecision(this.telemetry, this.info.datasource, decision);
    return {
      ordinal,
      facts,
      decision,
      policyVersion: this.datasource.policy.version,
      upstreamSql,
      startedAt: this.options.clock.now(),
      approval,
      rows: 0,
      tag: '',
      reported: false,
    };
  }

  /** Whether the record must be on stable storage before the statement runs (SEMANTICS 37). */
  mustBeDurable(plan: StatementPlan): boolean {
    if (this.options.durability === 'all' || plan.decision.regulated) return true;
    return plan.facts.some((one) => one.classes.some((name) => name !== 'READ' && name !== 'MISC'));
  }

  /** Whether errors and notices could quote regulated values now. @param plan of what is under way. */
  mustSanitise(plan: StatementPlan | null): boolean {
    return this.sanitiseMessages || plan?.decision.sanitiseMessages === true;
  }

  /** One statement's facts as a packet: the same array each time, which decisions are cached by. */
  factsOfOne(facts: StatementFacts): readonly StatementFacts[] {
    let packet = this.#packets.get(facts);
    if (packet === undefined) {
      packet = [facts];
      this.#packets.set(facts, packet);
    }
    return packet;
  }

  /** Puts a statement's end into the record, once. */
  outcome(
    plan: StatementPlan,
    outcome: 'ok' | 'error' | 'refused' | 'lost',
    tag: string,
    sqlState: string | null,
  ): void {
    if (plan.reported) return;
    plan.reported = true;
    this.record({ type: 'outcome', ordinal: plan.ordinal, outcome, tag, sqlState, rows: plan.rows });
    const protocol = 'postgres';
    const datasource = this.info.datasource;
    const className = plan.facts[0]?.classes[0] ?? 'MISC';
    this.telemetry.count('statements_total', { protocol, datasource, class: className, outcome });
    const seconds = (this.options.clock.now() - plan.startedAt) / 1000;
    this.telemetry.observe('statement_duration_seconds', { protocol, datasource, class: className }, seconds);
  }

  #asMode(decision: Decision): Decision {
    return this.datasource.options.mode === 'observe' ? observed(decision) : decision;
  }
}

/** A broken assumption: the session ends, closed. */
export const internalFault = (what: string): GatewayError => new GatewayError('internal', what);
