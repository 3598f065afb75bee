import type {
  ColumnRef,
  Decision,
  EpochMs,
  Identity,
  Place,
  Refusal,
  RuleVerdict,
  StatementFacts,
} from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import type { Budget } from './rules/budget.ts';

/** Where a datasource belongs and what it is called in policy files. */
export interface DatasourcePlace {
  readonly name: string;
  readonly region: Place;
}

/** What a rule's CEL sees of the session. */
export interface PolicySession {
  readonly datasource: string;
  readonly role: string;
  readonly ip: string;
  readonly application: string;
}

/** Everything one decision depends on. `facts` holds every statement of one packet, in order. */
export interface DecisionInput {
  readonly identity: Identity;
  readonly session: PolicySession;
  readonly facts: readonly StatementFacts[];
  readonly now: EpochMs;
}

/** May this identity connect here at all? Only rules on the datasource's own region, with nothing else in `on`, speak. */
export interface ConnectDecision {
  readonly refusal: Refusal | null;
  readonly verdicts: readonly RuleVerdict[];
}

/** One datasource's part of a policy, bound to its catalog so that tags sit on oid and attribute number. Immutable. */
export interface DatasourcePolicy {
  /** Changes whenever the policy text or the binding does. */
  readonly version: string;
  /** False: no data map, so nothing here is regulated and unparsed SQL is judged by the write rules alone. */
  readonly hasDataMap: boolean;
  /** Mapped names that the catalog does not have (any more), for alerts. */
  readonly missing: readonly string[];
  /** Tables of which the data map names no column, and columns of others that it does not name: new ones, for reports. */
  unreviewed(): readonly string[];
  /** Columns that carry tags, or that a rule masks by their table: hidden from whoever no rule lets see them. */
  regulatedColumns(): readonly ColumnRef[];
  /** True when a decision may differ with `now`: such a decision must not be cached. */
  readonly dependsOnTime: boolean;
  /** What `probes` of a decision are counted against, all of them, per identity. */
  readonly budgets: readonly Budget[];
  decideConnect(identity: Identity, session: PolicySession, now: EpochMs): ConnectDecision;
  decide(input: DecisionInput): Decision;
  /** What an unparsed statement gets: refused with `unparsed` where there is a data map (CONTRACT section 4, defaults). */
  decideUnparsed(input: Omit<DecisionInput, 'facts'>, reason: string): Decision;
}

/** Every policy file of a configuration, validated and compiled. */
export interface Policy {
  /** SHA-256 (hex, 16 digits) over the files. */
  readonly version: string;
  /**
   * Binds to a catalog. `previous` carries tags over renames and swaps: an object that was mapped stays regulated.
   * A null catalog gives a policy that refuses whatever is not provably unregulated.
   */
  bind(datasource: DatasourcePlace, catalog: Catalog | null, previous: DatasourcePolicy | null): DatasourcePolicy;
  /** Labels of every residency series that can move, so that they exist at 0 from the start (CONTRACT section 8). */
  residencySeries(datasources: readonly DatasourcePlace[]): readonly {
    readonly datasource: string;
    readonly rule: string;
    readonly dataRegion: Place;
    readonly consumerRegion: Place;
  }[];
}
